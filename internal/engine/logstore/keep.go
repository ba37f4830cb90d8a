package logstore

import (
	"context"
	"errors"

	"mainstay/internal/engine/signal"
)

// Put hands standard rows to the engine at once; see Part.Put.
func (s *Store) Put(ctx context.Context, rows []signal.Row) error { return s.parts[0].Put(ctx, rows) }

// Settled is how long the engine inside may hold what it has taken in memory.
const Settled = settledChild

// Visible makes what the engine has taken visible to questions.
func (s *Store) Visible(ctx context.Context) (err error) {
	for _, p := range s.parts {
		err = errors.Join(err, p.Visible(ctx))
	}
	return err
}

// Inside reports whether the engine is the one inside, and not a cluster.
func (s *Store) Inside() bool { return s.remote == nil }
