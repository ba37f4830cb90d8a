package followup

import (
	"cmp"
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

// Reminders is the room that tells people things.
type Reminders interface {
	// FollowUpsDue tells a person of open follow-ups of theirs that are due, the earliest first.
	FollowUpsDue(tx *db.Tx, owner people.UserID, due []FollowUp) error
}

// remindTimer runs when somebody is to be reminded next; its subject is the owner's id.
const remindTimer timer.Kind = "followup.remind"

// Timers returns what happens when this room's timer fires.
func (s *Service) Timers() map[timer.Kind]timer.Handler {
	return map[timer.Kind]timer.Handler{remindTimer: s.remind}
}

// Reminded is the payload of follow-up.reminded.
type Reminded struct {
	Title string    `json:"title"`
	Owner string    `json:"owner"` // login
	Due   time.Time `json:"due"`
}

// WatchIn makes sure that everybody with open follow-ups is reminded of them.
func (s *Service) WatchIn(tx *db.Tx) error {
	owners, err := db.All(tx, db.Value[people.UserID], `SELECT DISTINCT owner FROM followup WHERE state = 'open' ORDER BY owner`)
	if err != nil {
		return err
	}
	for _, owner := range owners {
		if err := schedule(tx, owner); err != nil {
			return err
		}
	}
	return nil
}

// remind tells an owner, in one message, of all that is due and wants to be told now.
func (s *Service) remind(tx *db.Tx, t timer.Timer) error {
	owner := people.UserID(t.Subject)
	open, days, err := openOf(tx, owner)
	if err != nil {
		return err
	}
	due := slices.DeleteFunc(open, func(f FollowUp) bool { return f.next(days).After(tx.Now()) })
	if len(due) > 0 && s.reminders != nil {
		if err := s.reminders.FollowUpsDue(tx, owner, due); err != nil {
			return err
		}
	}
	for _, f := range due {
		if err := markReminded(tx, f.ID); err != nil {
			return err
		}
		// On its own timeline only: that of an incident has no use for a line each day.
		if err := ledger.Append(tx, actor.Mainstay, Record(f.ID), "follow-up.reminded", Reminded{f.Title, f.OwnerLogin, f.Due}); err != nil {
			return err
		}
	}
	return schedule(tx, owner)
}

// schedule promises the next reminder of an owner; none while nothing of theirs is open.
func schedule(tx *db.Tx, owner people.UserID) error {
	open, days, err := openOf(tx, owner)
	if err != nil {
		return err
	}
	if len(open) == 0 {
		return timer.Cancel(tx, remindTimer, string(owner))
	}
	first := open[0].next(days)
	for _, f := range open[1:] {
		if at := f.next(days); at.Before(first) {
			first = at
		}
	}
	if first.Before(tx.Now()) {
		first = tx.Now()
	}
	return timer.Schedule(tx, remindTimer, string(owner), first, struct{}{})
}

// next is when its owner is to be reminded: when it is due, and then as each working day
// starts.
func (f FollowUp) next(days workdays) time.Time {
	if f.reminded.Before(f.Due) { // never, or when it was due earlier
		return f.Due
	}
	return days.startAfter(f.reminded)
}

func openOf(tx *db.Tx, owner people.UserID) ([]FollowUp, workdays, error) {
	open, err := db.All(tx, scan, `
		SELECT `+columns+` FROM `+tables+` WHERE f.owner = ? AND f.state = 'open' ORDER BY f.due, f.id`, string(owner))
	if err != nil || len(open) == 0 {
		return nil, workdays{}, err
	}
	days, err := workdaysOf(tx, owner)
	return open, days, err
}

// workdays are when somebody works: in the hours of their team, or else from nine o'clock,
// Monday to Friday, where they are.
type workdays struct {
	loc   *time.Location
	hours *calendar.Calendar // nil when no team of theirs has any
}

const nine calendar.TimeOfDay = 9 * 60

// startAfter returns the start of the first working day after the day of an instant.
func (w workdays) startAfter(at time.Time) time.Time {
	if w.hours != nil {
		loc := w.hours.Location()
		start := w.hours.NextOpen(calendar.Instant(loc, calendar.DateOf(at, loc)+1, 0))
		// Hours that are open at midnight go round the clock or by night: no start of a day.
		if !start.IsZero() && !start.Equal(calendar.Instant(loc, calendar.DateOf(start, loc), 0)) {
			return start
		}
	}
	day := calendar.DateOf(at, w.loc) + 1
	for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
		day++
	}
	return calendar.Instant(w.loc, day, nine)
}

// workdaysOf looks up the hours of a person: those of the first of their teams, by name,
// that has any.
func workdaysOf(tx *db.Tx, person people.UserID) (workdays, error) {
	u, err := people.UserByID(tx, person)
	if err != nil {
		return workdays{}, err
	}
	w := workdays{loc: u.Location()}
	teams := make([]people.Team, len(u.Teams))
	for i, id := range u.Teams {
		if teams[i], err = people.TeamByID(tx, id); err != nil {
			return w, err
		}
	}
	slices.SortFunc(teams, func(a, b people.Team) int { return cmp.Compare(a.Name, b.Name) })
	for _, t := range teams {
		if t.Hours == "" {
			continue
		}
		e, err := calendar.ByName(tx, t.Hours)
		if err == nil {
			w.hours = e.Calendar
			return w, nil
		}
		if !errs.Is(err, errs.NotFound) {
			return w, err
		}
	}
	return w, nil
}
