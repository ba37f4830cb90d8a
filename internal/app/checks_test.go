package app_test

import (
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"mainstay/internal/agent/checks"
	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	rooms "mainstay/internal/domain/check"
	"mainstay/internal/probe/small"
)

// checkStatus is how it stands with a check, over the API.
type checkStatus struct {
	State    string `json:"state"`
	Message  string `json:"message"`
	Alerting bool   `json:"alerting"`
	Places   []struct {
		Name, State, Message string
	} `json:"locations"`
}

func statusOf(d *apptest.Desk, name string) (s checkStatus) {
	d.Call(http.MethodGet, "/api/v1/checks/"+name+"/status", nil).Status(http.StatusOK).Into(&s)
	return s
}

func TestACheckThatFailsOpensAnIncidentOfItsServiceWhichEndsWithIt(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply("{kind: Team, name: ops, level: L1}\n---\n{kind: Service, name: payments, tier: 1, owner: ops}\n")
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		d.Apply("kind: Check\nname: port\ntitle: Payments port\nprobe: {tcp: {address: \"" + l.Addr().String() + "\"}}\nretries: 0\nservice: payments\nseverity: 2\n")
		run := func() (s checkStatus) {
			d.Call(http.MethodPost, "/api/v1/checks/port/run", nil).Status(http.StatusOK).Into(&s)
			d.Settle()
			return s
		}
		if s := run(); s.State != "ok" || s.Alerting {
			t.Fatalf("%+v", s)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if s := run(); s.State != "failed" || !s.Alerting {
			t.Fatalf("%+v", s)
		}
		var incidents struct {
			Items []struct{ Key, Title, Service, Status string }
		}
		d.Call(http.MethodGet, "/api/v1/incidents", nil).Status(http.StatusOK).Into(&incidents)
		if len(incidents.Items) != 1 || !strings.HasPrefix(incidents.Items[0].Title, "Payments port: ") {
			t.Fatalf("%+v", incidents)
		}
	})
}

// watched is a server and the agent of one host.
type watched struct {
	*apptest.Desk
	t     *testing.T
	agent *checks.Checks
}

// newWatched makes an agent with the key of a source, on a clock of its own.
func newWatched(t *testing.T, d *apptest.Desk, host string) *watched {
	t.Helper()
	d.Apply("kind: Source\nname: agents\n")
	secret, _, err := d.Rooms.Sources.CreateKey(t.Context(), actor.Mainstay, "agents", "agents")
	if err != nil {
		t.Fatal(err)
	}
	agent, err := checks.New(checks.Config{Server: "http://" + d.Addr(), Key: secret, Host: host, Every: time.Second, State: t.TempDir(), Buffer: 1 << 20,
		Probes: small.Set(), Clock: clock.Wall(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = agent.Close() })
	return &watched{Desk: d, t: t, agent: agent}
}

func (f *watched) ask() {
	f.t.Helper()
	if _, err := f.agent.Ask(f.t.Context()); err != nil {
		f.t.Fatal(err)
	}
}

func TestAnAgentMakesTheChecksOfItsHostAndNoOther(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		f := newWatched(t, d, "db-1")
		d.Apply("kind: Check\nname: here\nprobe: {file: {path: /no/such/file}}\nretries: 0\nevery: 1s\nfrom: [{host: db-1, source: agents}]\n")
		d.Apply("kind: Check\nname: elsewhere\nprobe: {file: {path: /no/such/file}}\nretries: 0\nevery: 1s\nfrom: [{host: db-2}]\n")
		d.Apply("kind: Source\nname: others\n")
		d.Apply("kind: Check\nname: others\nprobe: {file: {path: /no/such/file}}\nretries: 0\nevery: 1s\nfrom: [{host: db-1, source: others}]\n")
		d.Settle()
		f.ask()
		for f.agent.Once(t.Context()) == 0 { // first times are spread over the second
			<-clock.Wall().After(10 * time.Millisecond)
		}
		if _, err := f.agent.Send(t.Context()); err != nil {
			t.Fatal(err)
		}
		d.Settle()
		if s := statusOf(d, "here"); s.State != "failed" || !strings.Contains(s.Message, "/no/such/file") || !s.Alerting {
			t.Errorf("here: %+v", s)
		}
		for _, name := range []string{"elsewhere", "others"} {
			if s := statusOf(d, name); s.State == "failed" {
				t.Errorf("%s: %+v", name, s)
			}
		}
	})
}

func TestNobodyFetchesChecksWithoutTheKeyOfASource(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	for _, path := range []string{"/api/v1/agent/checks?host=x", "/api/v1/agent/results?host=x"} {
		resp, err := http.Post("http://"+d.Addr()+path, "application/json", strings.NewReader(`{"results":[]}`))
		if err != nil {
			t.Fatal(err)
		}
		if err := resp.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
}

// beatURL is where the job of a heartbeat calls in.
func beatURL(d *apptest.Desk, name string) string {
	var in struct{ URL string }
	d.Call(http.MethodPost, "/api/v1/checks/"+name+"/heartbeat", nil).Status(http.StatusOK).Into(&in)
	return "http://" + d.Addr() + in.URL[strings.Index(in.URL, "/heartbeat/"):]
}

func call(t *testing.T, url, body string) int {
	t.Helper()
	resp, err := http.Post(url, "text/plain", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}

func TestAJobThatDoesNotCallInIsAnAlertUntilItDoes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply("{kind: Team, name: ops, level: L1}\n---\n{kind: Service, name: payments, tier: 1, owner: ops}\n")
		d.Apply("kind: Check\nname: backup\nprobe: {heartbeat: {grace: 5m, runs: {failed_after: 30m}}}\nevery: 1h\nservice: payments\n")
		at := beatURL(d, "backup")
		want := func(state rooms.State, alerting bool) {
			t.Helper()
			if s := statusOf(d, "backup"); s.State != string(state) || s.Alerting != alerting {
				t.Fatalf("%+v, want %s, alerting %v", s, state, alerting)
			}
		}
		want(rooms.Waiting, false)
		if got := call(t, at, "all saved"); got != http.StatusOK {
			t.Fatalf("answer %d", got)
		}
		want(rooms.OK, false)
		d.Advance(time.Hour)
		want(rooms.OK, false)
		d.Advance(6 * time.Minute)
		want(rooms.Failed, true)
		call(t, at, "")
		want(rooms.OK, false)
		call(t, at+"/fail", "disk full")
		want(rooms.Failed, true)
		if s := statusOf(d, "backup"); !strings.Contains(s.Message, "disk full") {
			t.Errorf("%+v", s)
		}
		call(t, at+"/start", "")
		d.Advance(31 * time.Minute)
		if s := statusOf(d, "backup"); !strings.Contains(s.Message, "longer than 30m") {
			t.Errorf("%+v", s)
		}
		if got := call(t, at+"x", ""); got != http.StatusNotFound {
			t.Errorf("a key that nobody has: %d", got)
		}
	})
}
