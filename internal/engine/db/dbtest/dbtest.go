// Package dbtest gives tests a fresh records database: always SQLite, and PostgreSQL too
// when MAINSTAY_TEST_POSTGRES holds the URL of a server on which databases may be made.
package dbtest

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver that makes the databases

	"mainstay/internal/base/clock"
	"mainstay/internal/base/id"
	"mainstay/internal/engine/db"
)

// Start is the time that fake clocks show when a test begins: a Monday, 09:00 UTC.
var Start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// Each runs the test on every database, each time on an empty one with a fresh fake clock.
func Each(t *testing.T, test func(t *testing.T, d *db.DB, c *clock.Fake)) {
	t.Helper()
	for _, kind := range Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			c := clock.NewFake(Start)
			test(t, Open(t, URL(t, kind), c), c)
		})
	}
}

// Kinds lists the databases to test on: "sqlite" and, where there is a server, "postgres".
func Kinds() []string {
	if os.Getenv("MAINSTAY_TEST_POSTGRES") == "" {
		return []string{"sqlite"}
	}
	return []string{"sqlite", "postgres"}
}

// Open opens the database at url and closes it when the test ends.
func Open(t testing.TB, url string, c clock.Clock) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), db.Options{URL: url, Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// URL makes an empty database with the present schema and returns its URL.
func URL(t testing.TB, kind string) string {
	t.Helper()
	if kind == "postgres" {
		return postgres(t)
	}
	return "sqlite:" + filepath.Join(t.TempDir(), "mainstay.db")
}

// postgres copies a template that is migrated once per schema version: copying is ten
// times faster than migrating.
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
	name := "t_" + strings.ReplaceAll(id.New[string](), "-", "")
	if err := admin(server, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := admin(server, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop test database: %v", err)
		}
	})
	return named(server, name)
}

var templateOnce = sync.OnceValues(func() (string, error) {
	server := os.Getenv("MAINSTAY_TEST_POSTGRES")
	name := "template_" + schemaHash()
	pool, err := sql.Open("pgx", server)
	if err != nil {
		return "", err
	}
	defer pool.Close()
	ctx := context.Background()
	conn, err := pool.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	// Test binaries run side by side: one of them makes the template, the others wait.
	if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock(7301)"); err != nil {
		return "", err
	}
	defer conn.ExecContext(ctx, "SELECT pg_advisory_unlock(7301)") //nolint:errcheck // the connection closes anyway
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

func admin(server, statement string) error {
	pool, err := sql.Open("pgx", server)
	if err != nil {
		return err
	}
	defer pool.Close()
	if _, err := pool.Exec(statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

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
