package web_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/edge"
	"mainstay/internal/web"
	"mainstay/internal/web/action"
	"mainstay/internal/web/desktest"
	"mainstay/internal/web/rule"
	"mainstay/internal/web/ui"
)

const password = "correct horse battery"

// site is the whole site on a desk, as browsers see it.
type site struct {
	*desktest.Desk
	web    *web.Site
	server *httptest.Server
	log    *strings.Builder
}

// openSite starts the site with a route that fails.
func openSite(t *testing.T) *site {
	t.Helper()
	d := desktest.Open(t, func(*apptest.Desk) []action.Route { return nil })
	r, log := d.Rooms, &strings.Builder{}
	logger := slog.New(slog.NewTextHandler(log, nil))
	broken := func(*http.Request, actor.Actor) (action.Answer, error) {
		return action.Answer{}, errors.New("secret detail of the inside")
	}
	w := web.New(web.Config{
		People: r.People, Calendars: r.Calendars, Catalogue: r.Catalogue, Customers: r.Customers, Notify: r.Notify,
		Rosters: r.Rosters, FollowUps: r.FollowUps, Health: r.Health, Drawings: r.Drawings, Alerts: r.Alerts, Escalation: r.Escalation, Incidents: r.Incidents, Search: r.Search, Hosts: r.Hosts, Patterns: r.Patterns,
		Clock: d.Clock, Position: d.Feed.Position, Name: "Test bank", Log: logger,
		More: append(rule.Routes(rule.Config{Rules: r.Rules, Catalogue: r.Catalogue, Calendars: r.Calendars, Sources: r.Sources}),
			action.Get("/broken", action.SignedIn, broken)),
	})
	e, err := edge.New(edge.Config{People: r.People, Headers: ui.Headers, Fail: w.Fail, Log: logger})
	if err != nil {
		t.Fatal(err)
	}
	s := &site{Desk: d, web: w, server: httptest.NewServer(e.Handler(e.Authenticate(w))), log: log}
	t.Cleanup(s.server.Close)
	return s
}

// browser keeps cookies and stays where it is led from.
type browser struct {
	t      *testing.T
	client *http.Client
	base   string
}

func (s *site) visitor(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{t, &http.Client{Jar: jar, CheckRedirect: stay}, s.server.URL}
}

// as is a browser in which the person has signed in.
func (s *site) as(t *testing.T, login string) *browser {
	t.Helper()
	code, err := s.Rooms.People.PasswordCode(t.Context(), s.Root, login)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Rooms.People.SetPassword(t.Context(), code, password); err != nil {
		t.Fatal(err)
	}
	b := s.visitor(t)
	b.post("/login", url.Values{"login": {login}, "password": {password}}).want(http.StatusSeeOther)
	return b
}

// answer is what came back.
type answer struct {
	*http.Response
	t    *testing.T
	body string
}

func (b *browser) get(path string, headers ...string) answer {
	b.t.Helper()
	return b.ask(http.MethodGet, path, nil, headers)
}

func (b *browser) post(path string, form url.Values, headers ...string) answer {
	b.t.Helper()
	return b.ask(http.MethodPost, path, strings.NewReader(form.Encode()), append(headers, "Content-Type: application/x-www-form-urlencoded"))
}

func (b *browser) ask(method, path string, body io.Reader, headers []string) answer {
	b.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, b.base+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	resp, err := b.client.Do(r)
	var op *net.OpError
	if errors.As(err, &op) {
		b.t.Fatalf("%s %s: the server cut the connection: %v", method, path, err)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{resp, b.t, string(text)}
}

func (a answer) want(codes ...int) answer {
	a.t.Helper()
	if !slices.Contains(codes, a.StatusCode) {
		a.t.Fatalf("%s %s answers %d, want %v: %.300s", a.Request.Method, a.Request.URL.Path, a.StatusCode, codes, a.body)
	}
	return a
}

func (a answer) wantText(texts ...string) answer {
	a.t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.body, text) {
			a.t.Errorf("%s %s: %q is not in %.1500s", a.Request.Method, a.Request.URL.Path, text, a.body)
		}
	}
	return a
}

func (a answer) wantNoText(texts ...string) answer {
	a.t.Helper()
	for _, text := range texts {
		if strings.Contains(a.body, text) {
			a.t.Errorf("%s %s: %q should not be in it", a.Request.Method, a.Request.URL.Path, text)
		}
	}
	return a
}

func (a answer) wantHeader(name, want string) answer {
	a.t.Helper()
	if got := a.Header.Get(name); got != want {
		a.t.Errorf("%s %s: %s is %q, want %q", a.Request.Method, a.Request.URL.Path, name, got, want)
	}
	return a
}
