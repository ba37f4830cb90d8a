package app_test

import (
	"fmt"
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
	"mainstay/internal/domain/rule"
	"mainstay/internal/engine/db/dbtest"
)

// ruled is a desk where ana is paged for payments, with a clock for log rules that the test moves.
// No log engine runs: rules need none.
type ruled struct {
	*apptest.Desk
	wall *clock.Fake
}

func eachRuled(t *testing.T, play func(*testing.T, *ruled)) {
	t.Helper()
	eachRuledBehind(t, 0, play)
}

// eachRuledBehind has the rules' clock begin behind the wall's, at which lines arrive.
func eachRuledBehind(t *testing.T, behind time.Duration, play func(*testing.T, *ruled)) {
	t.Helper()
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			d := &ruled{wall: clock.NewFake(clock.Wall().Now().Add(-behind))}
			d.Desk = apptest.Open(t, kind, func(o *app.Options) { o.LogClock = d.wall })
			d.Apply(bank)
			play(t, d)
		})
	}
}

// sends sends lines of payments from a host; ago is how old they are.
func (d *ruled) sends(host string, ago time.Duration, messages ...string) {
	d.T.Helper()
	var body strings.Builder
	for _, m := range messages {
		fmt.Fprintf(&body, "{\"_time\":%q,\"_msg\":%q,\"service\":\"payments\",\"host\":%q}\n", d.wall.Now().Add(-ago).Format(time.RFC3339Nano), m, host)
	}
	req, err := http.NewRequest(http.MethodPost, "http://"+d.Addr()+"/insert/jsonline?_stream_fields=service,host", strings.NewReader(body.String()))
	if err != nil {
		d.T.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+apptest.Token)
	d.Do(req).Status(http.StatusOK)
}

// wantFiring settles and compares the names of the alerts that fire, with their values of host.
func (d *ruled) wantFiring(want ...string) {
	d.T.Helper()
	d.Settle()
	list, err := d.Rooms.Alerts.List(d.T.Context(), actor.Mainstay, alert.Filter{State: alert.Firing}, page.Request{})
	if err != nil {
		d.T.Fatal(err)
	}
	var got []string
	for _, a := range list.Items {
		got = append(got, strings.TrimSpace(a.Name+" "+a.Labels["host"]))
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		d.T.Errorf("firing %q, want %q", got, want)
	}
}

func (d *ruled) status(name string) rule.Status {
	d.T.Helper()
	s, err := d.Rooms.Rules.Get(d.T.Context(), actor.Mainstay, name)
	if err != nil {
		d.T.Fatal(err)
	}
	return s
}

func (d *ruled) alertOf(name string) alert.Alert {
	d.T.Helper()
	list, err := d.Rooms.Alerts.List(d.T.Context(), actor.Mainstay, alert.Filter{}, page.Request{})
	if err != nil {
		d.T.Fatal(err)
	}
	for _, a := range list.Items {
		if a.Name == name {
			return a
		}
	}
	d.T.Fatalf("there is no alert %s", name)
	return alert.Alert{}
}

const queueStopped = `
{kind: LogRule, name: queue-stopped, title: Queue stopped, filter: '"queue stopped"', severity: 1, quiet: 10m, sop: "https://wiki.example/queues"}
`

