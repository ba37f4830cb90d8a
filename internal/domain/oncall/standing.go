package oncall

import (
	"context"
	"fmt"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

// OnCall returns who is on call on a roster at an instant, in no order that means anything.
// It is for rooms that page; they have checked their own permission.
func OnCall(tx *db.Tx, roster RosterID, at time.Time) ([]people.UserID, error) {
	e, err := ByID(tx, roster)
	if err != nil {
		return nil, err
	}
	users, err := e.OnCall(tx, at)
	out := make([]people.UserID, len(users))
	for i, u := range users {
		out[i] = u.ID
	}
	return out, err
}

// OnCall is OnCall for who has read the roster already and needs more than ids.
func (e Entry) OnCall(tx *db.Tx, at time.Time) ([]people.User, error) {
	users, _, err := e.StandingAt(tx, at)
	return users, err
}

// StandingAt is OnCall with how it stands, so that nobody on purpose is told from a gap.
func (e Entry) StandingAt(tx *db.Tx, at time.Time) ([]people.User, State, error) {
	d := newDirectory(tx)
	shift, err := shiftNow(tx, d, e, at)
	if err != nil {
		return nil, "", err
	}
	logins := shift.Users()
	out := make([]people.User, len(logins))
	for i, login := range logins {
		out[i] = d.user(login)
	}
	return out, shift.State, d.err
}

// onCall returns the logins of who is on call at an instant.
func onCall(tx *db.Tx, d *directory, e Entry, at time.Time) ([]string, error) {
	shift, err := shiftNow(tx, d, e, at)
	return shift.Users(), err
}

// shiftNow returns the shift of an instant. It looks no farther than that.
func shiftNow(tx *db.Tx, d *directory, e Entry, at time.Time) (Shift, error) {
	end := at.Add(time.Microsecond)
	r, err := e.open(tx, d, at, end)
	if err != nil {
		return Shift{}, err
	}
	return r.Schedule(at, end)[0], d.err
}

// Person is somebody on call.
type Person struct {
	Assignment
	ID   people.UserID
	Name string
}

// Standing is how it stands with a roster now.
type Standing struct {
	Roster Entry
	State  State
	People []Person  // empty in states Nobody and Gap
	Next   time.Time // when others are on call; zero when not within a year
}

// OnCallNow returns who is on call on every roster, by name.
func (s *Service) OnCallNow(ctx context.Context, by actor.Actor) (out []Standing, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		out, err = s.OnCallNowIn(tx, by)
		return err
	})
	return out, err
}

// OnCallNowIn is OnCallNow within the caller's transaction.
func (s *Service) OnCallNowIn(tx *db.Tx, by actor.Actor) ([]Standing, error) {
	if err := people.Allow(by, people.RosterRead, people.Target{}); err != nil {
		return nil, err
	}
	all, err := All(tx)
	if err != nil {
		return nil, err
	}
	d := newDirectory(tx)
	out := make([]Standing, len(all))
	for i, e := range all {
		if out[i], err = standing(tx, d, e); err != nil {
			return nil, err
		}
	}
	return out, d.err
}

func standing(tx *db.Tx, d *directory, e Entry) (Standing, error) {
	now := tx.Now()
	r, err := e.openNow(tx, d, now)
	if err != nil {
		return Standing{}, err
	}
	st := Standing{Roster: e, State: r.Schedule(now, now.Add(time.Microsecond))[0].State, Next: r.NextChange(now)}
	for _, a := range r.At(now) {
		st.People = append(st.People, Person{Assignment: a, ID: d.user(a.User).ID, Name: d.name(a.User)})
	}
	return st, d.err
}

// Timetable is the plan of a roster for some time.
type Timetable struct {
	Roster    Entry
	Zone      *time.Location
	Shifts    []Shift           // in order, without holes
	Overrides []Override        // that hold at some time of it, in the order in which they apply
	Names     map[string]string // by login, of everybody in it
}

