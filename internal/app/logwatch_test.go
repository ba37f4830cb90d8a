package app_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"mainstay/internal/app"
	"mainstay/internal/apptest"
	"mainstay/internal/base/clock"
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
