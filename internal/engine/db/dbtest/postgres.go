package dbtest

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that makes the databases

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/db"
)

// Keys of advisory locks.
const (
	templateLock = 7301 // of whoever makes the template
	loanLock     = 7302 // with the number of a database, of whoever has borrowed it
)

// postgres lends the test an empty database of the server: one that an earlier test has given back and
// that is emptied now, or else a copy of the template. A copy is 10 MB that the server writes twice, and
// most of the time of a short test; emptying is some milliseconds.
func postgres(t testing.TB) string {
	t.Helper()
	server := os.Getenv("MAINSTAY_TEST_POSTGRES")
	if server == "" {
		t.Fatal("MAINSTAY_TEST_POSTGRES is not set")
	}
	template, err := templateOnce()
	if err != nil {
		t.Fatalf("prepare PostgreSQL template: %v", err)
	}
	l, err := borrow(context.Background(), server)
	if err != nil {
		t.Fatalf("borrow a test database: %v", err)
	}
	t.Cleanup(func() {
		if err := l.giveBack(); err != nil {
			t.Errorf("give back a test database: %v", err)
		}
	})
	if err := l.prepare(context.Background(), template); err != nil {
		t.Fatalf("prepare test database %s: %v", l.name, err)
	}
	return named(server, l.name)
}

var templateOnce = sync.OnceValues(func() (string, error) {
	server := os.Getenv("MAINSTAY_TEST_POSTGRES")
	name := "template_" + schemaHash()
	pool, err := sql.Open("pgx", server)
	if err != nil {
		return "", err
	}
	defer pool.Close() //nolint:errcheck // nothing was kept in it
	ctx := context.Background()
	conn, err := pool.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close() //nolint:errcheck // and with it goes the lock
	// Test binaries run side by side: one of them makes the template, the others wait.
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", templateLock); err != nil {
		return "", err
	}
	defer conn.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", templateLock) //nolint:errcheck // the connection closes anyway
	var ready bool
	row := conn.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", name)
	if err := row.Scan(&ready); err != nil || ready {
		return name, err
	}
	if _, err := conn.ExecContext(ctx, "CREATE DATABASE "+name+"_new"); err != nil {
		return "", err
	}
	d, err := db.Open(ctx, db.Options{URL: named(server, name+"_new"), Clock: clock.Wall()})
	if err != nil {
		return "", err
	}
	if err := d.Close(); err != nil {
		return "", err
	}
	_, err = conn.ExecContext(ctx, "ALTER DATABASE "+name+"_new RENAME TO "+name)
	return name, err
})

// loan is a database that one test has for itself as long as its session lives. The session holds the
// lock of the database's number, so a test binary that is killed gives back what it had.
type loan struct {
	name    string
	server  string
	pool    *sql.DB
	session *sql.Conn
}

// borrow takes the first database that nobody else has; it need not be there yet.
func borrow(ctx context.Context, server string) (l loan, err error) {
	l.server = server
	if l.pool, err = sql.Open("pgx", server); err != nil {
		return l, err
	}
	if l.session, err = l.pool.Conn(ctx); err != nil {
		return l, errors.Join(err, l.pool.Close())
	}
	for n := 1; ; n++ {
		var free bool
		row := l.session.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1, $2)", loanLock, n)
		if err := row.Scan(&free); err != nil {
			return l, errors.Join(err, l.giveBack())
		}
		if free {
			l.name = fmt.Sprintf("mainstay_test_%d", n)
			return l, nil
		}
	}
}

func (l loan) giveBack() error { return errors.Join(l.session.Close(), l.pool.Close()) }

