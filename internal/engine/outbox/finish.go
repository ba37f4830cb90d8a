package outbox

import (
	"context"
	"time"

	"mainstay/internal/engine/db"
)

// tryFor is how long a message of a priority is tried before it has failed.
func tryFor(p Priority) time.Duration {
	if p == PagePriority {
		return 15 * time.Minute
	}
	return 24 * time.Hour
}

// backoff is the pause before the next attempt, after so many.
func backoff(p Priority, attempts int) time.Duration {
	longest := 10 * time.Minute
	if p == PagePriority {
		longest = time.Minute
	}
	return min(5*time.Second<<min(attempts-1, 10), longest)
}

// finish records the outcome of a delivery for each of its messages.
func (d *Dispatcher) finish(tx *db.Tx, v Delivery, cause error) error {
	if cause == nil {
		return d.finishSent(tx, v)
	}
	for _, m := range v.Messages {
		m.Attempts++
		m.Reason = cause.Error()
		if err := d.finishFailed(tx, m, IsPermanent(cause)); err != nil {
			return err
		}
	}
	return nil
}

func (d *Dispatcher) finishSent(tx *db.Tx, v Delivery) error {
	_, err := tx.Exec(`
		UPDATE message SET state = 'sent', reason = '', finished = ?, next_attempt = NULL, lease = NULL, lease_until = NULL
		WHERE delivery = ?`, tx.Now(), v.ID)
	if err != nil || d.Hooks.Sent == nil {
		return err
	}
	return d.Hooks.Sent(tx, v)
}

func (d *Dispatcher) finishFailed(tx *db.Tx, m Message, permanent bool) error {
	if !permanent && tx.Now().Sub(m.Created) < tryFor(m.Priority) {
		// The receiver may have taken a message whose answer was lost, so the next try is
		// a possible repeat only when this one was cut off without an answer; an answered
		// refusal is not. Both look alike from here often enough to say "possible".
		_, err := tx.Exec(`
			UPDATE message SET state = 'queued', reason = ?, next_attempt = ?, lease = NULL, lease_until = NULL
			WHERE id = ?`, m.Reason, tx.Now().Add(backoff(m.Priority, m.Attempts)), string(m.ID))
		return err
	}
	_, err := tx.Exec(`
		UPDATE message SET state = 'failed', reason = ?, finished = ?, next_attempt = NULL, lease = NULL, lease_until = NULL
		WHERE id = ?`, m.Reason, tx.Now(), string(m.ID))
	if err != nil || d.Hooks.Failed == nil {
		return err
	}
	m.State = Failed
	return d.Hooks.Failed(tx, m)
}

// FreeLeases gives up the leases of every node. Only for SQLite at start, when the lock on
// the data directory proves that no other process is alive.
func FreeLeases(ctx context.Context, d *db.DB) error {
	return d.Claim(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE message SET lease = NULL, lease_until = NULL WHERE lease IS NOT NULL`)
		return err
	})
}
