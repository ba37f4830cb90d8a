package check

import (
	"context"
	"fmt"
	"hash/fnv"
	"net/netip"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/probe"
)

// Run makes checks until ctx is done.
func (s *Service) Run(ctx context.Context) { s.schedule.Run(ctx) }

// Once makes all that is due now, and returns when the next is due: for tests, in which nothing runs.
func (s *Service) Once(ctx context.Context) (did int, next time.Time) { return s.schedule.Once(ctx) }

// reach refuses addresses that the server does not call.
func (s *Service) reach(ip netip.Addr) error {
	if s.Egress.Allows(ip) {
		return nil
	}
	return fmt.Errorf("this server does not call %s", ip)
}

// make makes a check once.
func (s *Service) make(ctx context.Context, key string) (again time.Duration) {
	s.mu.Lock()
	e := s.book[ID(key)]
	s.mu.Unlock()
	if e == nil {
		return 0
	}
	return s.makeOne(ctx, e)
}

func (s *Service) makeOne(ctx context.Context, e *entry) (again time.Duration) {
	c := e.Check
	c.Spec = e.plain
	r := s.Probes.Run(ctx, c.job(Server), s.env)
	if ctx.Err() != nil {
		return 0 // the server stops: that is nobody's failure
	}
	if s.take(e.ID, Server, r, s.Clock.Now(), "") {
		return probe.Pause(e.Spec.Interval())
	}
	return 0
}

// RunNow makes a check at once from the server, and lets agents make it when they call next. It returns when
// the server's result is stored.
func (s *Service) RunNow(ctx context.Context, by actor.Actor, name string) (Status, error) {
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		c, err := ByName(tx, name)
		if err != nil {
			return err
		}
		on, err := target(tx, c.Service)
		if err != nil {
			return err
		}
		if c.Spec.Disabled {
			err = errs.Conflictf("check %q is disabled: enable it first", name)
		}
		if !c.Spec.Probe.Kind().Made() {
			err = errs.Conflictf("check %q is a heartbeat: it comes by itself", name)
		}
		if denied := people.Allow(by, people.CheckRun, on); denied != nil {
			return denied
		}
		return err
	})
	if err != nil {
		return Status{}, err
	}
	if err := s.load(ctx); err != nil {
		return Status{}, err
	}
	if e := s.asked(name); e != nil && e.Spec.onServer() {
		s.makeOne(ctx, e)
		if _, err := s.store(ctx); err != nil {
			return Status{}, err
		}
	}
	return s.Get(ctx, by, name)
}

// asked notes that somebody wants a check to be made at once.
func (s *Service) asked(name string) *entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.book {
		if e.Name == name {
			e.nudges++
			return e
		}
	}
	return nil
}

// lease is how long the others believe that a server is alive.
const lease = 15 * time.Second

// renew says that this server is alive, and finds out who else is. With SQLite there is one server.
func (s *Service) renew(ctx context.Context) error {
	now := s.Clock.Now()
	s.mu.Lock()
	due := s.DB.Postgres() && now.Sub(s.renewed) >= lease/3
	s.mu.Unlock()
	if !due {
		return nil
	}
	var nodes []string
	err := s.DB.Claim(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(`
			INSERT INTO check_node (node, until) VALUES (?, ?)
			ON CONFLICT (node) DO UPDATE SET until = excluded.until`, s.node, now.Add(lease)); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM check_node WHERE until < ?`, now.Add(-lease)); err != nil {
			return err
		}
		var err error
		nodes, err = db.All(tx, db.Value[string], `SELECT node FROM check_node WHERE until >= ? ORDER BY node`, now)
		return err
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.renewed = now
	if fmt.Sprint(nodes) != fmt.Sprint(s.nodes) {
		s.nodes = nodes
		s.plan()
	}
	return nil
}

// Leave says that this server makes no checks any more, so that the others need not wait for its lease.
func (s *Service) Leave(ctx context.Context) error {
	if !s.DB.Postgres() {
		return nil
	}
	return s.DB.Claim(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`DELETE FROM check_node WHERE node = ?`, s.node)
		return err
	})
}

// owns reports whether this server makes a check: of all that are alive, the one whose name gives the
// highest hash together with the check's (rendezvous hashing, Thaler and Ravishankar 1998).
func (s *Service) owns(id ID) bool {
	if len(s.nodes) < 2 {
		return true
	}
	best, most := "", uint64(0)
	for _, n := range s.nodes {
		h := fnv.New64a()
		h.Write([]byte(n + "/" + string(id)))
		if sum := mix(h.Sum64()); best == "" || sum > most {
			best, most = n, sum
		}
	}
	return best == s.node
}

// mix spreads a hash over all its bits (SplitMix64's finalizer): FNV leaves the high ones alike.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

const (
	agentEvery = 30 * time.Second // how often an agent calls that has not said so
	patience   = 3 * time.Second  // how much later than that it may be
	overdue    = 30 * time.Second // how late a result may be beyond its time
)

// sweep makes locations unknown from which nothing has come in their time.
func (s *Service) sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Clock.Now()
	for id, e := range s.book {
		if e.Spec.Disabled || !e.Spec.Probe.Kind().Made() || !s.owns(id) {
			continue
		}
		for _, sp := range e.spots {
			if why := s.silent(e, sp, now); why != "" && sp.State != Unknown {
				sp.Result = probe.Unsure("%s", why)
				sp.State, sp.Since, sp.dirty = Unknown, now, true
				sp.streak = probe.Streak{State: probe.Unknown}
			}
		}
	}
}

// silent says why nothing can be known of a location; "" when something can.
func (s *Service) silent(e *entry, sp *spot, now time.Time) string {
	limit := e.Spec.Interval() + time.Duration(e.Spec.Tries()+1)*(e.Spec.Limit()+probe.Pause(e.Spec.Interval())) + overdue
	since := sp.At
	if sp.known.After(since) {
		since = sp.known
	}
	if sp.Name != Server {
		a := s.agents[sp.Name]
		every := a.every
		if every == 0 {
			every = agentEvery
		}
		limit += every
		patience := patience
		if s.DB.Postgres() {
			patience += fresh // another server may have heard it
		}
		heard := a.heard
		if sp.known.After(heard) {
			heard = sp.known
		}
		switch {
		case now.Sub(heard) <= every+patience:
		case a.heard.IsZero():
			return fmt.Sprintf("no agent of host %s has called yet", sp.Name)
		default:
			return fmt.Sprintf("the agent of host %s has not called since %s", sp.Name, a.heard.UTC().Format("15:04:05 UTC"))
		}
	}
	if now.Sub(since) > limit {
		return "no result has come in its time"
	}
	return ""
}
