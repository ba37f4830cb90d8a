package outbox

import (
	"context"
	"fmt"
	"time"

	"mainstay/internal/engine/db"
)

// longestPause bounds the pause that a receiver may ask for.
const longestPause = 10 * time.Minute

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
	return min(5*time.Second<<min(max(attempts, 1)-1, 10), longest)
}

// finish records the outcome of a delivery for each of its messages. Messages whose lease
// was lost meanwhile belong to another delivery now and are left to it.
func (d *Dispatcher) finish(tx *db.Tx, v Delivery, cause error) error {
	if cause == nil {
		return d.finishSent(tx, v)
	}
	for _, m := range v.Messages {
		now, err := ByID(tx, m.ID)
		if err != nil {
			return err
		}
		if now.State != Sending || now.Delivery != v.ID {
			continue
		}
		if err := d.finishFailed(tx, now, cause); err != nil {
			return err
		}
	}
	return nil
}

func (d *Dispatcher) finishSent(tx *db.Tx, v Delivery) error {
	ours := make([]Message, 0, len(v.Messages))
	for _, m := range v.Messages {
		n, err := tx.Exec(`
			UPDATE message SET state = 'sent', reason = '', finished = ?, next_attempt = NULL, lease = NULL, lease_until = NULL
			WHERE id = ? AND delivery = ? AND state = 'sending'`, tx.Now(), string(m.ID), v.ID)
		if err != nil {
			return err
		}
		if n > 0 {
			m.State, m.Reason, m.Finished = Sent, "", tx.Now()
			ours = append(ours, m)
		}
	}
	if len(ours) == 0 {
		return nil
	}
	v.Messages = ours
	tx.OnCommit(func() { d.countSent(v) })
	if d.Hooks.Sent == nil {
		return nil
	}
	return d.Hooks.Sent(tx, v)
}

func (d *Dispatcher) finishFailed(tx *db.Tx, m Message, cause error) error {
	m.Reason = plain(cause)
	late := tx.Now().Sub(m.Created) >= tryFor(m.Priority)
	switch {
	case m.Withdrawn != "":
		return replace(tx, m)
	case !late && !IsPermanent(cause):
		tx.OnCommit(func() { d.retried.WithLabelValues(string(m.Channel)).Inc() })
		return later(tx, m, mayHaveArrived(cause), askedPause(cause))
	case late && !IsPermanent(cause):
		m.Reason = fmt.Sprintf("given up after %v: %s", tryFor(m.Priority), m.Reason)
	}
	_, err := tx.Exec(`
		UPDATE message SET state = 'failed', reason = ?, finished = ?, next_attempt = NULL, lease = NULL, lease_until = NULL
		WHERE id = ?`, m.Reason, tx.Now(), string(m.ID))
	if err != nil {
		return err
	}
	tx.OnCommit(func() { d.failed.WithLabelValues(string(m.Channel)).Inc() })
	if d.Hooks.Failed == nil {
		return nil
	}
	m.State, m.Finished = Failed, tx.Now()
	return d.Hooks.Failed(tx, m)
}

// later queues a message again after an attempt that came to nothing.
func later(tx *db.Tx, m Message, mayHaveArrived bool, asked time.Duration) error {
	pause := max(backoff(m.Priority, m.Attempts), min(asked, longestPause))
	_, err := tx.Exec(`
		UPDATE message SET state = 'queued', reason = ?, possible_repeat = ?, next_attempt = ?, lease = NULL, lease_until = NULL
		WHERE id = ? AND delivery = ? AND state = 'sending'`,
		m.Reason, m.PossibleRepeat || mayHaveArrived, tx.Now().Add(pause), string(m.ID), m.Delivery)
	return err
}

// replace ends a message that was withdrawn while it was being sent.
func replace(tx *db.Tx, m Message) error {
	_, err := tx.Exec(`
		UPDATE message SET state = 'replaced', reason = ?, finished = ?, next_attempt = NULL, lease = NULL, lease_until = NULL
		WHERE id = ?`, m.Withdrawn, tx.Now(), string(m.ID))
	return err
}

// unrecorded puts the messages of a delivery back whose outcome could not be recorded, so
// that a fault in a hook does not send them again every few seconds.
func (d *Dispatcher) unrecorded(ctx context.Context, v Delivery, sent bool, cause error) error {
	return d.DB.Claim(ctx, func(tx *db.Tx) error {
		for _, m := range v.Messages {
			m.Reason = fmt.Sprintf("the outcome could not be recorded: %v", cause)
			if err := later(tx, m, sent, 0); err != nil {
				return err
			}
		}
		return nil
	})
}

// FreeLeases gives up the leases of every node. Only for SQLite at start, when the lock on
// the data directory proves that no other process is alive.
func FreeLeases(ctx context.Context, d *db.DB) error {
	return d.Claim(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE message SET lease = NULL, lease_until = NULL WHERE lease IS NOT NULL`)
		return err
	})
}
