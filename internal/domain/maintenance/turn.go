package maintenance

import (
	"slices"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/timer"
)

// turnTimer runs when a window begins or ends; its subject is the maintenance's id.
const turnTimer timer.Kind = "maintenance.turn"

// Timers returns what happens when this room's timer fires.
func (s *Service) Timers() map[timer.Kind]timer.Handler {
	return map[timer.Kind]timer.Handler{turnTimer: s.turn}
}

// Turned is the payload of maintenance.began and maintenance.ended.
type Turned struct {
	Name  string    `json:"name"`
	Title string    `json:"title"`
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
}

// schedule promises the next turn.
func schedule(tx *db.Tx, m Maintenance) error {
	at := m.Window.From
	switch {
	case m.Over:
		return timer.Cancel(tx, turnTimer, string(m.ID))
	case at.Before(tx.Now()):
		at = tx.Now() // it is open already
	}
	return timer.Schedule(tx, turnTimer, string(m.ID), at, struct{}{})
}

// turn tells that a window has begun or ended. Whether it holds anything back never waits for that.
func (s *Service) turn(tx *db.Tx, t timer.Timer) error {
	m, found, err := byID(tx, ID(t.Subject))
	if err != nil || !found || m.Over {
		return err
	}
	turned := Turned{m.Name, m.Title(), m.Window.From, m.Window.To}
	switch now := tx.Now(); {
	case now.Before(m.Window.From):
		return timer.Schedule(tx, turnTimer, t.Subject, m.Window.From, struct{}{})
	case now.Before(m.Window.To):
		if err := timer.Schedule(tx, turnTimer, t.Subject, m.Window.To, struct{}{}); err != nil {
			return err
		}
		return ledger.Append(tx, actor.Mainstay, Record(m.ID), "maintenance.began", turned)
	}
	if err := ledger.Append(tx, actor.Mainstay, Record(m.ID), "maintenance.ended", turned); err != nil {
		return err
	}
	return s.goOn(tx, m, tx.Now())
}

// goOn sets the window that ends after an instant, or that there is none.
func (s *Service) goOn(tx *db.Tx, m Maintenance, after time.Time) error {
	next, found := m.Spec.After(after)
	if found {
		m.Window = next
	} else {
		m.Over, m.Window.To = true, earlier(m.Window.To, tx.Now())
	}
	if err := saveWindow(tx, m); err != nil {
		return err
	}
	return schedule(tx, m)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// Planning is one window of a maintenance.
type Planning struct {
	Maintenance
	At Window
}

const (
	mostWindows = 500
	farthest    = 400 * 24 * time.Hour
)

// windows are those that meet a span, from the one that is stored on.
func (m Maintenance) windows(from, to time.Time) (out []Planning) {
	w, more := m.Window, !m.Over
	to = earlier(to, from.Add(farthest))
	for more && w.From.Before(to) && len(out) < mostWindows {
		if w.To.After(from) {
			out = append(out, Planning{m, w})
		}
		w, more = m.Spec.After(w.To)
	}
	return out
}

func byStart(list []Planning) []Planning {
	slices.SortStableFunc(list, func(a, b Planning) int { return a.At.From.Compare(b.At.From) })
	return list
}