func TestALinePagesWhoIsOnCall(t *testing.T) {
	eachRuled(t, func(t *testing.T, d *ruled) {
		d.Apply(queueStopped)
		d.sends("mq1", 0, "all is well", "queue stopped: PAYMENTS.OUT")
		d.wantFiring("queue-stopped")
		got := d.Peers.Hook.Received()
		if len(got) == 0 || got[0].Path != "/ana" || got[0].Title != "Payments: Queue stopped: queue stopped: PAYMENTS.OUT" {
			t.Fatalf("received %+v", got)
		}
		a := d.alertOf("queue-stopped")
		if a.ServiceName != "payments" || a.Severity != 1 || a.Annotations["runbook"] != "https://wiki.example/queues" || !strings.Contains(a.Link, "/logs?") {
			t.Errorf("%+v", a)
		}
		d.sends("mq1", 0, "queue stopped: PAYMENTS.IN")
		d.wantFiring("queue-stopped")
		if n := d.Peers.Hook.Incidents("/ana"); n != 1 {
			t.Errorf("%d incidents of one rule", n)
		}
		d.wall.Advance(2 * time.Second) // what fires is stored at once, the rest every second
		d.Settle()
		if s := d.status("queue-stopped"); s.State != rule.Firing || s.Today != 2 || s.Firings != 1 {
			t.Errorf("%+v", s)
		}
		d.wall.Advance(11 * time.Minute)
		d.wantFiring()
		if s := d.status("queue-stopped"); s.State != rule.Watching || s.Fired.IsZero() {
			t.Errorf("%+v", s)
		}
	})
}

func TestCountsGoOnAfterARestart(t *testing.T) {
	eachRuled(t, func(t *testing.T, d *ruled) {
		d.Apply(`{kind: LogRule, name: retries, filter: retry, when: at-least, count: 5, within: 10m, group_by: [host]}`)
		d.sends("a", 0, "retry", "retry", "retry")
		d.sends("b", 0, "retry")
		d.Settle()
		d.wall.Advance(2 * time.Second) // windows are stored every second
		d.Settle()
		d.Restart()
		d.sends("a", 0, "retry")
		d.wantFiring()
		d.Restart() // before anything was stored: the spool still has it
		d.sends("a", 0, "retry")
		d.wantFiring("retries a")
		if s := d.status("retries"); s.Today != 6 {
			t.Errorf("%d matches, want 6: each line counts once", s.Today)
		}
		d.Restart()
		d.wall.Advance(11 * time.Minute)
		d.wantFiring()
	})
}

// A line was acknowledged, and the server died before any rule saw it.
func TestALineThatWasAcknowledgedBeforeACrashStillPages(t *testing.T) {
	eachRuled(t, func(t *testing.T, d *ruled) {
		d.Apply(queueStopped)
		d.sends("mq1", 0, "queue stopped: PAYMENTS.OUT")
		d.Restart()
		d.wantFiring("queue-stopped")
		if n := d.Peers.Hook.Incidents("/ana"); n != 1 {
			t.Errorf("%d incidents", n)
		}
	})
}

// A rule sees what arrives from when it was saved or enabled, and no earlier line, however far
// behind the rules are.
func TestARuleSeesNoLinesFromBeforeItWasSaved(t *testing.T) {
	eachRuled(t, func(t *testing.T, d *ruled) {
		d.sends("mq1", 0, "queue stopped: 1") // nobody has evaluated it yet
		ctx, in := t.Context(), rule.In{Name: "queue-stopped", Spec: rule.Spec{Filter: `"queue stopped"`}}
		if _, err := d.Rooms.Rules.Put(ctx, actor.Mainstay, in); err != nil {
			t.Fatal(err)
		}
		d.wantFiring()
		d.sends("mq1", 0, "queue stopped: 2")
		d.wantFiring("queue-stopped")

		if err := d.Rooms.Rules.Enable(ctx, actor.Mainstay, "queue-stopped", false); err != nil {
			t.Fatal(err)
		}
		d.wantFiring()
		d.sends("mq1", 0, "queue stopped: 3")
		d.wantFiring()
		d.sends("mq1", 0, "queue stopped: 4")
		if err := d.Rooms.Rules.Enable(ctx, actor.Mainstay, "queue-stopped", true); err != nil {
			t.Fatal(err)
		}
		d.wantFiring()
		d.sends("mq1", 0, "queue stopped: 5")
		d.wantFiring("queue-stopped")
		if err := d.Rooms.Rules.Delete(ctx, actor.Mainstay, "queue-stopped"); err != nil {
			t.Fatal(err)
		}
		d.wantFiring()
	})
}

