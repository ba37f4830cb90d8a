package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"mainstay/internal/base/errs"
)

// Tx is an open transaction. It carries its context and its one timestamp, so that a
// store function needs nothing else.
type Tx struct {
	ctx      context.Context
	raw      *sql.Tx
	now      time.Time
	postgres bool
	onCommit []func()
	signals  map[Signal]bool
	memory   map[reflect.Type]any
}

// Now is the timestamp of the transaction, UTC, in microseconds.
func (tx *Tx) Now() time.Time { return tx.now }

// Postgres is for the few statements that only one of the databases can say.
func (tx *Tx) Postgres() bool { return tx.postgres }

// OnCommit runs f after the commit, never when the transaction fails: to wake workers.
func (tx *Tx) OnCommit(f func()) { tx.onCommit = append(tx.onCommit, f) }

// Memory is the transaction's one T, zero at first: what a room learnt and needs again
// before the commit. The type says whose it is.
func Memory[T any](tx *Tx) *T {
	key := reflect.TypeFor[T]()
	if tx.memory == nil {
		tx.memory = map[reflect.Type]any{}
	}
	if tx.memory[key] == nil {
		tx.memory[key] = new(T)
	}
	return tx.memory[key].(*T)
}

// Exec runs a statement and returns how many rows it changed.
func (tx *Tx) Exec(query string, args ...any) (int64, error) {
	r, err := tx.raw.ExecContext(tx.ctx, tx.bind(query), values(args)...)
	if err != nil {
		return 0, wrap(err, "exec")
	}
	return r.RowsAffected()
}

// Signal names a kind of work that a commit may leave behind.
type Signal string

// The signals, sent by the rooms that store the work.
const (
	EventsStored   Signal = "events"
	TimersChanged  Signal = "timers"
	MessagesQueued Signal = "messages"
)

// Signal tells whoever listens, after the commit, that there is work; see DB.Listen. A
// signal is a hint that saves waiting: listeners look at the tables from time to time too.
func (tx *Tx) Signal(s Signal) {
	if tx.signals == nil {
		tx.signals = map[Signal]bool{}
	}
	tx.signals[s] = true
}

// Scanner is one row of a result.
type Scanner interface{ Scan(dest ...any) error }

// All runs a query and reads every row with scan.
func All[T any](tx *Tx, scan func(Scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := tx.raw.QueryContext(tx.ctx, tx.bind(query), values(args)...)
	if err != nil {
		return nil, wrap(err, "query")
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, wrap(err, "scan")
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// One runs a query that must give a row and reads it with scan; without a row the error
// is ErrNone.
func One[T any](tx *Tx, scan func(Scanner) (T, error), query string, args ...any) (T, error) {
	v, err := scan(tx.raw.QueryRowContext(tx.ctx, tx.bind(query), values(args)...))
	if errors.Is(err, sql.ErrNoRows) {
		return v, ErrNone
	}
	if err != nil {
		return v, wrap(err, "query")
	}
	return v, nil
}

// ErrNone says that a query gave no row.
var ErrNone = errors.New("no such row")

// OrNotFound turns ErrNone into a NotFound error that names what was looked for.
func OrNotFound(err error, format string, args ...any) error {
	if errors.Is(err, ErrNone) {
		return errs.NotFoundf(format, args...)
	}
	return err
}

// Value scans a single column, for All and One.
func Value[T any](s Scanner) (T, error) {
	var v T
	err := s.Scan(&v)
	return v, err
}

// Time scans an instant into t; NULL gives the zero time.
func Time(t *time.Time) sql.Scanner { return (*instant)(t) }

type instant time.Time

func (i *instant) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*i = instant{}
	case int64:
		*i = instant(time.UnixMicro(v).UTC())
	default:
		return fmt.Errorf("instant from %T", src)
	}
	return nil
}

// Text scans a TEXT that may be NULL into any string type; NULL gives "".
func Text[T ~string](dst *T) sql.Scanner { return text[T]{dst} }

type text[T ~string] struct{ dst *T }

func (t text[T]) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*t.dst = ""
	case string:
		*t.dst = T(v)
	case []byte:
		*t.dst = T(v)
	default:
		return fmt.Errorf("text from %T", src)
	}
	return nil
}

// JSON scans a TEXT column that holds JSON into dst; NULL and "" leave it as it is.
func JSON(dst any) sql.Scanner { return jsonScan{dst} }

type jsonScan struct{ dst any }

func (j jsonScan) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		return nil
	case string:
		return unmarshal([]byte(v), j.dst)
	case []byte:
		return unmarshal(v, j.dst)
	}
	return fmt.Errorf("JSON from %T", src)
}

func unmarshal(b []byte, dst any) error {
	if len(b) == 0 {
		return nil
	}
	return json.Unmarshal(b, dst)
}

// AsJSON gives v as the argument for a TEXT column that holds JSON.
func AsJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("record of type %T does not encode: %v", v, err)) // our own types
	}
	return string(b)
}

// values maps Go values to what both drivers store alike: times become microseconds,
// zero times NULL.
func values(args []any) []any {
	out := make([]any, len(args))
	for i, a := range args {
		switch v := a.(type) {
		case time.Time:
			if !v.IsZero() {
				out[i] = v.UnixMicro()
			}
		case time.Duration:
			out[i] = v.Microseconds()
		default:
			out[i] = a
		}
	}
	return out
}
