package logstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"mainstay/internal/base/clock"
)

// remote watches a cluster as supervisor watches a child, in two ways: it asks those that take
// lines and those that answer how they are, and asks a question that all of its nodes must answer.
//
// A node that ends takes what it held in memory with it, and the cluster says of none which node
// took it. So while something of the cluster does not answer nothing counts as durable, and when all
// of it answers again, that is another generation: what was not durable is sent again.
type remote struct {
	client *client
	clock  clock.Clock
	log    *slog.Logger

	mu        sync.Mutex
	condition Condition
	changed   chan struct{}
	lost      bool // something may have ended since all answered
}

const remoteEvery = 5 * time.Second

func newRemoteState(c *client, k clock.Clock, log *slog.Logger) *remote {
	return &remote{client: c, clock: k, log: log, changed: make(chan struct{}),
		condition: Condition{Generation: 1, Since: k.Now(), Reason: "it has not been asked yet"}}
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

// seen is what one look at the cluster found.
type seen struct {
	down  error // the cluster cannot be used
	nodes error // some of its nodes cannot be
	// slow says that an error is of time alone: what is slow has not ended.
	slow bool
}

func (s seen) err() error { return cmp.Or(s.down, s.nodes) }

func (r *remote) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, remoteEvery)
	defer cancel()
	asked := r.clock.Now()
	found := seen{down: r.client.healthOfAll(ctx)}
	if found.down == nil {
		found.nodes = r.client.nodes(ctx)
	}
	found.slow = errors.Is(found.err(), context.DeadlineExceeded) || errors.Is(found.err(), errBusy)
	if !errors.Is(found.err(), context.Canceled) { // the server stops
		r.note(asked, found)
	}
}

// note makes the condition of what was found.
func (r *remote) note(asked time.Time, found seen) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.clock.Now()
	was := r.condition
	c := &r.condition
	first := was.Steady.IsZero()
	if found.err() != nil || first {
		c.Steady = now
	}
	if found.err() != nil && !found.slow {
		r.lost = true
	}
	if found.err() == nil {
		c.Answered = asked
		if r.lost && !first {
			c.Generation++
		}
		r.lost = false
	}
	c.Up, c.Reason, c.Trouble = found.down == nil, saying(found.down), saying(found.nodes)
	if c.Up != was.Up {
		c.Since = now
	}
	if c.Trouble == "" {
		c.TroubleSince = time.Time{}
	} else if was.Trouble == "" {
		c.TroubleSince = now
		r.log.Error("a part of the log cluster does not answer", "reason", c.Trouble)
	}
	if c.Up != was.Up || c.Generation != was.Generation {
		close(r.changed)
		r.changed = make(chan struct{})
	}
}

func saying(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// healthOfAll asks those that answer questions and those that take lines.
func (c *client) healthOfAll(ctx context.Context) error {
	err := c.healthAt(ctx, c.choose)
	if err == nil && c.insert != c.choose {
		err = c.healthAt(ctx, c.insert)
	}
	return err
}

// nodes asks a question that costs nothing and that all nodes must answer.
func (c *client) nodes(ctx context.Context) error {
	form := url.Values{"query": {"_time:1971-01-01Z"}, "limit": {"1"}}
	res, err := c.do(ctx, http.MethodPost, c.choose+"/select/logsql/query", strings.NewReader(form.Encode()), "application/x-www-form-urlencoded")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	said := excerpt(res.Body)
	away, is := nodeAway(said)
	switch {
	case is:
		return errors.New(away)
	case res.StatusCode == http.StatusServiceUnavailable || res.StatusCode == http.StatusTooManyRequests:
		return fmt.Errorf("%w: %s", errBusy, said)
	case res.StatusCode/100 != 2:
		return fmt.Errorf("it answers %s: %s", res.Status, said)
	}
	return nil
}

// errBusy says that something has too much to do and has not ended.
var errBusy = errors.New("it has too much to do")
