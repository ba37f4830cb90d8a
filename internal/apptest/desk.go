package apptest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mainstay/internal/app"
	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/config"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db/dbtest"
)

// Token is the admin's API token of every desk.
const Token = "scenario-admin-token"

// Desk is a whole application with a fake clock, real protocol peers on loopback, and no
// worker running by itself: what is due happens in Settle and Advance.
type Desk struct {
	*app.App
	T     testing.TB
	Clock *clock.Fake
	Peers *Peers

	database string
	options  app.Options
	log      *logKeeper
	stopped  bool
	logs     bool // the log engine runs
}

// Each plays a scenario on every database.
func Each(t *testing.T, play func(*testing.T, *Desk)) {
	t.Helper()
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			play(t, Open(t, kind))
		})
	}
}

// Open starts a desk on an empty database: "sqlite" or "postgres".
func Open(t testing.TB, kind string, change ...func(*app.Options)) *Desk {
	t.Helper()
	d := &Desk{T: t, Clock: clock.NewFake(dbtest.Start), Peers: openPeers(t), log: &logKeeper{}}
	if kind == "postgres" {
		d.database = dbtest.URL(t, kind)
	}
	d.options = app.Options{
		DataDir: t.TempDir(), Listen: "127.0.0.1:0", Database: d.database, BootstrapToken: Token,
		SMTPURL: d.Peers.SMTPURL(), Clock: d.Clock, Log: slog.New(d.log),
		DeliveryTimeout: time.Second,
	}
	for _, f := range change {
		f(&d.options)
	}
	d.seed()
	d.start()
	t.Cleanup(func() {
		d.Stop()
		for _, line := range d.log.take() {
			t.Errorf("unexpected in the log: %s", line)
		}
	})
	return d
}

// seed spares a desk on SQLite the migrations.
func (d *Desk) seed() {
	d.T.Helper()
	path := filepath.Join(d.options.DataDir, "mainstay.db")
	if _, err := os.Stat(path); d.options.Database != "" || err == nil {
		return // elsewhere, or a desk that goes on with what another one has left
	}
	dbtest.SQLite(d.T, path)
}

func (d *Desk) start() {
	d.T.Helper()
	a, err := app.New(context.Background(), d.options)
	if err != nil {
		d.T.Fatal(err)
	}
	d.App, d.stopped = a, false
	a.Serve()
	if d.logs {
		a.Logs.Start()
	}
}

// Stop stops the application, if it runs; its data stays.
func (d *Desk) Stop() {
	d.T.Helper()
	if d.stopped {
		return
	}
	d.stopped = true
	if err := d.App.Stop(context.Background()); err != nil {
		d.T.Error(err)
	}
}

// Restart stops the application and starts it again on the same data.
func (d *Desk) Restart() {
	d.T.Helper()
	d.Stop()
	d.start()
}

// ExpectLog takes back the errors logged so far and fails unless one contains text.
func (d *Desk) ExpectLog(text string) {
	d.T.Helper()
	lines := d.log.take()
	if !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, text) }) {
		d.T.Errorf("nothing in the log contains %q: %q", text, lines)
	}
}

// Apply configures the desk from YAML. "HOOK/" and "MAIL" in it stand for the peers.
func (d *Desk) Apply(text string) {
	d.T.Helper()
	text = strings.ReplaceAll(text, "HOOK", d.Peers.HookURL())
	by := actor.Actor{Kind: actor.System, ID: "scenario", Name: "Scenario"}
	if _, err := d.Rooms.Config.Apply(context.Background(), by, []config.File{{Name: "scenario.yaml", Text: text}}); err != nil {
		d.T.Fatal(err)
	}
	d.Settle()
}

// Settle does all that is due now and returns when the next thing is due.
func (d *Desk) Settle() time.Time {
	d.T.Helper()
	next, err := d.App.Settle(context.Background())
	if err != nil {
		d.T.Fatal(err)
	}
	d.Peers.stamp(d.Clock.Now())
	return next
}

// Advance moves the clock forward, stopping at every instant at which something is due.
func (d *Desk) Advance(by time.Duration) {
	d.T.Helper()
	d.Until(d.Clock.Now().Add(by))
}

// Until moves the clock to an instant, stopping wherever something is due.
func (d *Desk) Until(end time.Time) {
	d.T.Helper()
	for {
		next := d.Settle()
		if next.IsZero() || next.After(end) {
			break
		}
		if !next.After(d.Clock.Now()) {
			d.T.Fatalf("something is due at %v and stays due", next)
		}
		d.Clock.Set(next)
	}
	d.Clock.Set(end)
	d.Settle()
}

