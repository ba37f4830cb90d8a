package pagetest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// Site is the routes of one or more rooms, as a browser would see them.
type Site struct {
	t      *testing.T
	clock  clock.Clock
	routes []action.Route
}

// New serves the routes at the time of the clock.
func New(t *testing.T, c clock.Clock, routes ...action.Route) *Site {
	return &Site{t: t, clock: c, routes: routes}
}

// Get asks for a page.
func (s *Site) Get(by actor.Actor, address string) Page {
	s.t.Helper()
	return s.ask(by, httptest.NewRequest(http.MethodGet, address, nil))
}

// Post sends a form.
func (s *Site) Post(by actor.Actor, address string, form url.Values) Page {
	s.t.Helper()
	r := httptest.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.ask(by, r)
}

// Ask sends any request.
func (s *Site) Ask(by actor.Actor, r *http.Request) Page {
	s.t.Helper()
	return s.ask(by, r)
}

func (s *Site) ask(by actor.Actor, r *http.Request) Page {
	s.t.Helper()
	frame := ui.Frame{Now: s.clock.Now(), URL: r.URL, CSRF: "test", User: &ui.User{Login: "reader", Name: by.Name}}
	r = r.WithContext(ui.With(r.Context(), frame))
	page := Page{node: node{t: s.t}, Status: http.StatusNotFound}
	mux := http.NewServeMux()
	for _, route := range s.routes {
		mux.HandleFunc(route.Method+" "+route.Pattern, func(_ http.ResponseWriter, r *http.Request) {
			page = s.answer(route, r, by)
		})
	}
	mux.ServeHTTP(httptest.NewRecorder(), r)
	return page
}

// answer does what the web root does with a route.
func (s *Site) answer(route action.Route, r *http.Request, by actor.Actor) Page {
	s.t.Helper()
	page := Page{node: node{t: s.t}}
	if page.Err = route.Admit(by); page.Err != nil {
		page.Status = action.Status(page.Err)
		return page
	}
	a, err := route.Do(r, by)
	if err != nil {
		page.Err, page.Status = err, action.Status(err)
		return page
	}
	page.Status, page.To, page.Messages, page.Data = a.Status, a.To, a.Messages, a.JSON
	if a.File != nil {
		page.File = s.read(a.File)
	}
	if a.Page != nil {
		page.node = s.parse(a, r)
	}
	return page
}

func (s *Site) read(f *action.File) []byte {
	s.t.Helper()
	b, err := io.ReadAll(f.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return b
}

func (s *Site) parse(a action.Answer, r *http.Request) node {
	s.t.Helper()
	var b bytes.Buffer
	if err := a.Page.Render(r.Context(), &b); err != nil {
		s.t.Fatalf("%s: %v", r.URL, err)
	}
	n, err := html.Parse(&b)
	if err != nil {
		s.t.Fatal(err)
	}
	return node{s.t, n}
}

// Page is what came back.
type Page struct {
	node
	Status   int
	To       string // where the answer leads, empty for pages
	Messages []ui.Flash
	Data     any
	File     []byte
	Err      error // what the handler returned, or the refusal before it
}

// Want fails the test when the status is another one.
func (p Page) Want(status int) Page {
	p.t.Helper()
	if p.Status != status {
		p.t.Fatalf("status is %d, want %d (error: %v, text: %.300s)", p.Status, status, p.Err, p.Text())
	}
	return p
}

// WantGone fails the test when the answer does not lead to the address.
func (p Page) WantGone(to string) Page {
	p.t.Helper()
	p.Want(http.StatusSeeOther)
	if p.To != to {
		p.t.Fatalf("leads to %q, want %q", p.To, to)
	}
	return p
}
