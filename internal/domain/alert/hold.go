package alert

import (
	"context"
	"fmt"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/worker"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/maintenance"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// An alert is held back while its service or component is under maintenance, or while a component that its
// own depends on fails at least as badly. It is taken, shown with the reason, and resolved like any
// other; only no incident is opened for it, and nobody is paged. What holds it is looked at again all the
// time, from the database, so a restart forgets nothing.

// HoldKind says what an alert is held back for.
type HoldKind string

// The kinds; "" is not held.
const (
	ForMaintenance HoldKind = "maintenance"
	ForDependency  HoldKind = "dependency"
)

// Hold is why an alert opens no incident. The zero Hold is none.
type Hold struct {
	Kind  HoldKind
	Why   string // for people: "Core switch fails (INC-12), which this depends on"
	By    string // id of the maintenance, or of the alert that is the cause
	Since time.Time
}

// afterCause is how long an alert is held on when its cause is over: what depended on it needs a moment to
// recover by itself.
const afterCause = 2 * time.Minute

// Held is the payload of alert.held and alert.released.
type Held struct {
	Title string   `json:"title"`
	Kind  HoldKind `json:"held"`
	Why   string   `json:"why"`
}

// holdOn returns what holds an alert back now. Alerts of the desk about itself have a group, and nothing
// holds them.
func (s *Service) holdOn(tx *db.Tx, a Alert) (Hold, error) {
	m, found, err := maintenance.On(tx, a.Service, a.Component, tx.Now())
	if err != nil {
		return Hold{}, err
	}
	if found {
		return Hold{Kind: ForMaintenance, By: string(m.ID), Since: tx.Now(),
			Why: fmt.Sprintf("%s, until %s UTC", m.Title(), m.Window.To.UTC().Format("2 Jan 15:04"))}, nil
	}
	if a.Component == "" {
		return Hold{}, nil
	}
	cause, found, err := s.causeOf(tx, a)
	if err != nil || !found {
		return Hold{}, err
	}
	because := ""
	if cause.IncidentKey != "" {
		because = " (" + cause.IncidentKey + ")"
	}
	return Hold{Kind: ForDependency, By: string(cause.ID), Since: tx.Now(),
		Why: fmt.Sprintf("%s fails%s, which this depends on", cause.ComponentName, because)}, nil
}

// causeOf looks for a failure of what the alert's component depends on, however far below; of several the one
// that is deepest. A cause is at least as severe as the alert, and somebody is told of it: a severe
// alert never hides behind a lesser one.
func (s *Service) causeOf(tx *db.Tx, a Alert) (cause Alert, found bool, err error) {
	seen := map[catalogue.ComponentID]bool{a.Component: true}
	layer := []catalogue.ComponentID{a.Component}
	for len(layer) > 0 {
		var below []catalogue.ComponentID
		for _, id := range layer {
			c, err := catalogue.ComponentByID(tx, id)
			if err != nil {
				return cause, false, err
			}
			for _, d := range c.DependsOn {
				if !seen[d] {
					seen[d] = true
					below = append(below, d)
				}
			}
		}
		for _, id := range below {
			if failing, ok, err := s.failing(tx, id, a.Severity); err != nil {
				return cause, false, err
			} else if ok {
				cause, found = failing, true
			}
		}
		layer = below
	}
	return cause, found, nil
}

// failing returns the worst alert of a component that can be a cause for others of a severity.
func (s *Service) failing(tx *db.Tx, c catalogue.ComponentID, severity int) (Alert, bool, error) {
	list, err := db.All(tx, scan, `SELECT `+columns+from+`
		WHERE a.component = ? AND a.state = 'firing' AND a.severity <= ? ORDER BY a.severity, a.created, a.id`, string(c), severity)
	if err != nil {
		return Alert{}, false, err
	}
	for _, a := range list {
		if a.Incident == "" {
			if a.Held.Kind == ForMaintenance {
				return a, true, nil
			}
			continue // held for what is deeper, which is found by itself
		}
		key, ended, err := s.Incidents.Standing(tx, a.Incident)
		if err != nil {
			return Alert{}, false, err
		}
		if ended.IsZero() {
			a.IncidentKey = key
			return a, true, nil
		}
	}
	return Alert{}, false, nil
}

// Step looks again at alerts that are held back, and opens the incidents of those that nothing holds any more.
// It writes only where something has changed: in a long window hundreds may be held.
func (s *Service) Step(ctx context.Context) (worker.Result, error) {
	var changed []ID
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		changed = nil
		held, err := db.All(tx, scan, `SELECT `+columns+from+`WHERE a.held <> '' AND a.state <> 'resolved' ORDER BY a.severity, a.created, a.id`)
		if err != nil {
			return err
		}
		for _, a := range held {
			next, _, err := s.next(tx, a)
			if err != nil {
				return err
			}
			if next != stays {
				changed = append(changed, a.ID)
			}
		}
		return nil
	})
	if err != nil {
		return worker.Result{}, err
	}
	for did, id := range changed {
		if err := s.DB.Do(ctx, func(tx *db.Tx) error { return s.lookAgain(tx, id) }); err != nil {
			return worker.Result{Did: did}, err
		}
	}
	return worker.Result{Did: len(changed)}, nil
}

