package logstore

import (
	"context"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
)

// Kept is how long the engine keeps lines at present: Retention and Margin, or longer while Keep wants it.
func (s *Store) Kept() time.Duration {
	s.keeping.Lock()
	defer s.keeping.Unlock()
	return max(s.Retention+s.Margin, s.Hold)
}

// Keep lets the engine keep lines for at least so long, so that days can come back that are older
// than Retention; 0 goes back to Retention and Margin, and lets the engine delete what is older. The
// engine is started anew for it, which takes seconds; lines that come meanwhile wait in the spool.
func (s *Store) Keep(atLeast time.Duration) error {
	if s.engine == nil {
		return errs.Conflictf("the lines are in a cluster, which decides itself how long it keeps them")
	}
	before := s.Kept()
	s.keeping.Lock()
	s.Hold = atLeast
	s.keeping.Unlock()
	if s.Kept() != before {
		s.engine.renew(s.settings())
	}
	return nil
}

// Put hands rows to the engine at once: past the spool, so that log rules and patterns do not take
// them for new ones. They are durable when the engine of the same generation lives on for Settled.
func (s *Store) Put(ctx context.Context, rows []signal.Row) error {
	if len(rows) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	return s.client.send(ctx, payloads{encode(nil, rows)})
}

// Settled is how long the engine inside may hold what it has taken in memory.
const Settled = settledChild

// Visible makes what the engine has taken visible to questions.
func (s *Store) Visible(ctx context.Context) error { return s.client.flush(ctx) }

// Inside reports whether the engine is the one inside, and not a cluster.
func (s *Store) Inside() bool { return s.engine != nil }

// Arrived reports whether everything that was received before an instant is in the engine.
func (s *Store) Arrived(before time.Time) bool {
	for _, l := range s.spool.Stats().Readers {
		if l.Reader == forwarderReader {
			return l.Oldest.IsZero() || l.Oldest.After(before)
		}
	}
	return false
}