// MaxDays is how much of a roster can be looked at at once.
const MaxDays = 400

// Schedule returns the plan of a roster between two instants, at most 400 days.
func (s *Service) Schedule(ctx context.Context, by actor.Actor, roster string, from, to time.Time) (t Timetable, err error) {
	if err := people.Allow(by, people.RosterRead, people.Target{}); err != nil {
		return Timetable{}, err
	}
	var c errs.Check
	c.Require(!from.IsZero(), "from", "must be an instant such as 2026-12-24T08:00:00Z")
	c.Require(to.After(from), "to", "must be after from")
	c.Require(!to.After(from.AddDate(0, 0, MaxDays)), "to", "must be at most %d days after from", MaxDays)
	if err := c.Err("the time to look at"); err != nil {
		return Timetable{}, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		e, err := ByName(tx, roster)
		if err == nil {
			t, err = timetable(tx, e, from, to)
		}
		return err
	})
	return t, err
}

func timetable(tx *db.Tx, e Entry, from, to time.Time) (Timetable, error) {
	d := newDirectory(tx)
	r, err := e.open(tx, d, from, to)
	if err != nil {
		return Timetable{}, err
	}
	t := Timetable{Roster: e, Zone: r.loc, Shifts: r.Schedule(from, to), Overrides: r.Overrides, Names: map[string]string{}}
	for _, s := range t.Shifts {
		for _, login := range s.Users() {
			t.Names[login] = d.name(login)
		}
	}
	for _, o := range t.Overrides {
		t.Names[o.User] = d.name(o.User)
		if o.Replaces != "" {
			t.Names[o.Replaces] = d.name(o.Replaces)
		}
	}
	return t, d.err
}

// Coverage is when nobody is on call on a roster in the next days, within the hours of its
// calendar.
type Coverage struct {
	Roster Entry
	Holes  []Hole
	Report []string // the holes in sentences
}

// Gaps returns the holes that must be closed.
func (c Coverage) Gaps() []Hole { return Gaps(c.Holes) }

// CoverageAhead looks at the next DaysAhead days of every roster, by name.
func (s *Service) CoverageAhead(ctx context.Context, by actor.Actor) (out []Coverage, err error) {
	if err := people.Allow(by, people.RosterRead, people.Target{}); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		all, err := All(tx)
		if err != nil {
			return err
		}
		out = make([]Coverage, len(all))
		for i, e := range all {
			if out[i], err = coverage(tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// CoverageOf looks at the next DaysAhead days of one roster.
func (s *Service) CoverageOf(ctx context.Context, by actor.Actor, roster string) (out Coverage, err error) {
	if err := people.Allow(by, people.RosterRead, people.Target{}); err != nil {
		return Coverage{}, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		e, err := ByName(tx, roster)
		if err == nil {
			out, err = coverage(tx, e)
		}
		return err
	})
	return out, err
}

func coverage(tx *db.Tx, e Entry) (Coverage, error) {
	r, holes, err := e.holes(tx, newDirectory(tx))
	if err != nil {
		return Coverage{}, err
	}
	return Coverage{Roster: e, Holes: holes, Report: r.Report(holes)}, nil
}

// holes opens the roster and finds its holes in the next DaysAhead days, within the hours of
// its calendar.
func (e Entry) holes(tx *db.Tx, d *directory) (*Roster, []Hole, error) {
	r, err := e.open(tx, d, tx.Now(), tx.Now().AddDate(0, 0, 2*DaysAhead))
	if err != nil {
		return nil, nil, err
	}
	var hours *calendar.Calendar
	if e.Calendar != "" {
		c, err := calendar.ByID(tx, e.Calendar)
		if err != nil {
			return nil, nil, fmt.Errorf("hours of roster %q: %w", e.Name, err)
		}
		hours = c.Calendar
	}
	holes := r.Holes(tx.Now(), DaysAhead, hours)
	return r, holes, d.err
}
