package logstore

import (
	"context"
	"net/url"
	"path/filepath"
	"sync"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/logstore/child"
	"mainstay/internal/engine/signal"
)

// Part is where the lines of one class are: a process of the engine with data of its own, and what
// forwards to it. A store without classes has one, for all lines.
type Part struct {
	Class signal.Class
	// On says that new lines come here. A class that was switched off is read until its lines have
	// aged out.
	On bool
	// Retention is how long lines are kept, and Margin how much longer the engine keeps them.
	Retention, Margin time.Duration
	MaxDisk           int64 // bytes, 0 is no limit

	store   *Store
	dir     string      // of the engine's data
	engine  *supervisor // nil with a cluster
	client  *client
	forward *forwarder
	keeping sync.Mutex
	hold    time.Duration // for days that were restored; guarded by keeping
	overdue time.Duration // for days that were beyond their time at the start; guarded by keeping
}

// named is a name with the class behind it; standard's is the name itself, as it was before there
// were classes.
func named(name string, class signal.Class) string {
	if class == signal.Standard {
		return name
	}
	return name + "-" + string(class)
}

// openEngine makes the process of a part, which Start starts.
func (s *Store) openEngine(p *Part) (err error) {
	p.dir = filepath.Join(s.Dir, named("engine", p.Class))
	if err := p.spare(s.clock.Now()); err != nil {
		return err
	}
	if p.engine, err = newSupervisor(p.settings(), s.Command, s.clock, s.Log, s.Tell); err != nil {
		return err
	}
	if s.split() {
		p.engine.name = string(p.Class)
	}
	p.client = newClient(p.engine.socket)
	return nil
}

// openForwarder makes what sends to a part.
func (s *Store) openForwarder(p *Part) error {
	p.forward = &forwarder{spool: s.spool, reader: named(forwarderReader, p.Class), clock: s.clock, log: s.Log, client: p.client,
		refused: refusals{s.refusedDir()}}
	if s.split() {
		p.forward.mine = s.goesTo(p)
	}
	if p.engine != nil {
		p.forward.engine, p.forward.settled = p.engine.state, settledChild
		p.engine.stored = p.forward.allStored
	} else {
		p.forward.engine, p.forward.settled = s.remote.state, settledRemote
	}
	return p.forward.open(filepath.Join(s.Dir, p.forward.reader))
}

func (p *Part) settings() child.Settings {
	s := p.store
	return child.Settings{
		Dir: p.dir, Retention: p.Kept(), FutureRetention: Ahead + 24*time.Hour,
		MaxDisk: p.MaxDisk, MinFree: minFree, Memory: s.share(), QueryTime: queryTime,
	}
}

// Condition says how the part's engine is.
func (p *Part) Condition() Condition {
	c, _ := p.forward.engine()
	return c
}

// Kept is how long the engine keeps lines at present: Retention and Margin, or longer while Keep wants it
// or there are overdue days.
func (p *Part) Kept() time.Duration {
	p.keeping.Lock()
	defer p.keeping.Unlock()
	return max(p.Retention+p.Margin, p.hold, p.overdue)
}

// Keep lets the engine keep lines for at least so long, so that days can come back that are older
// than Retention; 0 goes back to Retention and Margin, and lets the engine delete what is older. The
// engine is started anew for it, which takes seconds; lines that come meanwhile wait in the spool.
func (p *Part) Keep(atLeast time.Duration) error {
	if p.engine == nil {
		return errs.Conflictf("the lines are in a cluster, which decides itself how long it keeps them")
	}
	before := p.Kept()
	p.keeping.Lock()
	p.hold = atLeast
	p.keeping.Unlock()
	if p.Kept() != before {
		p.engine.renew(p.settings())
	}
	return nil
}

// Days are the days of which the engine has lines, oldest first, with what they take on the disk.
// Days of a cluster cannot be seen from here.
func (p *Part) Days() ([]DayUse, error) {
	if p.engine == nil {
		return nil, errs.Conflictf("the lines are in a cluster, which knows itself how much disk they take")
	}
	return daysIn(filepath.Join(p.dir, "partitions"))
}

// Put hands rows to the engine at once: past the spool, so that log rules and patterns do not take
// them for new ones. They are durable when the engine of the same generation lives on for Settled.
func (p *Part) Put(ctx context.Context, rows []signal.Row) error {
	if len(rows) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	return p.client.send(ctx, payloads{encode(nil, rows)})
}

// Visible makes what the engine has taken visible to questions.
func (p *Part) Visible(ctx context.Context) error { return p.client.flush(ctx) }

// Arrived reports whether everything that was received before an instant is in the engine.
func (p *Part) Arrived(before time.Time) bool {
	for _, l := range p.store.spool.Stats().Readers {
		if l.Reader == p.forward.reader {
			return l.Oldest.IsZero() || l.Oldest.After(before)
		}
	}
	return false
}

// Select asks for lines of this part alone; see Store.Select.
func (p *Part) Select(ctx context.Context, endpoint string, form url.Values, in signal.Scope) (signal.Answer, error) {
	ask, err := question(endpoint, form, in)
	if err != nil {
		return signal.Answer{}, err
	}
	return p.client.query(ctx, endpoint, ask)
}

// ended is called when the forwarder and the engine have come to their end.
func (p *Part) ended() {
	if p.engine != nil && p.engine.endedWell() {
		p.forward.allStored()
	}
}

// close writes down how far the forwarder came.
func (p *Part) close() (err error) {
	if p.forward != nil && p.forward.notes != nil {
		err = p.forward.close()
	}
	if p.client != nil {
		p.client.close()
	}
	return err
}