func TestAMissingLinePages(t *testing.T) {
	const behind = 30 * time.Minute
	eachRuledBehind(t, behind, func(t *testing.T, d *ruled) {
		d.Apply(`{kind: LogRule, name: heartbeat, filter: heartbeat, when: absent, within: 5m, service: payments, severity: 1}`)
		d.Settle()
		d.wall.Advance(4 * time.Minute)
		d.wantFiring()
		d.wall.Advance(61 * time.Second)
		d.wantFiring("heartbeat")
		if d.Peers.Hook.Incidents("/ana") != 1 {
			t.Error("nobody was paged")
		}
		d.sends("pay1", 0, "heartbeat")
		d.wantFiring()
		d.wall.Advance(behind - 5*time.Minute)

		// The server is down for longer than a line may be missing: nothing could arrive.
		d.wall.Advance(time.Minute)
		d.Settle()
		d.Stop()
		d.wall.Advance(time.Hour)
		d.Restart()
		d.wantFiring()
		d.wall.Advance(6 * time.Minute)
		d.wantFiring("heartbeat")
	})
}

// A flood of lines costs a few rows, not one for each.
func TestAFloodRefreshesItsAlertNowAndThen(t *testing.T) {
	eachRuled(t, func(t *testing.T, d *ruled) {
		d.Apply(queueStopped)
		many := slices.Repeat([]string{"queue stopped"}, 5000)
		for range 4 {
			d.sends("mq1", 0, many...)
			d.Settle()
		}
		d.wantFiring("queue-stopped")
		if n := d.alertOf("queue-stopped").Count; n > 3 {
			t.Errorf("the alert was refreshed %d times within seconds", n)
		}
		if s := d.status("queue-stopped"); s.Firings != 1 {
			t.Errorf("%+v", s)
		}
		d.wall.Advance(2 * time.Second)
		d.Settle()
		if s := d.status("queue-stopped"); s.Today != 20_000 {
			t.Errorf("%d matches were counted, want 20000", s.Today)
		}
	})
}

// What a team may not read, its rules do not show to it.
func TestARuleSeesNoMoreThanWhoMadeIt(t *testing.T) {
	eachRuled(t, func(t *testing.T, d *ruled) {
		d.Apply("kind: Service\nname: trading\ntier: 2\nowner: payments-l3\n")
		ana, err := d.Rooms.People.User(t.Context(), actor.Mainstay, "ana")
		if err != nil {
			t.Fatal(err)
		}
		in := rule.In{Name: "anything", Spec: rule.Spec{Filter: "*", Service: "payments", GroupBy: []string{"host"}}}
		if _, err := d.Rooms.Rules.Put(t.Context(), ana.Actor(), in); err != nil {
			t.Fatal(err)
		}
		d.Call(http.MethodPost, "/insert/jsonline", `{"_msg":"secret of trading","service":"trading","host":"t1"}`).Status(http.StatusOK)
		d.wantFiring()
		d.sends("p1", 0, "a line of payments")
		d.wantFiring("anything p1")
	})
}

// The rules that come with an installation come once, and stay away when they are deleted.
func TestFirstRulesComeOnce(t *testing.T) {
	eachRuled(t, func(t *testing.T, d *ruled) {
		d.sends("db1", 0, "Out of memory: Killed process 4711 (java)", "EXT4-fs error (device sda1): ext4_find_entry")
		d.wantFiring("disk-errors db1", "out-of-memory db1")
		if err := d.Rooms.Rules.Delete(t.Context(), actor.Mainstay, "disk-errors"); err != nil {
			t.Fatal(err)
		}
		d.Restart()
		list, err := d.Rooms.Rules.List(t.Context(), actor.Mainstay, page.Request{})
		if err != nil {
			t.Fatal(err)
		}
		if len(list.Items) != 6 || slices.ContainsFunc(list.Items, func(r rule.Status) bool { return r.Name == "disk-errors" }) {
			t.Errorf("%d rules", len(list.Items))
		}
	})
}
