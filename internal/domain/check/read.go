package check

import (
	"cmp"
	"context"
	"slices"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// Status is a check and how it stands with it.
type Status struct {
	Check
	State   State
	Message string
	Since   time.Time
	// Alerting is the state that its open alert tells of; "" without one.
	Alerting State
	Places   []Place
	Beat     *Beat // of a heartbeat
	// Held says that an alert waits for the hours of the check.
	Held bool
}

// rank sorts the worst first.
func (s Status) rank() int {
	return slices.Index([]State{Failed, Unknown, Degraded, Waiting, OK, Off}, s.State)
}

// Editable reports whether by may change the check.
func (s *Service) Editable(ctx context.Context, by actor.Actor, c Check) (may bool, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		on, err := target(tx, c.Service)
		may = people.Can(by, people.CheckWrite, on)
		return err
	})
	return may, err
}

// Get returns a check by name.
func (s *Service) Get(ctx context.Context, by actor.Actor, name string) (out Status, err error) {
	if err := people.Allow(by, people.CheckRead, people.Target{}); err != nil {
		return out, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		c, err := ByName(tx, name)
		if err != nil {
			return err
		}
		was, err := standingOf(tx, c.ID)
		if err != nil {
			return err
		}
		places, err := placesOf(tx, c)
		if err != nil {
			return err
		}
		out = s.status(c, was, places)
		if c.Spec.Probe.Heartbeat != nil {
			out.Beat, err = beatOf(tx, c.ID)
		}
		return err
	})
	return out, err
}

// List returns checks by name.
func (s *Service) List(ctx context.Context, by actor.Actor, r page.Request) (out page.List[Status], err error) {
	if err := people.Allow(by, people.CheckRead, people.Target{}); err != nil {
		return out, err
	}
	after := ""
	if _, err := page.Decode(r.Cursor, &after); err != nil {
		return out, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		rows, err := s.statuses(tx, `WHERE c.name > ? ORDER BY c.name LIMIT ?`, after, r.Size()+1)
		out = page.Of(rows, r, func(s Status) any { return s.Name })
		return err
	})
	return out, err
}

// maxOverview bounds what one page shows.
const maxOverview = 5000

// Overview returns all checks, the worst first.
func (s *Service) Overview(ctx context.Context, by actor.Actor) (out []Status, err error) {
	if err := people.Allow(by, people.CheckRead, people.Target{}); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		out, err = s.statuses(tx, `ORDER BY c.name LIMIT ?`, maxOverview)
		return err
	})
	slices.SortStableFunc(out, func(a, b Status) int {
		return cmp.Or(a.rank()-b.rank(), a.Spec.Level()-b.Spec.Level(), cmp.Compare(a.Name, b.Name))
	})
	return out, err
}

func (s *Service) statuses(tx *db.Tx, where string, args ...any) ([]Status, error) {
	checks, err := db.All(tx, scan, `SELECT `+columns+` FROM check_spec c `+where, args...)
	if err != nil {
		return nil, err
	}
	standings, err := allStandings(tx)
	if err != nil {
		return nil, err
	}
	places, err := allPlaces(tx)
	if err != nil {
		return nil, err
	}
	out := make([]Status, len(checks))
	for i, c := range checks {
		was, there := standings[c.ID]
		if !there {
			was.state = Waiting
		}
		out[i] = s.status(c, was, complete(c, places[c.ID]))
	}
	return out, nil
}

// status puts together what is stored and what is in memory, whichever is later.
func (s *Service) status(c Check, was standing, places []Place) Status {
	out := Status{Check: c, State: was.state, Message: was.message, Since: was.since, Alerting: was.alert, Places: places, Held: was.held()}
	if c.Spec.Disabled {
		out.State, out.Message, out.Held = Off, "", false
		return out
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.book[c.ID]
	if e == nil || e.Version != c.Version {
		return out
	}
	for i, p := range out.Places {
		if sp := e.spots[p.Name]; sp != nil && sp.At.After(p.At) && sp.State == p.State {
			out.Places[i] = sp.Place
		}
	}
	if len(out.Places) == 1 && out.State == State(out.Places[0].Result.State) && out.State == OK {
		out.Message = out.Places[0].Result.Message // what changes nothing is not stored
	}
	return out
}

// Change is a change of the state of a check.
type Change struct {
	At      time.Time
	State   State
	Was     State
	Message string
}

const maxHistory = 500

// History returns the changes of the state of a check, the latest first.
func (s *Service) History(ctx context.Context, by actor.Actor, name string) (out []Change, err error) {
	if err := people.Allow(by, people.CheckRead, people.Target{}); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		c, err := ByName(tx, name)
		if err != nil {
			return err
		}
		events, err := ledger.Latest(tx, Record(c.ID), maxHistory)
		if err != nil {
			return err
		}
		out = changes(events)
		return nil
	})
	return out, err
}

func changes(events []ledger.Event) (out []Change) {
	for _, e := range events {
		for _, st := range []State{OK, Degraded, Failed, Unknown, Waiting} {
			var m Moved
			if e.Kind == "check."+string(st) && e.Into(&m) == nil {
				out = append(out, Change{e.At, st, m.Was, m.Message})
			}
		}
	}
	return out
}

// Count is how many checks are in each state.
func Count(list []Status) map[State]int {
	out := map[State]int{}
	for _, s := range list {
		out[s.State]++
	}
	return out
}
