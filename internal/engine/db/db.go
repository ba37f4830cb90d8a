package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
)

// DB is an open records database.
type DB struct {
	write    *sql.DB
	read     *sql.DB
	postgres bool
	clock    clock.Clock
	path     string

	// conflicted is when a serializable transaction last conflicted, wall time.
	conflicted atomic.Int64

	mu        sync.RWMutex
	listeners map[Signal][]func()
}

// Listen calls wake after every commit that sent the signal. wake must not block.
func (d *DB) Listen(s Signal, wake func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.listeners == nil {
		d.listeners = map[Signal][]func(){}
	}
	d.listeners[s] = append(d.listeners[s], wake)
}

// committed runs what waits for the commit of tx.
func (d *DB) committed(tx *Tx) {
	for _, f := range tx.onCommit {
		f()
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	for s := range tx.signals {
		for _, wake := range d.listeners[s] {
			wake()
		}
	}
}

// Options say which database to open.
type Options struct {
	// URL is "sqlite:PATH" or "postgres://…".
	URL   string
	Clock clock.Clock
	// MaxConns bounds the connections to PostgreSQL; 0 means 16.
	MaxConns int
}

// Open opens the database and brings its schema up to date. Two processes that start
// together wait for each other; a schema newer than the program is refused.
func Open(ctx context.Context, o Options) (*DB, error) {
	d, err := connect(o)
	if err != nil {
		return nil, err
	}
	if err := d.migrate(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func connect(o Options) (*DB, error) {
	if path, ok := strings.CutPrefix(o.URL, "sqlite:"); ok {
		return openSQLite(path, o)
	}
	if strings.HasPrefix(o.URL, "postgres://") || strings.HasPrefix(o.URL, "postgresql://") {
		return openPostgres(o)
	}
	return nil, errs.Invalidf("database URL must start with sqlite: or postgres://")
}

// Postgres reports whether this is PostgreSQL (shared by several nodes) rather than SQLite.
func (d *DB) Postgres() bool { return d.postgres }

// Clock is the clock that stamps transactions.
func (d *DB) Clock() clock.Clock { return d.clock }

// Close closes all connections.
func (d *DB) Close() error {
	if d.read == d.write {
		return d.write.Close()
	}
	return errors.Join(d.read.Close(), d.write.Close())
}

// Do runs fn in a transaction that sees and changes records as if it were alone, and
// commits durably. On a conflict with another transaction fn runs again: see gate.
func (d *DB) Do(ctx context.Context, fn func(*Tx) error) error {
	if d.postgres {
		return d.gated(ctx, fn)
	}
	return d.retry(ctx, d.write, &sql.TxOptions{}, fn)
}

// View runs fn on one consistent snapshot, read only.
func (d *DB) View(ctx context.Context, fn func(*Tx) error) error {
	o := &sql.TxOptions{ReadOnly: true}
	if d.postgres {
		o.Isolation = sql.LevelRepeatableRead
	}
	return d.retry(ctx, d.read, o, fn)
}

// Claim runs fn in a short transaction whose statements each see what is committed by then
// and lock the rows they change. It is for taking work from queues (timers, messages, the
// sequencer), where SERIALIZABLE would only add conflicts.
func (d *DB) Claim(ctx context.Context, fn func(*Tx) error) error {
	o := &sql.TxOptions{}
	if d.postgres {
		o.Isolation = sql.LevelReadCommitted
	}
	return d.retry(ctx, d.write, o, fn)
}

const maxTries = 30

func (d *DB) retry(ctx context.Context, pool *sql.DB, o *sql.TxOptions, fn func(*Tx) error) error {
	for try := 1; ; try++ {
		err := d.once(ctx, pool, o, fn)
		if err == nil || !conflict(err) {
			return err
		}
		if try == maxTries {
			return &errs.E{Kind: errs.Unavailable, Err: err,
				Message: "the database is too busy with conflicting changes, try again"}
		}
		if try == maxTries/2 {
			slog.WarnContext(ctx, "transaction keeps conflicting", "tries", try, "err", err)
		}
		pause := time.Duration(rand.Int64N(int64(min(try, 10)) * int64(4*time.Millisecond)))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause): // wall time: another transaction is using it up
		}
	}
}

// beginner is a pool, or one connection of it.
type beginner interface {
	BeginTx(context.Context, *sql.TxOptions) (*sql.Tx, error)
}

func (d *DB) once(ctx context.Context, pool beginner, o *sql.TxOptions, fn func(*Tx) error) (err error) {
	raw, err := pool.BeginTx(ctx, o)
	if err != nil {
		return wrap(err, "begin")
	}
	tx := &Tx{ctx: ctx, raw: raw, now: d.clock.Now(), postgres: d.postgres}
	defer func() {
		if p := recover(); p != nil {
			_ = raw.Rollback()
			panic(p)
		}
	}()
	if err := fn(tx); err != nil {
		if rerr := raw.Rollback(); rerr != nil && !errors.Is(rerr, sql.ErrTxDone) {
			return errors.Join(err, rerr)
		}
		return err
	}
	if err := raw.Commit(); err != nil {
		if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil { // the pool has rolled back because ctx ended
			return ctx.Err()
		}
		return wrap(err, "commit")
	}
	d.committed(tx)
	return nil
}

func wrap(err error, what string) error { return fmt.Errorf("database %s: %w", what, err) }

// Skew is how far this node's clock is ahead of the database's; 0 on SQLite, which has none.
func (d *DB) Skew(ctx context.Context) (time.Duration, error) {
	if !d.postgres {
		return 0, nil
	}
	var micros int64
	row := d.read.QueryRowContext(ctx, `SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)`)
	if err := row.Scan(&micros); err != nil {
		return 0, wrap(err, "clock")
	}
	return d.clock.Now().Sub(time.UnixMicro(micros)), nil
}
