package outbox

import (
	"context"
	"strings"
	"time"

	"mainstay/internal/base/id"
	"mainstay/internal/engine/db"
)

const (
	claimSize   = 1000
	leaseMargin = 5 * time.Second
	bundleSize  = 200 // messages in one delivery
)

// place is where one delivery at a time goes.
type place struct {
	channel Channel
	address string
}

func (v Delivery) place() place { return place{v.Channel, v.Address} }

// claim takes due messages of free addresses, marks them as sending and groups them into
// deliveries. again says that more may be due at once, next when the soonest message that
// was left is due.
func (d *Dispatcher) claim(ctx context.Context) (out []Delivery, again bool, next time.Time, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	err = d.DB.Claim(ctx, func(tx *db.Tx) error {
		due, err := d.due(tx)
		if err != nil {
			return err
		}
		wanted, err := d.retire(tx, due)
		if err != nil {
			return err
		}
		taken, moved, err := d.take(tx, group(wanted))
		if err != nil {
			return err
		}
		out, again = taken, len(taken)+moved+len(due)-len(wanted) > 0
		next, err = nextAttempt(tx)
		return err
	})
	if err != nil {
		return nil, false, next, err
	}
	for _, v := range out {
		d.busy[v.place()] = true
	}
	return out, again, next, nil
}

// due reads what may leave now. Addresses to which a delivery is under way are left out
// already here, so that a flood to one that hangs does not hide what others wait for.
// First attempts go before repeats of the same priority.
func (d *Dispatcher) due(tx *db.Tx) ([]Message, error) {
	var apart strings.Builder
	args := []any{tx.Now(), tx.Now()}
	for p := range d.busy {
		apart.WriteString(" AND NOT (channel = ? AND address = ?)")
		args = append(args, string(p.channel), p.address)
	}
	lock := ""
	if tx.Postgres() {
		lock = " FOR UPDATE SKIP LOCKED"
	}
	return db.All(tx, scan, `
		SELECT `+columns+` FROM message
		WHERE state IN ('queued', 'sending') AND next_attempt <= ? AND (lease_until IS NULL OR lease_until <= ?)`+apart.String()+`
		ORDER BY priority, CASE WHEN attempts = 0 THEN 0 ELSE 1 END, next_attempt, id LIMIT ?`+lock,
		append(args, claimSize)...)
}

// retire ends messages that were withdrawn while they were being sent, and returns the
// others.
func (d *Dispatcher) retire(tx *db.Tx, due []Message) ([]Message, error) {
	wanted := make([]Message, 0, len(due))
	for _, m := range due {
		if m.Withdrawn == "" {
			wanted = append(wanted, m)
			continue
		}
		if err := replace(tx, m); err != nil {
			return nil, err
		}
	}
	return wanted, nil
}

// group puts together what may leave together; the order of the groups is that of their
// most urgent messages. What may repeat an earlier delivery leaves as that delivery did, so
// that receivers can tell, and so that what was never sent is not marked as a repeat.
func group(due []Message) []Delivery {
	type key struct {
		place
		method, delivery string
		kind             Kind
	}
	at := map[key]int{}
	var out []Delivery
	for _, m := range due {
		// A row that is still marked as sending was cut off.
		m.PossibleRepeat = m.PossibleRepeat || m.State == Sending
		k := key{place: place{m.Channel, m.Address}, method: m.Method, kind: m.Kind}
		if m.PossibleRepeat {
			k.delivery = m.Delivery
		}
		i, ok := at[k]
		if !ok || !m.Kind.bundled() || len(out[i].Messages) == bundleSize {
			i = len(out)
			at[k] = i
			out = append(out, Delivery{ID: id.New[string](), Channel: m.Channel, Address: m.Address,
				Method: m.Method, Kind: m.Kind, Repeat: m.PossibleRepeat})
		}
		out[i].Messages = append(out[i].Messages, m)
	}
	return out
}

// take marks the deliveries that may leave now: one at a time to an address, so many at a
// time on a channel. moved counts those that spacing has put off.
func (d *Dispatcher) take(tx *db.Tx, all []Delivery) (out []Delivery, moved int, err error) {
	taken, passed := map[Channel]int{}, map[place]bool{}
	for p := range d.busy {
		taken[p.channel]++
	}
	for _, v := range all {
		if passed[v.place()] || taken[v.Channel] >= d.room(v) {
			continue
		}
		at, err := d.spaced(tx, v)
		if err != nil {
			return nil, 0, err
		}
		if !at.IsZero() {
			moved++
			if err := putOff(tx, v, at); err != nil {
				return nil, 0, err
			}
			continue
		}
		if err := d.mark(tx, v); err != nil {
			return nil, 0, err
		}
		passed[v.place()] = true
		taken[v.Channel]++
		out = append(out, v)
	}
	return out, moved, nil
}

// room is how many deliveries may be under way on the channel for this one to start.
// Repeats leave half of it to first attempts: what hangs once often hangs again.
func (d *Dispatcher) room(v Delivery) int {
	limit := d.Concurrency[v.Channel]
	if limit == 0 {
		limit = defaultConcurrency
	}
	if v.Messages[0].Attempts > 0 {
		return (limit + 1) / 2
	}
	return limit
}

// spaced returns when the delivery may leave, the zero time when it may now. Only what is
// of the same kind counts: a page does not wait because of many updates.
func (d *Dispatcher) spaced(tx *db.Tx, v Delivery) (time.Time, error) {
	type recent struct {
		n    int
		last time.Time
	}
	r, err := db.One(tx, func(s db.Scanner) (r recent, err error) {
		return r, s.Scan(&r.n, db.Time(&r.last))
	}, `SELECT COUNT(DISTINCT delivery), MAX(finished) FROM message
		WHERE address = ? AND state = 'sent' AND channel = ? AND kind = ? AND finished > ?`,
		v.Address, string(v.Channel), string(v.Kind), tx.Now().Add(-time.Minute))
	if err != nil {
		return time.Time{}, err
	}
	pause := time.Duration(0)
	for _, rule := range d.Spacing {
		if r.n >= rule.After {
			pause = max(pause, rule.Pause)
		}
	}
	if at := r.last.Add(pause); pause > 0 && at.After(tx.Now()) {
		return at, nil
	}
	return time.Time{}, nil
}

// putOff lets everything of the kind that waits for the address wait until at; whatever is
// queued by then goes with it.
func putOff(tx *db.Tx, v Delivery, at time.Time) error {
	_, err := tx.Exec(`
		UPDATE message SET next_attempt = ?
		WHERE channel = ? AND address = ? AND kind = ? AND state IN ('queued', 'sending') AND next_attempt <= ?
		  AND (lease_until IS NULL OR lease_until <= ?)`,
		at, string(v.Channel), v.Address, string(v.Kind), tx.Now(), tx.Now())
	return err
}

func (d *Dispatcher) mark(tx *db.Tx, v Delivery) error {
	until := tx.Now().Add(d.Timeout + leaseMargin)
	for i := range v.Messages {
		m := &v.Messages[i]
		m.State, m.Delivery, m.Attempts = Sending, v.ID, m.Attempts+1
		_, err := tx.Exec(`
			UPDATE message SET state = 'sending', attempts = ?, delivery = ?, possible_repeat = ?,
			                   lease = ?, lease_until = ?
			WHERE id = ?`, m.Attempts, v.ID, m.PossibleRepeat, d.node, until, string(m.ID))
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
