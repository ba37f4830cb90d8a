package demo

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/id"
	"mainstay/internal/client"
)

// Config describes a Demo.
type Config struct {
	// Dir is the data directory of the desk; the demo keeps a small file there.
	Dir string
	// Speed is how much faster than the wall the desk's clock runs at the start; 0 means 1.
	Speed float64
	Log   *slog.Logger
}

// Demo is the world around a desk. Make it with Open.
type Demo struct {
	Config
	// Clock is for the desk to run on.
	Clock *clock.Scaled
	// Token is for the desk to take as an admin's.
	Token string

	inbox  *Inbox
	news   *news
	closed chan struct{}

	mu      sync.Mutex // for what follows
	kept    keep
	server  string
	world   *World // nil until the bank is furnished
	lines   *lines
	watch   *watch
	closing sync.Once
}

// Open starts the telephones and mailboxes. The desk is started next, with the demo's clock,
// token and SMTPURL.
func Open(c Config) (*Demo, error) {
	if c.Speed == 0 {
		c.Speed = 1
	}
	kept, err := load(c.Dir)
	if err != nil {
		return nil, err
	}
	if kept.Token == "" {
		kept.Token = id.Secret()
	}
	start := clock.Wall().Now()
	if kept.Now.After(start) {
		start = kept.Now // an earlier run was faster than the wall
	}
	d := &Demo{Config: c, Clock: clock.NewScaled(start, c.Speed), Token: kept.Token, kept: kept,
		news: newNews(), closed: make(chan struct{})}
	d.inbox, err = OpenInbox(InboxConfig{Clock: d.Clock, Secret: id.Secret(), Changed: d.news.tell, Log: c.Log})
	return d, err
}

// SMTPURL is where the desk sends mail.
func (d *Demo) SMTPURL() string { return d.inbox.SMTPURL() }

// Furnish makes a bank of the desk at an address, over the desk's public endpoints: the
// configuration the first time, and everybody's telephone and mailbox each time.
func (d *Demo) Furnish(ctx context.Context, server string) error {
	c, err := client.New(client.Config{Server: server, Token: d.Token})
	if err != nil {
		return err
	}
	first := !d.kept.Furnished
	if first {
		if err := applyBank(ctx, c); err != nil {
			return err
		}
		if err := introduce(ctx, c, d.Clock.Now()); err != nil {
			return err
		}
	}
	people, err := everybody(ctx, c)
	if err != nil {
		return err
	}
	if err := connect(ctx, c, d.inbox, people); err != nil {
		return err
	}
	if first {
		if err := letIn(ctx, c, server, people); err != nil {
			return err
		}
	}
	w := newWatch(c, people)
	if err := w.look(ctx); err != nil {
		return err
	}
	d.settleIn(server, NewWorld(WorldConfig{Desk: c, Clock: d.Clock, Inbox: d.inbox, Changed: d.news.tell, Log: d.Log}), w)
	d.lines = &lines{desk: c, world: d.world}
	return d.keep()
}

// settleIn takes what Furnish has made.
func (d *Demo) settleIn(server string, world *World, w *watch) {
	world.Resume(d.kept.Runs)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.server, d.world, d.watch, d.kept.Furnished = server, world, w, true
}

const (
	playEvery  = 200 * time.Millisecond // of wall time, as are the others
	watchEvery = 5                      // plays
	keepEvery  = 25                     // plays
)

// Run plays what is broken until the context ends. Furnish comes first.
func (d *Demo) Run(ctx context.Context) {
	wall := clock.Wall()
	for n := 1; ctx.Err() == nil; n++ {
		if err := d.play(ctx, n); err != nil && ctx.Err() == nil {
			d.Log.WarnContext(ctx, "the demo could not play on", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-wall.After(playEvery):
		}
	}
}

func (d *Demo) play(ctx context.Context, n int) error {
	err := errors.Join(d.world.Step(ctx), d.lines.step(ctx))
	if n%watchEvery == 0 {
		before := d.watch.seen()
		err = errors.Join(err, d.watch.look(ctx))
		if !before.equal(d.watch.seen()) {
			d.news.tell()
		}
	}
	if n%keepEvery == 0 {
		err = errors.Join(err, d.keep())
	}
	return err
}

// SetSpeed makes the desk's clock run so much faster than the wall from now on.
func (d *Demo) SetSpeed(factor float64) {
	d.Clock.SetFactor(factor)
	d.news.tell()
}

// Close ends the telephones, the mailboxes, and the pages that wait for news. It comes before
// the desk stops, whose listener those pages would hold open.
func (d *Demo) Close() error {
	var err error
	d.closing.Do(func() {
		close(d.closed)
		err = d.inbox.Close()
		if d.world != nil {
			err = errors.Join(err, d.keep())
		}
	})
	return err
}
