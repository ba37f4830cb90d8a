package app_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mainstay/internal/app"
	"mainstay/internal/apptest"
	"mainstay/internal/base/errs"
)

// second starts another node on the desk's PostgreSQL, with the same key file.
func second(t *testing.T, d *apptest.Desk) *apptest.Desk {
	t.Helper()
	key, err := os.ReadFile(filepath.Join(d.DataDir, "key"))
	if err != nil {
		t.Fatal(err)
	}
	return apptest.Open(t, "sqlite", func(o *app.Options) {
		if err := os.WriteFile(filepath.Join(o.DataDir, "key"), key, 0o600); err != nil {
			t.Fatal(err)
		}
		o.Database, o.SMTPURL, o.Clock = d.Database, d.SMTPURL, d.Clock
	})
}

func TestAnotherNodeKeepsTheDeadNodesPromises(t *testing.T) {
	if os.Getenv("MAINSTAY_TEST_POSTGRES") == "" {
		t.Skip("MAINSTAY_TEST_POSTGRES is not set: nodes share a PostgreSQL")
	}
	d := apptest.Open(t, "postgres")
	d.Apply(bank)
	other := second(t, d)
	d.Alert("payments", "QueueDepth", "error")
	d.Advance(time.Minute)
	expect(t, d, "09:00 webhook ana INC-1")

	// From here on only the other node works; it shares the clock.
	for range 16 {
		d.Clock.Advance(time.Minute)
		other.Settle()
	}
	d.Settle() // stamps what arrived
	got := strings.Join(d.Peers.Arrived(), "\n")
	for _, person := range []string{"ben", "cleo", "sam"} {
		if !strings.Contains(got, "webhook "+person+" INC-1") {
			t.Errorf("%s was not paged:\n%s", person, got)
		}
	}
}

func TestDeskWithoutItsKeyFileDoesNotStart(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Stop()
		key := filepath.Join(d.DataDir, "key")
		start := func() error {
			_, err := app.New(context.Background(), app.Options{DataDir: d.DataDir, Database: d.Database, Listen: "127.0.0.1:0"})
			return err
		}
		if err := os.Remove(key); err != nil {
			t.Fatal(err)
		}
		if err := start(); !errs.Is(err, errs.Conflict) || !strings.Contains(err.Error(), "key file is missing") {
			t.Fatalf("without a key file: %v", err)
		}
		if _, err := os.Stat(key); err == nil {
			t.Fatal("a wrong key file was left behind")
		}
		if err := os.WriteFile(key, []byte(strings.Repeat("ab", 32)), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := start(); !errs.Is(err, errs.Conflict) || !strings.Contains(err.Error(), "is not the one") {
			t.Fatalf("with another key file: %v", err)
		}
	})
}