// At moves the clock to the next hh:mm UTC.
func (d *Desk) At(hhmm string) {
	d.T.Helper()
	at, err := time.Parse("15:04", hhmm)
	if err != nil {
		d.T.Fatal(err)
	}
	now := d.Clock.Now()
	next := time.Date(now.Year(), now.Month(), now.Day(), at.Hour(), at.Minute(), 0, 0, time.UTC)
	if next.Before(now) {
		next = next.AddDate(0, 0, 1)
	}
	d.Until(next)
}

// Alert sends a firing alert as Prometheus would. More labels come as "name=value".
func (d *Desk) Alert(service, name, severity string, labels ...string) {
	d.T.Helper()
	d.sendAlert(service, name, severity, time.Time{}, labels)
}

// Resolve sends the same alert as resolved.
func (d *Desk) Resolve(service, name, severity string, labels ...string) {
	d.T.Helper()
	d.sendAlert(service, name, severity, d.Clock.Now(), labels)
}

func (d *Desk) sendAlert(service, name, severity string, ends time.Time, labels []string) {
	d.T.Helper()
	all := map[string]string{"alertname": name, "service": service, "severity": severity}
	for _, l := range labels {
		k, v, _ := strings.Cut(l, "=")
		all[k] = v
	}
	type alert struct {
		Labels map[string]string `json:"labels"`
		EndsAt time.Time         `json:"endsAt,omitzero"`
	}
	d.Call(http.MethodPost, "/api/v2/alerts", []alert{{all, ends}}).Status(http.StatusOK)
	d.Settle()
}

// Response is an answer of the server.
type Response struct {
	t    testing.TB
	Code int
	Body []byte
}

// Call sends a request with the admin's token; body is encoded as JSON unless it is nil,
// a string or bytes.
func (d *Desk) Call(method, path string, body any) Response {
	d.T.Helper()
	return d.CallAs(Token, method, path, body)
}

// CallAs is Call with another token; an empty one sends none.
func (d *Desk) CallAs(token, method, path string, body any) Response {
	d.T.Helper()
	req, err := http.NewRequest(method, "http://"+d.Addr()+path, reader(d.T, body))
	if err != nil {
		d.T.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return d.Do(req)
}

// TokenOf makes an API token of a person's.
func (d *Desk) TokenOf(login string) string {
	d.T.Helper()
	u, err := d.Rooms.People.User(context.Background(), actor.Mainstay, login)
	if err != nil {
		d.T.Fatal(err)
	}
	secret, _, err := d.Rooms.People.CreateToken(context.Background(), u.Actor(), people.TokenIn{Name: "scenario"})
	if err != nil {
		d.T.Fatal(err)
	}
	return secret
}

// Do sends a request as it is.
func (d *Desk) Do(req *http.Request) Response {
	d.T.Helper()
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		d.T.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		d.T.Fatal(err)
	}
	return Response{d.T, resp.StatusCode, b}
}

func reader(t testing.TB, body any) io.Reader {
	t.Helper()
	switch v := body.(type) {
	case nil:
		return nil
	case string:
		return strings.NewReader(v)
	case []byte:
		return bytes.NewReader(v)
	}
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(b)
}

// Status fails unless the answer has one of the codes.
func (r Response) Status(codes ...int) Response {
	r.t.Helper()
	if !slices.Contains(codes, r.Code) {
		r.t.Fatalf("answer %d, want %v: %s", r.Code, codes, r.Body)
	}
	return r
}

// Into decodes the answer's JSON.
func (r Response) Into(dst any) Response {
	r.t.Helper()
	if err := json.Unmarshal(r.Body, dst); err != nil {
		r.t.Fatalf("%v in %s", err, r.Body)
	}
	return r
}

// logKeeper keeps errors, which a scenario must expect.
type logKeeper struct {
	mu    sync.Mutex
	lines []string
}

// Enabled keeps errors only: warnings are part of a life with broken receivers.
func (*logKeeper) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }

// Handle keeps the record as one line.
func (k *logKeeper) Handle(_ context.Context, r slog.Record) error {
	line := r.Message
	r.Attrs(func(a slog.Attr) bool {
		line += fmt.Sprintf(" %s=%v", a.Key, a.Value)
		return true
	})
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lines = append(k.lines, line)
	return nil
}

// WithAttrs returns the keeper itself: the line of a record is enough.
func (k *logKeeper) WithAttrs([]slog.Attr) slog.Handler { return k }

// WithGroup returns the keeper itself.
func (k *logKeeper) WithGroup(string) slog.Handler { return k }

func (k *logKeeper) take() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := k.lines
	k.lines = nil
	return out
}
