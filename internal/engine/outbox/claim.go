package outbox

import (
	"context"
	"slices"
	"time"

	"mainstay/internal/base/id"
	"mainstay/internal/engine/db"
)

const (
	claimSize          = 1000
	defaultConcurrency = 8
	leaseMargin        = 5 * time.Second
	bundleSize         = 200 // messages in one delivery
)

// Spacing keeps a storm readable: in any minute the first few deliveries to an address
// leave at once, later ones wait for each other and leave together.
var spacing = []struct {
	after int // deliveries within the last minute
	pause time.Duration
}{{10, 10 * time.Second}, {3, 2 * time.Second}}

// claim takes due messages of free addresses, marks them as sending and groups them into
// deliveries. next is when the soonest message that was left is due.
func (d *Dispatcher) claim(ctx context.Context) (out []Delivery, next time.Time, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	err = d.DB.Claim(ctx, func(tx *db.Tx) error {
		due, err := d.due(tx)
		if err != nil {
			return err
		}
		out = out[:0]
		for _, v := range d.choose(group(due)) {
			ready, err := d.spaced(tx, v)
			if err != nil {
				return err
			}
			if ready {
				out = append(out, v)
			}
		}
		for _, v := range out {
			if err := d.mark(tx, v); err != nil {
				return err
			}
		}
		next, err = nextAttempt(tx)
		return err
	})
	if err != nil {
		return nil, next, err
	}
	for _, v := range out {
		if d.busy[v.Channel] == nil {
			d.busy[v.Channel] = map[string]bool{}
		}
		d.busy[v.Channel][v.Address] = true
	}
	return out, next, nil
}

func (d *Dispatcher) due(tx *db.Tx) ([]Message, error) {
	lock := ""
	if tx.Postgres() {
		lock = " FOR UPDATE SKIP LOCKED"
	}
	return db.All(tx, scan, `
		SELECT `+columns+` FROM message
		WHERE state IN ('queued', 'sending') AND next_attempt <= ? AND (lease_until IS NULL OR lease_until <= ?)
		ORDER BY priority, next_attempt, id LIMIT ?`+lock, tx.Now(), tx.Now(), claimSize)
}

// group puts messages to one address together; the order of the groups is that of their
// most urgent messages.
func group(due []Message) []Delivery {
	type key struct {
		channel         Channel
		address, method string
	}
	at := map[key]int{}
	var out []Delivery
	for _, m := range due {
		k := key{m.Channel, m.Address, m.Method}
		i, ok := at[k]
		if !ok || len(out[i].Messages) == bundleSize {
			i = len(out)
			at[k] = i
			out = append(out, Delivery{ID: id.New[string](), Channel: m.Channel, Address: m.Address, Method: m.Method})
		}
		// A row that is still marked as sending was cut off.
		m.PossibleRepeat = m.PossibleRepeat || m.State == Sending
		out[i].Messages = append(out[i].Messages, m)
		out[i].Repeat = out[i].Repeat || m.PossibleRepeat
	}
	return out
}

// choose keeps the deliveries for which their channel has room: one at a time to an
// address, so many at a time on a channel.
func (d *Dispatcher) choose(all []Delivery) []Delivery {
	taken := map[Channel]int{}
	for channel, addresses := range d.busy {
		taken[channel] = len(addresses)
	}
	chosen := map[string]bool{}
	return slices.DeleteFunc(all, func(v Delivery) bool {
		limit := d.Concurrency[v.Channel]
		if limit == 0 {
			limit = defaultConcurrency
		}
		place := string(v.Channel) + " " + v.Address
		if taken[v.Channel] >= limit || d.busy[v.Channel][v.Address] || chosen[place] {
			return true
		}
		taken[v.Channel]++
		chosen[place] = true
		return false
	})
}

// spaced reports whether the delivery may leave now; otherwise its messages wait until
// they may, and whatever is queued by then goes with them.
func (d *Dispatcher) spaced(tx *db.Tx, v Delivery) (bool, error) {
	type recent struct {
		n    int
		last time.Time
	}
	r, err := db.One(tx, func(s db.Scanner) (r recent, err error) {
		return r, s.Scan(&r.n, db.Time(&r.last))
	}, `SELECT COUNT(DISTINCT delivery), MAX(finished) FROM message
		WHERE address = ? AND state = 'sent' AND channel = ? AND finished > ?`,
		v.Address, string(v.Channel), tx.Now().Add(-time.Minute))
	if err != nil {
		return false, err
	}
	for _, rule := range spacing {
		at := r.last.Add(rule.pause)
		if r.n < rule.after || !at.After(tx.Now()) {
			continue
		}
		for _, m := range v.Messages {
			if _, err := tx.Exec(`UPDATE message SET next_attempt = ? WHERE id = ?`, at, string(m.ID)); err != nil {
				return false, err
			}
		}
		return false, nil
	}
	return true, nil
}

func (d *Dispatcher) mark(tx *db.Tx, v Delivery) error {
	until := tx.Now().Add(d.Timeout + leaseMargin)
	for _, m := range v.Messages {
		_, err := tx.Exec(`
			UPDATE message SET state = 'sending', attempts = attempts + 1, delivery = ?, possible_repeat = ?,
			                   lease = ?, lease_until = ?
			WHERE id = ?`, v.ID, m.PossibleRepeat, d.node, until, string(m.ID))
		if err != nil {
			return err
		}
	}
	return nil
}

// nextAttempt is when the soonest waiting message is due, apart from those that are due
// already and wait for their address or channel: they go on when OnFree is called.
func nextAttempt(tx *db.Tx) (time.Time, error) {
	return db.One(tx, func(s db.Scanner) (at time.Time, err error) {
		return at, s.Scan(db.Time(&at))
	}, `SELECT MIN(CASE WHEN lease_until > next_attempt THEN lease_until ELSE next_attempt END) FROM message
		WHERE state IN ('queued', 'sending') AND (next_attempt > ? OR lease_until > ?)`, tx.Now(), tx.Now())
}
