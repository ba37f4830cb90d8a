package oncall

import (
	"slices"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/timer"
)

// Notices is the room that tells people things.
type Notices interface {
	// ShiftStarts tells a person that he or she is on call on a roster from now on. To is
	// zero when the shift does not end within a year.
	ShiftStarts(tx *db.Tx, person people.UserID, roster string, from, to time.Time) error
	// CoverageGaps tells a person of stretches ahead without anybody on call on a roster, in
	// sentences. With fallback, the fallback person is on call in all of them.
	CoverageGaps(tx *db.Tx, person people.UserID, roster string, fallback bool, holes []string) error
}

// shiftTimer runs when the next shift of a roster starts; its subject is the roster's id.
const shiftTimer timer.Kind = "oncall.shift"

// lookAgain is when to look at a roster on which nothing will change within a year.
const lookAgain = 300 * 24 * time.Hour

// promise is the payload of the shift timer.
type promise struct {
	// Told is the instant up to which everybody has been told whose shift had started.
	Told time.Time `json:"told"`
}

// Timers returns what happens when each of this room's timers fires.
func (s *Service) Timers() map[timer.Kind]timer.Handler {
	return map[timer.Kind]timer.Handler{shiftTimer: s.shiftStarts, gapTimer: s.lookForGaps}
}

// Shifted is the payload of roster.shift: who is on call from now on, by login.
type Shifted struct {
	Name   string   `json:"name"`
	People []string `json:"people"` // empty when nobody is
}

// shiftStarts tells everybody whose shift has started since the last time. Its event lets
// those who watch the desk see the change.
func (s *Service) shiftStarts(tx *db.Tx, t timer.Timer) error {
	e, err := ByID(tx, RosterID(t.Subject))
	if errs.Is(err, errs.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	var p promise
	if err := t.Into(&p); err != nil {
		return err
	}
	d := newDirectory(tx)
	r, err := e.openNow(tx, d, tx.Now())
	if err != nil {
		return err
	}
	note := Shifted{Name: e.Name}
	for _, a := range r.At(tx.Now()) {
		note.People = append(note.People, a.User)
		if a.Since.After(p.Told) {
			if err := s.tell(tx, e, d, a.User, a.Since, a.Until); err != nil {
				return err
			}
		}
	}
	if err := ledger.Append(tx, actor.Mainstay, Record(e.ID), "roster.shift", note); err != nil {
		return err
	}
	return schedule(tx, e, d, r)
}

func (s *Service) tell(tx *db.Tx, e Entry, d *directory, user string, from, to time.Time) error {
	if s.Notices == nil || d.err != nil {
		return d.err
	}
	return s.Notices.ShiftStarts(tx, d.user(user).ID, e.Name, from, to)
}

// while makes a change to a roster, tells those who come on call by it, and sets the timer
// anew.
func (s *Service) while(tx *db.Tx, e Entry, change func() error) error {
	before, err := onCall(tx, newDirectory(tx), e, tx.Now())
	if err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	e, err = ByID(tx, e.ID)
	if err != nil {
		return err
	}
	return s.settle(tx, e, before)
}

// settle tells everybody on call now but those named, and sets the timers.
func (s *Service) settle(tx *db.Tx, e Entry, but []string) error {
	d := newDirectory(tx)
	r, err := e.openNow(tx, d, tx.Now())
	if err != nil {
		return err
	}
	for _, a := range r.At(tx.Now()) {
		if slices.Contains(but, a.User) {
			continue
		}
		if err := s.tell(tx, e, d, a.User, tx.Now(), a.Until); err != nil {
			return err
		}
	}
	if err := lookSoon(tx, e); err != nil {
		return err
	}
	return schedule(tx, e, d, r)
}

// schedule sets the timer to the next change of who is on call.
func schedule(tx *db.Tx, e Entry, d *directory, r *Roster) error {
	due := r.NextChange(tx.Now())
	if due.IsZero() {
		due = tx.Now().Add(lookAgain)
	}
	if d.err != nil {
		return d.err
	}
	return timer.Schedule(tx, shiftTimer, string(e.ID), due, promise{Told: tx.Now()})
}
