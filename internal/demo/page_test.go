package demo

import (
	"bufio"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"mainstay/internal/client"
)

// site is the pages of a demo beside a desk that answers as if nothing had happened yet.
type site struct {
	t    *testing.T
	demo *Demo
	url  string
}

func openSite(t *testing.T) *site {
	t.Helper()
	desk := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/api/v1/me":
			if r.Header.Get("Cookie") == "" || r.Header.Get("Authorization") != "" {
				t.Errorf("asked who signed in with headers %v", r.Header)
			}
			_ = json.NewEncoder(w).Encode(map[string]string{"login": "ada", "name": "Ada <Keyring>", "role": "admin"})
		case "/api/v2/alerts":
			http.Error(w, `{"title":"no"}`, http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(desk.Close)
	d, err := Open(Config{Dir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	pages := httptest.NewServer(d.Handler())
	t.Cleanup(pages.Close)
	c, err := client.New(client.Config{Server: desk.URL})
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, demo: d, url: pages.URL}
	s.answers(http.MethodGet, Page, nil, http.StatusServiceUnavailable) // nothing is furnished yet
	w := newWatch(c, []client.User{{Name: "ada", Title: "Ada <Keyring>", Role: "admin"}})
	d.settleIn(desk.URL, NewWorld(WorldConfig{Desk: c, Clock: d.Clock, Inbox: d.inbox, Changed: d.news.tell, Log: d.Log}), w)
	return s
}

// answers sends a request and returns the page.
func (s *site) answers(method, path string, form url.Values, status int, headers ...string) *html.Node {
	s.t.Helper()
	r, err := http.NewRequest(method, s.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != status {
		s.t.Fatalf("%s %s answers %d, want %d", method, path, answer.StatusCode, status)
	}
	page, err := html.Parse(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return page
}

// find returns the element with an id, nil without one.
func find(page *html.Node, id string) *html.Node {
	for n := range page.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "id" && a.Val == id {
				return n
			}
		}
	}
	return nil
}

func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func TestPageBreaksAndRepairs(t *testing.T) {
	s := openSite(t)
	card := func() string {
		return textOf(find(s.answers(http.MethodGet, Page, nil, http.StatusOK), "failure-telephones"))
	}
	if got := card(); !strings.HasSuffix(got, "Begin") {
		t.Errorf("before, the card says %q", got)
	}
	s.answers(http.MethodPost, "/demo/failures/telephones/begin", nil, http.StatusSeeOther)
	if got := card(); !strings.Contains(got, "Repair broken for 0") {
		t.Errorf("after it has begun, the card says %q", got)
	}
	s.answers(http.MethodPost, "/demo/failures/telephones/repair", nil, http.StatusSeeOther)
	if got := card(); !strings.Contains(got, "Begin repaired at") {
		t.Errorf("repaired, the card says %q", got)
	}
}

func TestPageSaysWhatDidNotWork(t *testing.T) {
	s := openSite(t)
	s.answers(http.MethodPost, "/demo/failures/flood/begin", nil, http.StatusNotFound)
	page := s.answers(http.MethodPost, "/demo/speed", url.Values{"factor": {"1000"}}, http.StatusUnprocessableEntity)
	if got := textOf(find(page, "main")); !strings.Contains(got, "The speed must be 1, 10 or 60.") {
		t.Errorf("the page says %.300q", got)
	}
	if s.demo.Clock.Factor() != 1 {
		t.Errorf("the clock runs %v times as fast", s.demo.Clock.Factor())
	}
}

func TestSpeedOfTheDeskIsChosen(t *testing.T) {
	s := openSite(t)
	s.answers(http.MethodPost, "/demo/speed", url.Values{"factor": {"60"}}, http.StatusSeeOther)
	if s.demo.Clock.Factor() != 60 {
		t.Errorf("the clock runs %v times as fast", s.demo.Clock.Factor())
	}
}

func TestOtherSitesCannotBreakAnything(t *testing.T) {
	s := openSite(t)
	s.answers(http.MethodPost, "/demo/failures/telephones/begin", nil, http.StatusForbidden, "Sec-Fetch-Site", "cross-site")
	if len(s.demo.world.Runs()) > 0 {
		t.Error("something broke")
	}
}

func TestPageKnowsWhoIsSignedIn(t *testing.T) {
	s := openSite(t)
	step := func(headers ...string) string {
		return textOf(find(s.answers(http.MethodGet, Page, nil, http.StatusOK, headers...), "step-2"))
	}
	if got := step(); strings.HasPrefix(got, "Done:") {
		t.Errorf("nobody is signed in, and the step to the board says %q", got)
	}
	cookie := []string{"Cookie", "mainstay_session=x"}
	every := html.Attribute{Key: "data-live-every", Val: "3"}
	if panel := find(s.answers(http.MethodGet, Page, nil, http.StatusOK), "demo-panel"); !slices.Contains(panel.Attr, every) {
		t.Error("the page would not notice that the reader signs in, in another tab")
	}
	if got := step(cookie...); !strings.HasPrefix(got, "Done:") {
		t.Errorf("somebody is signed in, and the step to the board says %q", got)
	}
	menu := find(s.answers(http.MethodGet, Page, nil, http.StatusOK, cookie...), "user-menu")
	if got := textOf(menu); !strings.HasPrefix(got, "Ada <Keyring>, Administrator") {
		t.Errorf("the menu says %q", got)
	}
}

func TestArrivalIsOnThePageAsText(t *testing.T) {
	s := openSite(t)
	s.demo.inbox.add(Arrival{Channel: Telephone, To: "ada", Subject: "<b>Down</b>", Text: "<script>alert(1)</script>",
		Incidents: []string{"INC-7"}, Links: []Link{{"INC-7", "javascript:alert(1)"}}, Repeat: true})
	page := s.answers(http.MethodGet, "/demo/inbox?to=ada", nil, http.StatusOK)
	got := textOf(find(page, "arrival-1"))
	for _, want := range []string{"Ada <Keyring> telephone", "INC-7 <b>Down</b>", "<script>alert(1)</script>", "Acknowledge INC-7", "Possible repeat", "Signature is wrong"} {
		if !strings.Contains(got, want) {
			t.Errorf("the arrival is %q, want %q in it", got, want)
		}
	}
	for n := range page.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "href" && strings.HasPrefix(a.Val, "javascript:") {
				t.Errorf("a link leads to %s", a.Val)
			}
		}
	}
}

func TestPageHearsOfEveryChange(t *testing.T) {
	s := openSite(t)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/demo/feed", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	await := func(event, data string) {
		t.Helper()
		last := ""
		for lines.Scan() {
			if lines.Text() == "" {
				continue
			}
			if last == "event: "+event && strings.Contains(lines.Text(), data) {
				return
			}
			if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				last = "event: " + name
			}
		}
		t.Fatalf("the feed ended before %s %s: %v", event, data, lines.Err())
	}
	await("beat", `"rate":1}`)
	s.demo.inbox.add(Arrival{})
	await("change", `"topic":"demo"`)
	s.answers(http.MethodPost, "/demo/speed", url.Values{"factor": {"10"}}, http.StatusSeeOther)
	await("beat", `"rate":10}`)
	if err := s.demo.Close(); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
		continue
	}
	if err := lines.Err(); err != nil {
		t.Errorf("a closed demo leaves its pages waiting: %v", err)
	}
}
