package logstore

import (
	"context"
	"sync"
	"time"

	"mainstay/internal/base/clock"
)

// remote watches a cluster as supervisor watches a child. A cluster keeps what it has taken by
// its own means, so its generation never changes.
type remote struct {
	client *client
	clock  clock.Clock

	mu        sync.Mutex
	condition Condition
	changed   chan struct{}
}

const remoteEvery = 5 * time.Second

func newRemoteState(c *client, k clock.Clock) *remote {
	return &remote{client: c, clock: k, changed: make(chan struct{}), condition: Condition{Generation: 1, Since: k.Now(), Reason: "it has not been asked yet"}}
}

func (r *remote) state() (Condition, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.condition, r.changed
}

// run asks the cluster how it is until ctx ends.
func (r *remote) run(ctx context.Context) {
	for ctx.Err() == nil {
		r.look(ctx)
		select {
		case <-ctx.Done():
		case <-r.clock.After(remoteEvery):
		}
	}
}

func (r *remote) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, remoteEvery)
	defer cancel()
	asked := r.clock.Now()
	err := r.client.health(ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil || !r.condition.Up {
		r.condition.Steady = r.clock.Now()
	}
	if err == nil {
		r.condition.Answered = asked
	}
	if up := err == nil; up != r.condition.Up {
		r.condition.Up, r.condition.Since = up, r.clock.Now()
		close(r.changed)
		r.changed = make(chan struct{})
	}
	r.condition.Reason = ""
	if err != nil {
		r.condition.Reason = err.Error()
	}
}
