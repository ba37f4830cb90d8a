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

func TestNodeWithAnotherKeyFileDoesNotStart(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Stop()
		if err := os.Remove(filepath.Join(d.DataDir, "key")); err != nil {
			t.Fatal(err)
		}
		_, err := app.New(context.Background(), app.Options{DataDir: d.DataDir, Database: d.Database, Listen: "127.0.0.1:0"})
		if !errs.Is(err, errs.Conflict) || !strings.Contains(err.Error(), "key file") {
			t.Fatalf("got %v", err)
		}
	})
}
