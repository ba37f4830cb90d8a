package alert

import (
	"fmt"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/timer"
)

// A condition that comes and goes would open, restore and reopen its incident each time, and wear out those
// who are called. From its flapsFrom-th firing within flapSpan on it is flapping: its alert stays, and
// ends only when it has been quiet for quietFor.
const (
	flapsFrom = 5
	flapSpan  = time.Hour
	quietFor  = 15 * time.Minute
)

// quietTimer runs when a flapping alert has been quiet for long enough.
const quietTimer timer.Kind = "alert.quiet"

// Flaps is the payload of alert.flaps.
type Flaps struct {
	Title string `json:"title"`
	Times int64  `json:"times"` // it fired, within the last hour
}

// flaps counts how often a condition has begun to fire lately, this time included.
func flaps(tx *db.Tx, fingerprint string) (int64, error) {
	n, err := db.One(tx, db.Value[int64], `SELECT count(*) FROM alert WHERE fingerprint = ? AND created > ?`,
		fingerprint, tx.Now().Add(-flapSpan))
	return n + 1, err
}

// beginsToFlap tells that an alert is flapping from now on.
func beginsToFlap(tx *db.Tx, a Alert, times int64) error {
	return ledger.Append(tx, actor.Mainstay, Record(a.ID), "alert.flaps", Flaps{a.Title, times}, a.about()...)
}

// fallsQuiet notes that a flapping alert does not fire just now.
func fallsQuiet(tx *db.Tx, a Alert) error {
	if !a.Quiet.IsZero() {
		return nil
	}
	if _, err := tx.Exec(`UPDATE alert SET quiet = ? WHERE id = ?`, tx.Now(), string(a.ID)); err != nil {
		return err
	}
	return timer.Schedule(tx, quietTimer, string(a.ID), tx.Now().Add(quietFor), struct{}{})
}

// stirs notes that a flapping alert fires again.
func stirs(tx *db.Tx, a Alert) error {
	if a.Quiet.IsZero() {
		return nil
	}
	if _, err := tx.Exec(`UPDATE alert SET quiet = NULL WHERE id = ?`, string(a.ID)); err != nil {
		return err
	}
	return timer.Cancel(tx, quietTimer, string(a.ID))
}

// settle resolves a flapping alert that has been quiet for long enough.
func (s *Service) settle(tx *db.Tx, t timer.Timer) error {
	a, err := byID(tx, ID(t.Subject))
	if err != nil || a.State == Resolved || a.Quiet.IsZero() {
		return err
	}
	return s.resolve(tx, actor.Mainstay, a, a.Quiet)
}

// Unrest says why a flapping alert does not end; "" for others.
func (a Alert) Unrest() string {
	switch {
	case !a.Flapping:
		return ""
	case a.Quiet.IsZero():
		return fmt.Sprintf("flapping: it fired at least %d times within an hour, and ends when it has been quiet for %.0f minutes", flapsFrom, quietFor.Minutes())
	}
	return fmt.Sprintf("flapping, and quiet since %s UTC: it ends after %.0f minutes", a.Quiet.UTC().Format("15:04"), quietFor.Minutes())
}
