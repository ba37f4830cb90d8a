package check

import (
	"context"
	"slices"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/signal"
	"mainstay/internal/probe"
	"mainstay/internal/probe/schedule"
)

// entry is a check in memory.
type entry struct {
	Check
	plain    Spec // with its secrets
	hours    *calendar.Calendar
	standing standing
	spots    map[string]*spot
	nudges   int64 // how often somebody asked for it at once; see Run
	trouble  time.Time
}

// spot is a location in memory.
type spot struct {
	Place
	streak  probe.Streak
	known   time.Time // when it came to be here: nothing can have come before
	dirty   bool      // the state that counts is another than the stored one
	unsaved bool      // there is a later result than the stored one
	labels  map[string]signal.Labels
}

// fresh is how old what other servers have stored may be in memory.
const fresh = 5 * time.Second

// load reads the checks when they have changed, and with several servers what the others have found.
func (s *Service) load(ctx context.Context) error {
	changed := s.changed.Swap(false)
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		version, err := setVersion(tx)
		if err != nil {
			return err
		}
		s.mu.Lock()
		known := version == s.version && !changed
		s.mu.Unlock()
		if known && !tx.Postgres() {
			return nil
		}
		return s.readIn(tx, version, !known)
	})
	if err != nil {
		s.changed.Store(changed || s.changed.Load())
	}
	return err
}

func (s *Service) readIn(tx *db.Tx, version int64, anew bool) error {
	standings, err := allStandings(tx)
	if err != nil {
		return err
	}
	places, err := allPlaces(tx)
	if err != nil {
		return err
	}
	agents, err := allAgents(tx)
	if err != nil {
		return err
	}
	var entries []*entry
	if anew {
		if entries, err = s.entriesIn(tx); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if anew {
		s.replace(entries)
		s.version = version
	}
	for _, a := range agents {
		if a.heard.After(s.agents[a.host].heard) {
			s.agents[a.host] = a
		}
	}
	for id, e := range s.book {
		e.standing = standings[id]
		s.adopt(e, places[id])
	}
	return nil
}

// entriesIn reads every check with all that it needs. One whose secrets cannot be opened, or whose
// calendar is gone, stays as it is for people and is made without them.
func (s *Service) entriesIn(tx *db.Tx) ([]*entry, error) {
	stored, err := db.All(tx, scanStored, `SELECT `+columns+` FROM check_spec c`)
	if err != nil {
		return nil, err
	}
	out := make([]*entry, 0, len(stored))
	for _, c := range stored {
		e := &entry{Check: c, spots: map[string]*spot{}}
		e.Spec = masked(c.Spec)
		if e.plain, err = s.reveal(c.Name, c.Spec); err != nil {
			s.Log.Error("a check's secrets cannot be opened", "check", c.Name, "err", err)
			e.plain = e.Spec
		}
		if c.Spec.Hours != "" {
			found, err := calendar.ByName(tx, c.Spec.Hours)
			if err != nil && !errs.Is(err, errs.NotFound) {
				return nil, err
			}
			e.hours = found.Calendar
		}
		out = append(out, e)
	}
	return out, nil
}

// replace makes these the checks. What is known of the locations of a check that has not changed stays.
func (s *Service) replace(entries []*entry) {
	now, book := s.Clock.Now(), make(map[ID]*entry, len(entries))
	for _, e := range entries {
		book[e.ID] = e
		old := s.book[e.ID]
		goes := old != nil && !restarts(old.Spec, e.Spec)
		if goes {
			e.nudges = old.nudges
		}
		for _, name := range e.Spec.Places() {
			if goes && old.spots[name] != nil {
				e.spots[name] = old.spots[name]
				e.spots[name].labels = nil
				continue
			}
			e.spots[name] = &spot{Place: Place{Name: name, State: Waiting}, known: now}
		}
	}
	s.book = book
	s.plan()
}

// adopt takes over what is stored of locations, where that is later than what is in memory.
func (s *Service) adopt(e *entry, stored []Place) {
	for _, p := range stored {
		sp := e.spots[p.Name]
		if sp == nil || sp.dirty || !p.At.After(sp.At) && !p.Since.After(sp.Since) {
			continue
		}
		sp.Place = p
		sp.streak = probe.Streak{State: probe.State(p.State)}
	}
}

// plan tells the schedule which probes this server makes.
func (s *Service) plan() {
	var tasks []schedule.Task
	for id, e := range s.book {
		if !e.Spec.Disabled && e.Spec.onServer() && s.owns(id) {
			tasks = append(tasks, schedule.Task{Key: string(id), Kind: e.Spec.Probe.Kind(), Every: e.Spec.Interval()})
		}
	}
	s.schedule.Set(tasks)
}

// pending are checks whose locations have another state than is stored, whose alert is to be said again, or
// whose hours have begun.
func (s *Service) pending() []*entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	records, now := s.DB.Clock().Now(), s.Clock.Now()
	var out []*entry
	for id, e := range s.book {
		if e.Spec.Disabled || e.trouble.After(now) {
			continue
		}
		due := e.standing.alert != "" && records.Sub(e.standing.told) >= again || e.standing.held() && e.hours != nil && e.hours.Open(records)
		dirty := false
		for _, sp := range e.spots {
			dirty = dirty || sp.dirty
		}
		if dirty || due && s.owns(id) {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b *entry) int { return a.Spec.Level() - b.Spec.Level() }) // the worst first
	return out
}

// open reports whether alerts of a check may begin at an instant.
func (e *entry) open(at time.Time) bool { return e.hours == nil || e.hours.Open(at) }