// change is what becomes of an alert that is held back.
type change int

const (
	stays    change = iota
	moves           // held for another reason
	recovers        // its cause is over: it has afterCause from now on
	released
)

// next works out what becomes of a held alert now, and for what it is held from now on.
func (s *Service) next(tx *db.Tx, a Alert) (change, Hold, error) {
	now, err := s.holdOn(tx, a)
	switch {
	case err != nil:
		return stays, now, err
	case now.Kind == a.Held.Kind && now.By == a.Held.By && now.Why == a.Held.Why && a.heldUntil.IsZero():
		return stays, a.Held, nil
	case now.Kind != "":
		now.Since = a.Held.Since
		return moves, now, nil
	case a.Held.Kind == ForDependency && a.heldUntil.IsZero():
		return recovers, a.Held, nil
	case tx.Now().Before(a.heldUntil):
		return stays, a.Held, nil
	}
	return released, Hold{}, nil
}

// lookAgain does what becomes of an alert, unless it has ended meanwhile.
func (s *Service) lookAgain(tx *db.Tx, id ID) error {
	a, err := byID(tx, id)
	if err != nil || a.Held.Kind == "" || a.State == Resolved {
		return err
	}
	next, hold, err := s.next(tx, a)
	if err != nil {
		return err
	}
	switch next {
	case moves:
		return saveHold(tx, a.ID, hold, time.Time{})
	case recovers:
		return saveHold(tx, a.ID, hold, tx.Now().Add(afterCause))
	case released:
		return s.release(tx, a)
	case stays:
	}
	return nil
}

// release opens the incident that was kept back. Its clocks begin now: nobody could have been told before.
func (s *Service) release(tx *db.Tx, a Alert) error {
	service, err := catalogue.ServiceByID(tx, a.Service)
	if err != nil {
		return err
	}
	incident, err := s.Incidents.OpenOrJoin(tx, Opening{
		Service: service, GroupKey: groupKey(service, "", a.Labels), Fingerprint: a.Fingerprint, Title: a.Title, Severity: a.Severity,
		Description: a.Annotations["description"], Detected: tx.Now(),
	})
	if err != nil {
		return err
	}
	if err := saveHold(tx, a.ID, Hold{}, time.Time{}); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE alert SET incident = ? WHERE id = ?`, incident, string(a.ID)); err != nil {
		return err
	}
	why := Held{Title: a.Title, Kind: a.Held.Kind, Why: a.Held.Why}
	a.Incident = incident
	return ledger.Append(tx, actor.Mainstay, Record(a.ID), "alert.released", why, a.about()...)
}

func saveHold(tx *db.Tx, id ID, h Hold, until time.Time) error {
	_, err := tx.Exec(`UPDATE alert SET held = ?, held_why = ?, held_by = ?, held_since = ?, held_until = ? WHERE id = ?`,
		string(h.Kind), h.Why, h.By, h.Since, until, string(id))
	return err
}

// about is what events of an alert are about: its incident, when it has one.
func (a Alert) about() []ledger.Record {
	if a.Incident == "" {
		return nil
	}
	return []ledger.Record{incidentRecord(a)}
}