// prepare makes the database as the template is. Its comment says which template it is a copy of,
// and what tables it had then.
func (l loan) prepare(ctx context.Context, template string) error {
	var comment sql.NullString
	row := l.session.QueryRowContext(ctx, "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1", l.name)
	if err := row.Scan(&comment); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if comment.Valid && l.empty(ctx, template, comment.String) == nil {
		return nil
	}
	for _, statement := range []string{
		"DROP DATABASE IF EXISTS " + l.name + " WITH (FORCE)",
		"CREATE DATABASE " + l.name + " TEMPLATE " + template,
	} {
		if _, err := l.session.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return l.inside(func(in *sql.DB) error {
		if _, err := in.ExecContext(ctx, keepFirstRows); err != nil {
			return err
		}
		tables, err := tables(ctx, in)
		if err != nil {
			return err
		}
		_, err = l.session.ExecContext(ctx, "COMMENT ON DATABASE "+l.name+" IS '"+template+" "+tables+"'")
		return err
	})
}

// empty takes out what a test has left. It fails where that is not enough: the template is another one
// by now, a test has made tables of its own, or the user of the server may not empty tables that others refer to.
func (l loan) empty(ctx context.Context, template, comment string) error {
	// Connections of a program that was killed may still be there.
	if _, err := l.session.ExecContext(ctx, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1", l.name); err != nil {
		return err
	}
	return l.inside(func(in *sql.DB) error {
		tables, err := tables(ctx, in)
		if err != nil {
			return err
		}
		if comment != template+" "+tables {
			return fmt.Errorf("%s is not a copy of %s any more", l.name, template)
		}
		_, err = in.ExecContext(ctx, backToFirstRows)
		return err
	})
}

// inside opens the database itself.
func (l loan) inside(fn func(*sql.DB) error) error {
	pool, err := sql.Open("pgx", named(l.server, l.name))
	if err != nil {
		return err
	}
	return errors.Join(fn(pool), pool.Close())
}

// tables is a digest of all columns of all tables and indexes.
func tables(ctx context.Context, in *sql.DB) (digest string, err error) {
	row := in.QueryRowContext(ctx, `
		SELECT md5(string_agg(c.relname || ' ' || a.attname || ' ' || a.atttypid, ',' ORDER BY c.relname, a.attnum))
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE c.relnamespace = 'public'::regnamespace`)
	return digest, row.Scan(&digest)
}

// keepFirstRows copies the rows that migrations have put into tables, for backToFirstRows.
const keepFirstRows = `
DO $$
DECLARE t name; filled boolean;
BEGIN
	CREATE SCHEMA first;
	FOR t IN SELECT relname FROM pg_class
		WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT LIKE 'goose%'
	LOOP
		EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', t) INTO filled;
		IF filled THEN
			EXECUTE format('CREATE TABLE first.%1$I AS TABLE public.%1$I', t);
		END IF;
	END LOOP;
END $$`

// backToFirstRows deletes all rows, whatever refers to them, and starts every count again. DELETE
// costs less than TRUNCATE, which makes new files for every table and index.
const backToFirstRows = `
DO $$
DECLARE t name;
BEGIN
	SET LOCAL session_replication_role = replica;
	FOR t IN SELECT relname FROM pg_class
		WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname NOT LIKE 'goose%'
	LOOP
		EXECUTE format('DELETE FROM public.%I', t);
	END LOOP;
	FOR t IN SELECT relname FROM pg_class WHERE relnamespace = 'first'::regnamespace AND relkind = 'r' LOOP
		EXECUTE format('INSERT INTO public.%1$I SELECT * FROM first.%1$I', t);
	END LOOP;
	PERFORM setval(format('public.%I', sequencename)::regclass, start_value, false)
	FROM pg_sequences WHERE schemaname = 'public' AND sequencename NOT LIKE 'goose%';
END $$`

func named(server, database string) string {
	u, err := url.Parse(server)
	if err != nil {
		panic(fmt.Sprintf("MAINSTAY_TEST_POSTGRES: %v", err))
	}
	u.Path = "/" + database
	return u.String()
}

func schemaHash() string {
	h := sha256.New()
	files, err := fs.Glob(db.Migrations(), "*.sql")
	if err != nil {
		panic(err) // the pattern is constant
	}
	for _, f := range files {
		b, err := fs.ReadFile(db.Migrations(), f)
		if err != nil {
			panic(err) // the files are embedded
		}
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}
