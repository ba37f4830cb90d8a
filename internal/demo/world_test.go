package demo

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/client"
)

var start = time.Date(2026, 7, 28, 14, 3, 12, 0, time.UTC)

// desk takes alerts as the real one does, over HTTP.
type desk struct {
	t      *testing.T
	mu     sync.Mutex
	down   bool
	alerts []client.PostableAlert
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.down {
		http.Error(w, "no", http.StatusServiceUnavailable)
		return
	}
	if r.URL.Path != "/api/v2/alerts" || r.Header.Get("Authorization") != "Bearer secret" {
		d.t.Errorf("%s %s with %q", r.Method, r.URL.Path, r.Header.Get("Authorization"))
	}
	var list []client.PostableAlert
	if err := json.NewDecoder(r.Body).Decode(&list); err != nil {
		d.t.Error(err)
	}
	d.alerts = append(d.alerts, list...)
}

// take returns what has come since the last call, by alertname, resolved ones with a minus.
func (d *desk) take(now time.Time) map[string]int {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := map[string]int{}
	for _, a := range d.alerts {
		name := a.Labels["alertname"]
		if !a.EndsAt.After(now) {
			name = "-" + name
		}
		out[name]++
	}
	d.alerts = nil
	return out
}

func (d *desk) setDown(down bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.down = down
}

// stage is a world with a desk and a clock that stands still.
type stage struct {
	*World
	t     *testing.T
	desk  *desk
	clock *clock.Fake
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, desk: &desk{t: t}, clock: clock.NewFake(start)}
	server := httptest.NewServer(s.desk)
	t.Cleanup(server.Close)
	c, err := client.New(client.Config{Server: server.URL, Token: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	s.World = NewWorld(WorldConfig{Desk: c, Clock: s.clock, Inbox: openInbox(t, s.clock), Log: slog.New(slog.DiscardHandler)})
	return s
}

func openInbox(t *testing.T, c clock.Clock) *Inbox {
	t.Helper()
	b, err := OpenInbox(InboxConfig{Clock: c, Secret: "webhook-secret", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// want plays one step and compares what the desk was told.
func (s *stage) want(alerts map[string]int) {
	s.t.Helper()
	if err := s.Step(context.Background()); err != nil {
		s.t.Fatal(err)
	}
	s.wantTold(alerts)
}

func (s *stage) wantTold(alerts map[string]int) {
	s.t.Helper()
	got := s.desk.take(s.clock.Now())
	if len(got) != len(alerts) {
		s.t.Fatalf("the desk was told %v, want %v", got, alerts)
	}
	for name, n := range alerts {
		if got[name] != n {
			s.t.Fatalf("the desk was told %v, want %v", got, alerts)
		}
	}
}

func (s *stage) begin(name string) {
	s.t.Helper()
	if err := s.Begin(name); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) repair(name string) {
	s.t.Helper()
	if err := s.Repair(context.Background(), name); err != nil {
		s.t.Fatal(err)
	}
}

type told = map[string]int

func TestFailureGrowsAndIsRepeatedEveryMinute(t *testing.T) {
	s := newStage(t)
	s.want(nil)
	s.begin("firewall")
	s.want(told{"MQSessionsDown": 1})
	s.want(nil)
	s.clock.Advance(59 * time.Second)
	s.want(nil)
	s.clock.Advance(time.Second)
	s.want(told{"MQSessionsDown": 1})
	s.clock.Advance(time.Minute)
	s.want(told{"MQSessionsDown": 1, "QueueDepth": 1})
	s.clock.Advance(4 * time.Minute)
	s.want(told{"MQSessionsDown": 1, "QueueDepth": 1, "SettlementLag": 1})
}

func TestRepairResolvesWhatWasToldAndNothingElse(t *testing.T) {
	s := newStage(t)
	s.begin("firewall")
	s.want(told{"MQSessionsDown": 1})
	s.clock.Advance(10 * time.Second)
	s.repair("firewall")
	s.wantTold(told{"-MQSessionsDown": 1})
	s.clock.Advance(time.Hour)
	s.want(nil)
	if run := s.Runs()["firewall"]; run != (Run{start, start.Add(10 * time.Second)}) {
		t.Errorf("the run is %v", run)
	}
}

func TestWhatCouldNotBeSentIsSentLater(t *testing.T) {
	s := newStage(t)
	s.begin("firewall")
	s.desk.setDown(true)
	if err := s.Step(context.Background()); !errs.Is(err, errs.Unavailable) {
		t.Fatalf("a desk that is down gives %v", err)
	}
	s.desk.setDown(false)
	s.want(told{"MQSessionsDown": 1})

	s.desk.setDown(true)
	if err := s.Repair(context.Background(), "firewall"); !errs.Is(err, errs.Unavailable) {
		t.Fatalf("repairing with a desk that is down gives %v", err)
	}
	if run := s.Runs()["firewall"]; !run.Until.IsZero() {
		t.Error("it counts as repaired, and the desk was not told")
	}
	s.desk.setDown(false)
	s.repair("firewall")
	s.wantTold(told{"-MQSessionsDown": 1})
}

func TestBeginningTwiceIsOnce(t *testing.T) {
	s := newStage(t)
	s.begin("switch")
	s.want(told{"HostUnreachable": 50})
	s.clock.Advance(time.Second)
	s.begin("switch")
	s.want(nil)
	if run := s.Runs()["switch"]; run.Since != start {
		t.Errorf("it began again at %v", run.Since)
	}
	s.repair("switch")
	s.wantTold(told{"-HostUnreachable": 50})
	s.repair("switch")
	s.wantTold(nil)
}

func TestUnknownFailureIsNotFound(t *testing.T) {
	s := newStage(t)
	if err := s.Begin("flood"); !errs.Is(err, errs.NotFound) {
		t.Errorf("beginning gives %v", err)
	}
	if err := s.Repair(context.Background(), "flood"); !errs.Is(err, errs.NotFound) {
		t.Errorf("repairing gives %v", err)
	}
}

func TestResumedFailureCanBeRepaired(t *testing.T) {
	s := newStage(t)
	s.Resume(map[string]Run{
		"firewall":    {Since: start.Add(-3 * time.Minute)},
		"market-data": {Since: start.Add(-time.Hour), Until: start.Add(-time.Minute)},
		"gone":        {Since: start},
	})
	s.want(told{"MQSessionsDown": 1, "QueueDepth": 1})
	s.repair("firewall")
	s.wantTold(told{"-MQSessionsDown": 1, "-QueueDepth": 1})
}

func TestDeadTelephonesTakeNothing(t *testing.T) {
	s := newStage(t)
	s.begin("telephones")
	if answer, err := http.Post(s.Inbox.HookURL("arun"), "application/json", strings.NewReader("{}")); err == nil {
		answer.Body.Close()
		t.Errorf("a dead telephone answers %d", answer.StatusCode)
	}
	s.want(nil) // monitoring does not see it
	s.repair("telephones")
	if code := postHook(t, s.Inbox, "arun", "{}", "").StatusCode; code != http.StatusOK {
		t.Errorf("a repaired telephone answers %d", code)
	}
}
