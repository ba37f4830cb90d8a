package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
)

// PostgreSQL's serializable transactions are optimistic: they run side by side and some of
// them fail at the end. In a storm of alerts, when every transaction inserts into the same
// few index pages, most fail, and those that try again fail again. So each attempt passes
// a gate, an advisory lock that all nodes share:
//
//	the first attempt   takes it shared, and runs beside others
//	after a conflict    takes it alone, and cannot conflict
//
// While conflicts are fresh, first attempts go alone too: in a storm, one after the other
// is faster than all against all. What is right never depends on the gate, only what is
// fast: isolation is the database's.
const gateKey = 7302

const (
	// contendedFor is how long after a conflict transactions go one by one.
	contendedFor = 100 * time.Millisecond
	// gateTries is more than enough: an attempt that is alone conflicts only with claims,
	// whose locks are short.
	gateTries = 10
)

func (d *DB) gated(ctx context.Context, fn func(*Tx) error) error {
	conn, err := d.write.Conn(ctx)
	if err != nil {
		return wrap(err, "connect")
	}
	defer conn.Close()
	for try := 1; ; try++ {
		err := d.pass(ctx, conn, try > 1 || d.contended(), fn)
		if err == nil || !conflict(err) {
			return err
		}
		d.conflicted.Store(clock.Wall().Now().UnixMicro())
		if try == gateTries {
			return &errs.E{Kind: errs.Unavailable, Err: err,
				Message: "the database is too busy with conflicting changes, try again"}
		}
	}
}

func (d *DB) contended() bool {
	return clock.Wall().Now().UnixMicro()-d.conflicted.Load() < contendedFor.Microseconds()
}

// pass makes one attempt behind the gate. The lock is the session's and not the
// transaction's, because a serializable transaction sees what was there at its first
// statement, and that must come after the wait.
func (d *DB) pass(ctx context.Context, conn *sql.Conn, alone bool, fn func(*Tx) error) (err error) {
	lock, unlock := "SELECT pg_advisory_lock_shared($1)", "SELECT pg_advisory_unlock_shared($1)"
	if alone {
		lock, unlock = "SELECT pg_advisory_lock($1)", "SELECT pg_advisory_unlock($1)"
	}
	if _, err := conn.ExecContext(ctx, lock, gateKey); err != nil {
		// A wait that was cancelled may have got the lock all the same.
		return errors.Join(wrap(err, "gate"), discard(conn))
	}
	defer func() {
		if _, uerr := conn.ExecContext(context.WithoutCancel(ctx), unlock, gateKey); uerr != nil {
			// The lock ends with its session. What the transaction did stands.
			_ = discard(conn)
		}
	}()
	return d.once(ctx, conn, &sql.TxOptions{Isolation: sql.LevelSerializable}, fn)
}

// discard closes a connection for good instead of giving it back to the pool.
func discard(conn *sql.Conn) error {
	err := conn.Raw(func(any) error { return driver.ErrBadConn })
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) {
		return nil
	}
	return err
}
