// Package timer keeps promises to do something at an instant.
//
// A timer is a row, one per kind and subject, written in the transaction of the record
// that needs it. A Runner claims due rows with a lease and runs each in one transaction
// with its effect, which begins by removing the row under that lease: so the effect
// happens once, however many nodes run and whenever one of them dies. A handler that
// fails backs off and is reported; it is never given up.
//
// Table: timer.
package timer

import (
	"encoding/json"
	"fmt"
	"time"

	"mainstay/internal/base/id"
	"mainstay/internal/engine/db"
)

// Kind says which handler runs, such as "escalation.response".
type Kind string

// Timer is a promise.
type Timer struct {
	ID      string
	Kind    Kind
	Subject string    // the record, usually its id
	Due     time.Time // when to run; later than promised after a failure
	Payload json.RawMessage

	// Promised is the instant first asked for, Attempts how often running failed.
	Promised time.Time
	Attempts int
}

// Into decodes the payload into dst.
func (t Timer) Into(dst any) error {
	if err := json.Unmarshal(t.Payload, dst); err != nil {
		return fmt.Errorf("payload of timer %s of %s: %w", t.Kind, t.Subject, err)
	}
	return nil
}

// Handler does what a timer promised, in its transaction. It may schedule the same kind
// and subject again. A timer may find its reason gone; then it does nothing.
type Handler func(*db.Tx, Timer) error

// Schedule makes or moves the timer of this kind and subject. The payload is a struct of
// the room that owns the timer.
func Schedule(tx *db.Tx, kind Kind, subject string, due time.Time, payload any) error {
	tx.Signal(db.TimersChanged)
	_, err := tx.Exec(`
		INSERT INTO timer (id, kind, subject, due, first_due, payload, created) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (kind, subject) DO UPDATE SET
			id = excluded.id, due = excluded.due, first_due = excluded.first_due, payload = excluded.payload,
			attempts = 0, last_error = '', lease = NULL, lease_until = NULL, created = excluded.created`,
		id.New[string](), string(kind), subject, due, due, db.AsJSON(payload), tx.Now())
	return err
}

// Cancel removes the timer of this kind and subject, if there is one.
func Cancel(tx *db.Tx, kind Kind, subject string) error {
	_, err := tx.Exec(`DELETE FROM timer WHERE kind = ? AND subject = ?`, string(kind), subject)
	return err
}

// Of returns the pending timers of a subject, soonest first.
func Of(tx *db.Tx, subject string) ([]Timer, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM timer WHERE subject = ? ORDER BY due, id`, subject)
}

const columns = `id, kind, subject, due, first_due, payload, attempts`

func scan(s db.Scanner) (t Timer, err error) {
	return t, s.Scan(&t.ID, db.Text(&t.Kind), &t.Subject, db.Time(&t.Due), db.Time(&t.Promised),
		db.JSON(&t.Payload), &t.Attempts)
}
