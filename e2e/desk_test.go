package e2e

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
	"strings"
	"testing"
	"time"

	"mainstay/internal/app"
	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/config"
	"mainstay/internal/domain/people"
)

const (
	adminToken = "browser-test-token"
	password   = "a lantern by the harbour"
)

// desk is a real server with real workers on wall time, configured as the example bank, whose
// people are all reached by webhook.
type desk struct {
	*app.App
	t       *testing.T
	options app.Options
	hook    *receiver
	running bool
	// signedIn holds everybody's session, by login: a person's next password would end the first.
	signedIn map[string]people.Session
}

func openDesk(t *testing.T) *desk {
	t.Helper()
	needChromium(t)
	d := &desk{t: t, hook: openReceiver(t), signedIn: map[string]people.Session{}}
	d.options = app.Options{DataDir: t.TempDir(), Listen: "127.0.0.1:0", BootstrapToken: adminToken, Log: slog.New(slog.DiscardHandler)}
	d.start()
	t.Cleanup(d.stop)
	d.apply(bank(t)...)
	d.apply(config.File{Name: "contacts.yaml", Text: d.contacts()})
	return d
}

// start starts the server, again at its old address.
func (d *desk) start() {
	d.t.Helper()
	a, err := app.New(context.Background(), d.options)
	if err != nil {
		d.t.Fatal(err)
	}
	d.App, d.running = a, true
	d.options.Listen = a.Addr()
	a.Start(context.Background())
}

// stop stops the server; its data stays.
func (d *desk) stop() {
	d.t.Helper()
	if !d.running {
		return
	}
	d.running = false
	if err := d.App.Stop(context.Background()); err != nil {
		d.t.Error(err)
	}
}

func (d *desk) apply(files ...config.File) {
	d.t.Helper()
	by := actor.Actor{Kind: actor.System, ID: "test", Name: "Test"}
	if _, err := d.Rooms.Config.Apply(context.Background(), by, files); err != nil {
		d.t.Fatal(err)
	}
}

func bank(t *testing.T) []config.File {
	t.Helper()
	paths, err := filepath.Glob("../examples/bank/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no example bank: %v", err)
	}
	var files []config.File
	for _, p := range paths {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, config.File{Name: filepath.Base(p), Text: string(b)})
	}
	return files
}

// contacts gives everybody of the bank a webhook to the receiver.
func (d *desk) contacts() string {
	d.t.Helper()
	all, err := d.Rooms.People.ListUsers(context.Background(), actor.Mainstay, people.UserFilter{}, page.Request{Limit: page.MaxLimit})
	if err != nil {
		d.t.Fatal(err)
	}
	var docs []string
	for _, u := range all.Items {
		docs = append(docs, fmt.Sprintf("kind: Contacts\nname: %s\nmethods: [{name: phone, channel: webhook, address: %q, secret: %s, verified: true}]\n",
			u.Login, d.hook.url(u.Login), hookSecret))
	}
	return strings.Join(docs, "---\n")
}

// setPassword gives a person the password of all tests.
func (d *desk) setPassword(login string) {
	d.t.Helper()
	ctx := context.Background()
	code, err := d.Rooms.People.PasswordCode(ctx, actor.Mainstay, login)
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := d.Rooms.People.SetPassword(ctx, code, password); err != nil {
		d.t.Fatal(err)
	}
}

// session signs a person in without the page for it.
func (d *desk) session(login string) people.Session {
	d.t.Helper()
	if s, ok := d.signedIn[login]; ok {
		return s
	}
	d.setPassword(login)
	s, err := d.Rooms.People.Login(context.Background(), login, password, "127.0.0.1")
	if err != nil {
		d.t.Fatal(err)
	}
	d.signedIn[login] = s
	return s
}

// url is the address of a path of the server.
func (d *desk) url(path string) string { return "http://" + d.options.Listen + path }

// alert sends a firing alert as Prometheus would.
func (d *desk) alert(service, name, severity string) {
	d.t.Helper()
	d.sendAlert(service, name, severity, nil)
}

// resolve sends the same alert as resolved.
func (d *desk) resolve(service, name, severity string) {
	d.t.Helper()
	now := time.Now()
	d.sendAlert(service, name, severity, &now)
}

func (d *desk) sendAlert(service, name, severity string, ends *time.Time) {
	d.t.Helper()
	type alert struct {
		Labels map[string]string `json:"labels"`
		EndsAt *time.Time        `json:"endsAt,omitempty"`
	}
	labels := map[string]string{"alertname": name, "service": service, "severity": severity}
	d.call(http.MethodPost, "/api/v2/alerts", []alert{{labels, ends}}, nil)
}

// call sends a request with the admin's token and decodes the answer into out, unless that is nil.
func (d *desk) call(method, path string, body, out any) {
	d.t.Helper()
	var content io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			d.t.Fatal(err)
		}
		content = bytes.NewReader(b)
	}
	req, err := http.NewRequest(method, d.url(path), content)
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+adminToken)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode/100 != 2 {
		d.t.Fatalf("%s %s: %s %v %s", method, path, resp.Status, err, text)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(text, out); err != nil {
		d.t.Fatalf("%s %s: %v in %s", method, path, err, text)
	}
}

// incident is what tests look at of an incident, as the API tells it.
type incident struct {
	Key, Status, Title string
	AcknowledgedBy     string `json:"acknowledged_by"`
}

func (d *desk) incident(key string) (i incident) {
	d.t.Helper()
	d.call(http.MethodGet, "/api/v1/incidents/"+key, nil, &i)
	return i
}

func (d *desk) person(login string) people.User {
	d.t.Helper()
	u, err := d.Rooms.People.User(context.Background(), actor.Mainstay, login)
	if err != nil {
		d.t.Fatal(err)
	}
	return u
}
