package app_test

import (
	"fmt"
	"io"
	"net/http"
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
	"mainstay/internal/engine/db/dbtest"
)

// openRuled is a desk on whose bank ana is paged by webhook for payments, with a clock for log
// rules that the test moves. No log engine runs: rules need none.
func openRuled(t *testing.T, kind string) (*apptest.Desk, *clock.Fake) {
	t.Helper()
	wall := clock.NewFake(clock.Wall().Now())
	d := apptest.Open(t, kind, func(o *app.Options) { o.LogClock = wall })
	d.Apply(bank)
	return d, wall
}

// lines sends lines of the service payments, as {"_msg": …, "host": …}; at is their own instant.
func lines(t *testing.T, d *apptest.Desk, at time.Time, host string, messages ...string) {
	t.Helper()
	var body strings.Builder
	for _, m := range messages {
		fmt.Fprintf(&body, "{\"_time\":%q,\"_msg\":%q,\"service\":\"payments\",\"host\":%q}\n", at.Format(time.RFC3339Nano), m, host)
	}
	send(t, d, "/insert/jsonline?_stream_fields=service,host", "", strings.NewReader(body.String())).Status(http.StatusOK)
}

// firing are the titles of the alerts that fire.
func firing(t *testing.T, d *apptest.Desk) []string {
	t.Helper()
	list, err := d.Rooms.Alerts.List(t.Context(), actor.Mainstay, alert.Filter{State: alert.Firing}, page.Request{})
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, a := range list.Items {
		out = append(out, a.Title)
	}
	slices.Sort(out)
	return out
}

func wantFiring(t *testing.T, d *apptest.Desk, want ...string) {
	t.Helper()
	d.Settle()
	if got := firing(t, d); !slices.Equal(got, append([]string{}, want...)) {
		t.Errorf("firing %q, want %q", got, want)
	}
}

const settled = `
{kind: LogRule, name: queue-stopped, title: Queue stopped, filter: '"queue stopped"', severity: 1, sop: "https://wiki.example/queues"}
`

func TestALinePagesWhoIsOnCall(t *testing.T) {
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			d, wall := openRuled(t, kind)
			d.Apply(settled)
			lines(t, d, wall.Now(), "mq1", "all is well", "queue stopped: PAYMENTS.OUT")
			d.Settle()
			wantFiring(t, d, "Queue stopped: queue stopped: PAYMENTS.OUT")
			got := d.Peers.Hook.Received()
			if len(got) == 0 || !strings.Contains(got[0].Title, "queue stopped: PAYMENTS.OUT") {
				t.Fatalf("received %+v", got)
			}
			lines(t, d, wall.Now(), "mq1", "queue stopped: PAYMENTS.IN")
			d.Settle()
			if n := d.Peers.Hook.Incidents(got[0].Path); n != 1 {
				t.Errorf("%d incidents of one rule", n)
			}
			wall.Advance(11 * time.Minute)
			wantFiring(t, d)
		})
	}
}

var _ = io.Discard
