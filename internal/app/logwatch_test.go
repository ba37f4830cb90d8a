package app_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/internal/app"
	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/alert"
)

// TestPagingWorksWhileLogsAreDown and the board says so.
func TestPagingWorksWhileLogsAreDown(t *testing.T) {
	d := apptest.Open(t, "sqlite", func(o *app.Options) { o.LogCommand = []string{"false"} })
	d.Apply(bank)
	d.StartLogs()
	within(t, time.Minute, "the board says that logs are down", func() bool {
		return strings.Contains(strings.Join(troubles(t, d), " "), "Log lines cannot be searched since")
	})
	d.Alert("payments", "QueueDepth", "error")
	expect(t, d, "09:00 webhook ana INC-1")
	send(t, d, "/insert/jsonline", "", strings.NewReader(`{"_msg":"taken all the same"}`)).Status(http.StatusOK)
	d.Call(http.MethodGet, "/select/logsql/query?query=*", nil).Status(http.StatusServiceUnavailable)
	d.ExpectLog("the log engine ended")
}

func within(t testing.TB, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	end := clock.Wall().Now().Add(limit)
	for !holds() {
		if clock.Wall().Now().After(end) {
			t.Fatalf("not within %v: %s", limit, what)
		}
		<-clock.Wall().After(20 * time.Millisecond)
	}
}

// TestADayThatWasSetAsideIsAnAlertUntilItsFolderIsGone, whichever process moved it there.
func TestADayThatWasSetAsideIsAnAlertUntilItsFolderIsGone(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	d.Apply(bank)
	firing := func() (names []string) {
		t.Helper()
		list, err := d.Rooms.Alerts.List(context.Background(), actor.Mainstay, alert.Filter{Active: true}, page.Request{})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range list.Items {
			names = append(names, a.Name)
		}
		return names
	}
	watch := d.WatchLogs()
	look := func() {
		t.Helper()
		d.Clock.Advance(time.Minute)
		if err := watch(t.Context()); err != nil {
			t.Fatal(err)
		}
		d.Settle()
	}
	look()
	if got := firing(); slices.Contains(got, "LogDaySetAside") {
		t.Fatalf("before: %q", got)
	}
	day := filepath.Join(d.DataDir, "logs", "set-aside", "20261101.20261102T090000Z")
	if err := os.MkdirAll(day, 0o700); err != nil {
		t.Fatal(err)
	}
	look()
	if got := firing(); !slices.Contains(got, "LogDaySetAside") {
		t.Fatalf("while the folder is there: %q", got)
	}
	if err := os.Remove(day); err != nil {
		t.Fatal(err)
	}
	look()
	if got := firing(); slices.Contains(got, "LogDaySetAside") {
		t.Errorf("without the folder: %q", got)
	}
}
