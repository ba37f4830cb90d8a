package oncall

import (
	"slices"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/timer"
)

// gapTimer runs when a roster is to be looked at for holes that nobody has been told of;
// its subject is the roster's id.
const gapTimer timer.Kind = "oncall.gaps"

const (
	// soon is how near a hole must be to be told right after the change that tore it open.
	soon = 14 * 24 * time.Hour
	// settling is how long a roster is left alone after a change, so that who moves shifts
	// around is not told of every step.
	settling = 5 * time.Minute
	// morning is when the whole plan is looked at, every day, in the roster's zone.
	morning calendar.TimeOfDay = 9 * 60
)

// lookout is the payload of the gap timer.
type lookout struct {
	// Soon is set after a change.
	Soon bool `json:"soon,omitempty"`
}

// GapsTold is the payload of roster.gaps: the holes in sentences, and the names of who was told.
type GapsTold struct {
	Name  string   `json:"name"`
	Holes []string `json:"holes"`
	Told  []string `json:"told"`
}

// WatchIn makes sure that every roster is looked at for holes, each day from now on.
func (s *Service) WatchIn(tx *db.Tx) error {
	all, err := All(tx)
	if err != nil {
		return err
	}
	for _, e := range all {
		pending, err := timer.Of(tx, string(e.ID))
		if err != nil {
			return err
		}
		if slices.ContainsFunc(pending, func(t timer.Timer) bool { return t.Kind == gapTimer }) {
			continue
		}
		if err := lookSoon(tx, e); err != nil {
			return err
		}
	}
	return nil
}

// UserLeftIn looks soon at every roster that names a user who cannot be called any more.
func (s *Service) UserLeftIn(tx *db.Tx, u people.User) error {
	all, err := All(tx)
	if err != nil {
		return err
	}
	standsIn, err := db.All(tx, db.Value[RosterID], `
		SELECT DISTINCT roster FROM roster_override WHERE user_id = ? AND ends > ? ORDER BY roster`, string(u.ID), tx.Now())
	if err != nil {
		return err
	}
	for _, e := range all {
		if !e.Spec.names(u.Login) && !slices.Contains(standsIn, e.ID) {
			continue
		}
		if err := lookSoon(tx, e); err != nil {
			return err
		}
	}
	return nil
}

// names reports whether the roster can put the person on call.
func (s Spec) names(login string) bool {
	return s.Fallback == login || slices.ContainsFunc(s.Layers, func(l LayerSpec) bool {
		return slices.ContainsFunc(l.Slots, func(slot []string) bool { return slices.Contains(slot, login) })
	})
}

func lookSoon(tx *db.Tx, e Entry) error {
	return timer.Schedule(tx, gapTimer, string(e.ID), tx.Now().Add(settling), lookout{Soon: true})
}

// lookForGaps tells of new holes and promises to look again the next morning.
func (s *Service) lookForGaps(tx *db.Tx, t timer.Timer) error {
	e, err := ByID(tx, RosterID(t.Subject))
	if errs.Is(err, errs.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	var l lookout
	if err := t.Into(&l); err != nil {
		return err
	}
	if err := s.tellGaps(tx, e, l.Soon); err != nil {
		return err
	}
	return timer.Schedule(tx, gapTimer, string(e.ID), nextMorning(e.Spec, tx.Now()), lookout{})
}

func nextMorning(s Spec, now time.Time) time.Time {
	loc, err := time.LoadLocation(s.Zone)
	if err != nil {
		loc = time.UTC // it was valid when stored; the zone data has changed since
	}
	day := calendar.DateOf(now, loc)
	if at := calendar.Instant(loc, day, morning); at.After(now) {
		return at
	}
	return calendar.Instant(loc, day+1, morning)
}

// tellGaps tells whose business it is of the holes ahead that are new. After a change, when
// none of them is near, it leaves them for the morning.
func (s *Service) tellGaps(tx *db.Tx, e Entry, changed bool) error {
	d := newDirectory(tx)
	r, holes, err := e.holes(tx, d)
	if err != nil {
		return err
	}
	holes = slices.DeleteFunc(holes, func(h Hole) bool { return h.State == Nobody }) // intended
	known, err := knownOf(tx, e.ID)
	if err != nil {
		return err
	}
	fresh := known.fresh(r, holes)
	near := tx.Now().Add(soon)
	if changed && !slices.ContainsFunc(fresh, func(h Hole) bool { return h.From.Before(near) }) {
		return nil
	}
	if len(fresh) > 0 {
		told, err := s.tellOf(tx, e, d, r, fresh)
		if err != nil || !told {
			return err // nobody to tell: tomorrow there may be somebody
		}
	}
	return known.keep(tx, r, holes, tx.Now().AddDate(0, 0, DaysAhead))
}

// tellOf reports whether anybody was there to be told.
func (s *Service) tellOf(tx *db.Tx, e Entry, d *directory, r *Roster, fresh []Hole) (bool, error) {
	who, err := whoMinds(tx, e)
	if err != nil || len(who) == 0 || s.Notices == nil {
		return false, err
	}
	alone := true // the fallback person, in all of them
	for i, h := range fresh {
		alone = alone && h.State == Fallback
		fresh[i].People = make([]string, len(h.People))
		for n, login := range h.People {
			fresh[i].People[n] = d.name(login)
		}
	}
	note := GapsTold{Name: e.Name, Holes: r.Report(fresh)}
	for _, u := range who {
		if err := s.Notices.CoverageGaps(tx, u.ID, e.Name, alone, note.Holes); err != nil {
			return false, err
		}
		note.Told = append(note.Told, u.Name)
	}
	return true, ledger.Append(tx, actor.Mainstay, Record(e.ID), "roster.gaps", note)
}

// whoMinds are who is to close the gaps of a roster: the owner of its team, or else the
// support managers, or else the admins.
func whoMinds(tx *db.Tx, e Entry) ([]people.User, error) {
	if e.Team != "" {
		t, err := people.TeamByID(tx, e.Team)
		if err != nil {
			return nil, err
		}
		if t.Owner != "" {
			owner, err := people.UserByID(tx, t.Owner)
			if err != nil || !owner.Disabled {
				return []people.User{owner}, err
			}
		}
	}
	managers, err := people.WithRole(tx, actor.SupportManager)
	if err != nil || len(managers) > 0 {
		return managers, err
	}
	return people.WithRole(tx, actor.Admin)
}
