package db

import (
	"database/sql"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"mainstay/internal/base/errs"
)

// registerC gives SQLite the collation that PostgreSQL calls "C": bytewise, as BINARY.
var registerC = sync.OnceValue(func() error {
	return sqlite.RegisterCollationUtf8("C", strings.Compare)
})

func openSQLite(path string, o Options) (*DB, error) {
	if err := registerC(); err != nil {
		return nil, err
	}
	open := func(extra string) (*sql.DB, error) {
		c, err := sqlite.NewConnector(sqliteName(path) +
			"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
			"&_pragma=foreign_keys(1)&_pragma=cache_size(-16000)" + extra)
		if err != nil {
			return nil, err
		}
		return sql.OpenDB(preparing{c}), nil
	}
	write, err := open("&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	// One connection writes: SQLite has one writer, and waiting here is fair and quiet.
	write.SetMaxOpenConns(1)
	read, err := open("&_pragma=query_only(1)")
	if err != nil {
		return nil, errors.Join(err, write.Close())
	}
	read.SetMaxOpenConns(4)
	read.SetMaxIdleConns(4)
	return &DB{write: write, read: read, clock: o.Clock, path: path}, nil
}

// sqliteName is how a path is written in front of its options.
func sqliteName(path string) string { return "file:" + (&url.URL{Path: path}).EscapedPath() }

func openPostgres(o Options) (*DB, error) {
	cfg, err := pgx.ParseConfig(o.URL)
	if err != nil {
		return nil, errs.Invalidf("database URL: %v", err)
	}
	// Serializable transactions lock what a plan reads. On tables that are still small the
	// planner prefers to read all of them, and then everything conflicts with everything.
	cfg.RuntimeParams["enable_seqscan"] = "off"
	// Where only a sequential scan is possible, that makes its plan look so dear that the
	// server would compile it: 60 ms for a query of 1 ms.
	cfg.RuntimeParams["jit"] = "off"
	// A node that loses its power or its network says no goodbye. Until the server notices, it
	// keeps that node's locks, the gate among them, and every other node waits: by default for
	// two hours.
	cfg.RuntimeParams["tcp_keepalives_idle"] = "10" // seconds
	cfg.RuntimeParams["tcp_keepalives_interval"] = "5"
	cfg.RuntimeParams["tcp_keepalives_count"] = "3"
	cfg.RuntimeParams["tcp_user_timeout"] = "25000" // milliseconds
	cfg.RuntimeParams["idle_in_transaction_session_timeout"] = "60000"
	cfg.RuntimeParams["application_name"] = "mainstay"
	cfg.RuntimeParams["timezone"] = "UTC"
	pool := stdlib.OpenDB(*cfg)
	n := o.MaxConns
	if n == 0 {
		n = 16
	}
	pool.SetMaxOpenConns(n)
	pool.SetMaxIdleConns(n)
	return &DB{write: pool, read: pool, postgres: true, clock: o.Clock}, nil
}

// conflict reports whether the transaction failed only because of another one.
func conflict(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch pg.Code {
		case "40001", "40P01": // serialization_failure, deadlock_detected
			return true
		}
		return false
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		return lite.Code()&0xff == sqlite3.SQLITE_BUSY
	}
	return false
}

// IsFull reports whether an error goes away when somebody makes room on the database's disk.
func IsFull(err error) bool {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return true
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "53100" // disk_full
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		switch lite.Code() {
		case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_WRITE:
			return true
		}
	}
	return false
}

// IsDuplicate reports whether a unique index refused the row.
func IsDuplicate(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "23505"
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		return lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return false
}

// IsReferenced reports whether a foreign key refused the change: the row is still in use,
// or names one that does not exist.
func IsReferenced(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "23503"
	}
	lite, ok := errors.AsType[*sqlite.Error](err)
	return ok && lite.Code() == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
}

var bound sync.Map // query with "?" → query with "$n"; lists in queries are bounded, so it stays small

// bind rewrites "?" to "$1", "$2", … for PostgreSQL. Our SQL has no "?" in literals.
func (tx *Tx) bind(query string) string {
	if !tx.postgres {
		return query
	}
	if q, ok := bound.Load(query); ok {
		return q.(string)
	}
	var b strings.Builder
	n := 0
	for _, r := range query {
		if r != '?' {
			b.WriteRune(r)
			continue
		}
		n++
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
	}
	bound.Store(query, b.String())
	return b.String()
}

// Number takes the next number for keys that people see, such as INC-2041. Numbers only
// grow; one taken by a transaction that fails is not used again on PostgreSQL, where a
// sequence serves them without making openers of incidents wait for each other.
func (tx *Tx) Number(name string) (int64, error) {
	if tx.postgres {
		return One(tx, Value[int64], `SELECT nextval('number_'||CAST(? AS TEXT))`, name)
	}
	return One(tx, Value[int64], `
		INSERT INTO number (name, value) VALUES (?, 1)
		ON CONFLICT (name) DO UPDATE SET value = number.value + 1
		RETURNING value`, name)
}
