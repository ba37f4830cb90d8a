// Package dbtest gives tests a fresh records database: always SQLite, and PostgreSQL too
// when MAINSTAY_TEST_POSTGRES holds the URL of a server on which databases may be made.
package dbtest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"mainstay/internal/base/clock"
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
	path := filepath.Join(t.TempDir(), "mainstay.db")
	SQLite(t, path)
	return "sqlite:" + path
}

// SQLite makes an empty database with the present schema at path: a copy of one that each test
// binary migrates once, because a copy costs a hundredth of the migrations.
func SQLite(t testing.TB, path string) {
	t.Helper()
	file, err := migrated()
	if err != nil {
		t.Fatalf("prepare SQLite template: %v", err)
	}
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
}

// migrated is what the file of an empty database holds.
var migrated = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "mainstay-template")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "mainstay.db")
	d, err := db.Open(context.Background(), db.Options{URL: "sqlite:" + path, Clock: clock.Wall()})
	if err != nil {
		return nil, err
	}
	if err := d.Close(); err != nil { // which leaves nothing in the file beside it
		return nil, err
	}
	return os.ReadFile(path)
})
