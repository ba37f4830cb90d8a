package receive

import (
	"context"
	"time"

	"golang.org/x/sync/semaphore"

	"mainstay/internal/base/errs"
)

// What is parsed at once, over all requests, unless there is a reason for something else.
const (
	// AtOnce is how many bytes: 64 MiB, in which short values count as longer ones.
	AtOnce = 64 << 20
	// Patience is how long a request waits for room, before its sender is told to come again.
	Patience = 5 * time.Second
)

// Gate bounds what is parsed at once, so that many requests that are each within the limits do not
// take all memory together. Make it with NewGate.
type Gate struct {
	room     *semaphore.Weighted
	size     int64 // bytes
	patience time.Duration
}

// NewGate returns a gate of so many bytes. What is larger goes through alone.
func NewGate(size int64, patience time.Duration) *Gate {
	return &Gate{room: semaphore.NewWeighted(size), size: size, patience: patience}
}

// Turn is what one request holds of a gate; of none, nothing. Make it with Config.Turn.
type Turn struct {
	gate *Gate
	held int64
}

// Turn returns a turn that holds nothing yet, for what is not a Tree. The caller ends it.
func (c Config) Turn() *Turn { return &Turn{gate: c.Parsing} }

// Hold makes what the request holds n bytes, more or less than before.
func (t *Turn) Hold(ctx context.Context, n int64) error {
	if t.gate == nil {
		return nil
	}
	n = min(n, t.gate.size)
	if n > t.held {
		if err := t.gate.enter(ctx, n-t.held); err != nil {
			return err
		}
	} else {
		t.gate.room.Release(t.held - n)
	}
	t.held = n
	return nil
}

// End lets go of everything.
func (t *Turn) End() {
	if t.gate != nil {
		t.gate.room.Release(t.held)
		t.held = 0
	}
}

func (g *Gate) enter(ctx context.Context, n int64) error {
	if g.room.TryAcquire(n) {
		return nil
	}
	waiting, cancel := context.WithTimeout(ctx, g.patience)
	defer cancel()
	if g.room.Acquire(waiting, n) == nil {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return errs.Unavailablef("more is being sent than can be read at once: send it again in a while, or less at a time")
}
