package edge_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/domain/people"
	"mainstay/internal/edge"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/ledger"
)

// newsroom is a live feed on a real server.
type newsroom struct {
	*door
	feed *ledger.Feed
	live *edge.Live
	pace *clock.Fake
	url  string
}

func newNewsroom(t *testing.T, d *db.DB, c *clock.Fake) newsroom {
	t.Helper()
	n := newsroom{door: newDoor(t, d, c, nil), feed: ledger.NewFeed(d), pace: clock.NewFake(dbtest.Start)}
	n.live = edge.NewLive(edge.LiveConfig{Feed: n.feed, Clock: c, Pace: n.pace})
	n.step()
	srv := httptest.NewServer(n.Handler(n.Authenticate(n.live)))
	t.Cleanup(srv.Close)
	t.Cleanup(n.live.Close)
	n.url = srv.URL
	return n
}

// step runs the feed's worker until nothing is left to hand on.
func (n newsroom) step() {
	n.t.Helper()
	for {
		r, err := n.feed.Step(context.Background())
		if err != nil {
			n.t.Fatal(err)
		}
		if r.Did == 0 {
			return
		}
	}
}

// happens appends an event of a record and hands it on.
func (n newsroom) happens(kind, id string, about ...ledger.Record) {
	n.t.Helper()
	err := n.db.Do(context.Background(), func(tx *db.Tx) error {
		return ledger.Append(tx, actor.Mainstay, ledger.Record{Kind: kind, ID: id}, kind+".changed", nil, about...)
	})
	if err != nil {
		n.t.Fatal(err)
	}
	n.step()
}

// message is one Server-Sent Event.
type message struct {
	event, id string
	data      struct {
		Topic    string
		Version  int64
		Now      string
		Position int64
		Rate     float64
	}
}

// listener reads a stream.
type listener struct {
	t      *testing.T
	status int
	header http.Header
	got    chan message
	leave  func()
}

func (n newsroom) listen(token string, headers ...string) listener {
	n.t.Helper()
	ctx, leave := context.WithCancel(context.Background())
	n.t.Cleanup(leave)
	r, err := http.NewRequestWithContext(ctx, "GET", n.url+"/live", nil)
	if err != nil {
		n.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		n.t.Fatal(err)
	}
	l := listener{t: n.t, status: resp.StatusCode, header: resp.Header, got: make(chan message, 100), leave: leave}
	go func() {
		defer close(l.got)
		defer resp.Body.Close()
		var m message
		for s := bufio.NewScanner(resp.Body); s.Scan(); {
			field, value, _ := strings.Cut(s.Text(), ": ")
			switch {
			case s.Text() == "" && m.event != "":
				l.got <- m
				m = message{}
			case field == "event":
				m.event = value
			case field == "id":
				m.id = value
			case field == "data":
				if json.Unmarshal([]byte(value), &m.data) != nil {
					m.event = "broken data " + value
				}
			}
		}
	}()
	return l
}

// next waits for a message; the time-out only keeps a broken test from hanging.
func (l listener) next() message {
	l.t.Helper()
	select {
	case m, ok := <-l.got:
		if !ok {
			l.t.Fatal("the stream has ended")
		}
		return m
	case <-time.After(10 * time.Second):
		l.t.Fatal("no message")
	}
	return message{}
}

func (l listener) wantEnd() {
	l.t.Helper()
	for {
		select {
		case m, ok := <-l.got:
			if !ok {
				return
			}
			if m.event == "change" {
				l.t.Fatalf("instead of the end: %+v", m)
			}
		case <-time.After(10 * time.Second):
			l.t.Fatal("the stream goes on")
		}
	}
}

// changes reads what is told until everything that has happened so far is, beating as often
// as that takes.
func (n newsroom) changes(l listener) []message {
	l.t.Helper()
	var out []message
	n.beat()
	for {
		switch m := l.next(); {
		case m.event != "beat":
			out = append(out, m)
		case m.data.Position >= n.feed.Position():
			return out
		default:
			n.beat()
		}
	}
}

func (n newsroom) beat() { n.pace.Advance(10 * time.Second) }

func TestChangeArrivesWithoutBeingAskedFor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		n := newNewsroom(t, d, c)
		token := n.token("ana")
		n.step()
		l := n.listen(token)
		if l.status != 200 || l.header.Get("Content-Type") != "text/event-stream" || !strings.Contains(l.header.Get("Cache-Control"), "no-store") {
			t.Fatalf("%d %v", l.status, l.header)
		}
		if m := l.next(); m.event != "beat" || m.data.Now != "2026-11-02T09:00:00Z" || m.data.Rate != 1 {
			t.Fatalf("first: %+v", m)
		}
		n.happens("incident", "i1", ledger.Record{Kind: "service", ID: "s1"})
		at := n.feed.Position()
		var got []string
		for range 4 {
			m := l.next()
			got = append(got, m.data.Topic)
			if m.event != "change" || m.data.Version != at {
				t.Errorf("%+v, position %d", m, at)
			}
		}
		if s := strings.Join(got, " "); s != "incident:i1 incidents service:s1 services" {
			t.Errorf("topics %s", s)
		}
	})
}

func TestBeatsKeepTheDesksTimeAndTheWallsPace(t *testing.T) {
	d, c := sqlite(t)
	n := newNewsroom(t, d, c)
	token := n.token("ana")
	n.step()
	l := n.listen(token)
	first := l.next()
	c.Advance(time.Hour) // the desk's clock alone brings no beat
	n.pace.Advance(9 * time.Second)
	n.pace.Advance(time.Second)
	second := l.next()
	if first.data.Now != "2026-11-02T09:00:00Z" || second.event != "beat" || second.data.Now != "2026-11-02T10:00:00Z" {
		t.Errorf("%+v then %+v", first, second)
	}
	if p := n.feed.Position(); second.data.Position != p || second.id != fmt.Sprint(p) {
		t.Errorf("%+v at position %d", second, p)
	}
}

func TestFastClockTellsItsRate(t *testing.T) {
	d, c := sqlite(t)
	n := newNewsroom(t, d, c)
	live := edge.NewLive(edge.LiveConfig{Feed: n.feed, Clock: clock.NewScaled(dbtest.Start, 60), Pace: n.pace})
	ctx, cancel := context.WithCancel(edge.WithActor(context.Background(), n.user("ana", actor.Admin)))
	w := &slowWriter{ResponseRecorder: httptest.NewRecorder(), wrote: make(chan string, 10), release: make(chan struct{})}
	close(w.release)
	go live.ServeHTTP(w, get().WithContext(ctx))
	defer cancel()
	for s := range w.wrote {
		if strings.HasPrefix(s, "event: beat") {
			if !strings.Contains(s, `"rate":60`) {
				t.Error(s)
			}
			return
		}
	}
}

func TestReturningClientIsToldWhatItMissed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		n := newNewsroom(t, d, c)
		token := n.token("ana")
		n.step()
		l := n.listen(token)
		l.next()
		n.happens("incident", "i1")
		l.next()
		last := l.next()
		l.leave()
		n.happens("incident", "i2")
		n.happens("roster", "r1")
		n.happens("incident", "i2")
		at := n.feed.Position()
		l = n.listen(token, "Last-Event-ID", last.id)
		want := fmt.Sprintf("oncall@%d roster:r1@%d incident:i2@%d incidents@%d", at-1, at-1, at, at)
		var got []string
		for m := l.next(); m.event == "change"; m = l.next() {
			got = append(got, fmt.Sprintf("%s@%d", m.data.Topic, m.data.Version))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s, want %s", s, want)
		}
		l = n.listen(token, "Last-Event-ID", fmt.Sprint(at))
		if m := l.next(); m.event != "beat" || m.data.Position != at {
			t.Errorf("nothing was missed, but: %+v", m)
		}
	})
}

// An id must cover all that was told before it, wherever the stream breaks: resuming at any
// of them brings every later change.
func TestStreamMayBreakAfterAnyMessage(t *testing.T) {
	d, c := sqlite(t)
	n := newNewsroom(t, d, c)
	token := n.token("ana")
	n.step()
	start := n.feed.Position()
	for i := range 6 {
		n.happens("incident", fmt.Sprint("i", i%4), ledger.Record{Kind: "service", ID: "s"})
	}
	newest := map[string]int64{}
	var ids []string
	l := n.listen(token, "Last-Event-ID", fmt.Sprint(start))
	var told []map[string]int64 // what was told up to each id
	for m := l.next(); m.event == "change"; m = l.next() {
		newest[m.data.Topic] = m.data.Version
		ids = append(ids, m.id)
		told = append(told, maps.Clone(newest))
	}
	if len(newest) != 4+1+2 {
		t.Fatalf("told %v", newest)
	}
	for i, id := range ids {
		known := told[i]
		again := n.listen(token, "Last-Event-ID", id)
		for m := again.next(); m.event == "change"; m = again.next() {
			known[m.data.Topic] = m.data.Version
		}
		for topic, version := range newest {
			if known[topic] != version {
				t.Errorf("broken after id %s: %s is at %d, newest %d", id, topic, known[topic], version)
			}
		}
		again.leave()
	}
}

func TestClientThatMissedTooMuchStartsOver(t *testing.T) {
	d, c := sqlite(t)
	n := newNewsroom(t, d, c)
	token := n.token("ana")
	err := d.Do(context.Background(), func(tx *db.Tx) error {
		for range 600 {
			if err := ledger.Append(tx, actor.Mainstay, ledger.Record{Kind: "incident", ID: "i"}, "incident.changed", nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	n.step()
	for _, id := range []string{"1", "999999", "-1", "rubbish"} {
		l := n.listen(token, "Last-Event-ID", id)
		if m := l.next(); m.event != "reset" || m.data.Position != n.feed.Position() {
			t.Errorf("from %s: %+v", id, m)
		}
		if m := l.next(); m.event != "beat" {
			t.Errorf("from %s, after the reset: %+v", id, m)
		}
	}
}

func TestBusyTopicIsToldFourTimesASecondAtMost(t *testing.T) {
	d, c := sqlite(t)
	n := newNewsroom(t, d, c)
	token := n.token("ana")
	n.step()
	l := n.listen(token)
	l.next()
	for range 40 {
		n.happens("alert", "a1")
	}
	last, messages, advances := n.feed.Position(), 0, 0
	for {
		m := l.next()
		if m.data.Topic == "alert:a1" {
			messages++
		}
		if m.data.Topic == "alerts" && m.data.Version == last {
			break
		}
		if m.data.Topic == "alerts" {
			advances++
			n.pace.Advance(250 * time.Millisecond)
		}
	}
	if messages > advances+1 || messages > 39 {
		t.Errorf("%d messages in %d quarters of a second", messages, advances)
	}
}

func TestNobodyAndIntegrationsMayNotListen(t *testing.T) {
	d, c := sqlite(t)
	n := newNewsroom(t, d, c)
	for token, want := range map[string]int{"": 401, "mik_right": 403, "mst_no": 401} {
		if l := n.listen(token); l.status != want {
			t.Errorf("%q: %d, want %d", token, l.status, want)
		}
	}
}

func TestTopicsAreThoseThatTheReaderMayRead(t *testing.T) {
	d, c := sqlite(t)
	n := newNewsroom(t, d, c)
	tokens := map[string]string{"admin": n.token("ana")}
	scoped, _, err := n.people.CreateToken(context.Background(), n.user("ben", actor.FirstLine), tokenFor("alert.read"))
	if err != nil {
		t.Fatal(err)
	}
	tokens["scoped"] = scoped
	dora := n.session("dora")
	client := n.user("dora", actor.Client) // from now on
	n.step()
	listeners := map[string]listener{"client": n.listen("", "Cookie", edge.Cookie+"="+dora.Token)}
	for name, token := range tokens {
		listeners[name] = n.listen(token)
	}
	for _, l := range listeners {
		l.next()
	}
	for _, kind := range []string{"incident", "alert", "service", "component", "drawing", "roster", "policy", "calendar", "team", "token",
		"customer", "page", "contact-method", "follow-up", "host", "roll", "seal"} {
		n.happens(kind, "x")
	}
	n.happens("user", client.ID)
	n.happens("user", "somebody")
	told := map[string]map[string]bool{}
	for name, l := range listeners {
		told[name] = map[string]bool{}
		for _, m := range n.changes(l) {
			told[name][m.data.Topic] = true
		}
	}
	if got := fmt.Sprint(told["client"]); got != "map[people:true user:"+client.ID+":true]" {
		t.Errorf("client: %s", got)
	}
	if got := fmt.Sprint(told["scoped"]); got != "map[alert:x:true alerts:true]" {
		t.Errorf("scoped token: %s", got)
	}
	for _, topic := range []string{"incident:x", "incidents", "alert:x", "service:x", "component:x", "roster:x", "oncall", "policies", "calendars",
		"team:x", "people", "token:x", "customer:x", "page:x", "contact-method:x", "follow-ups", "host:x", "hosts", "rolls", "seal:x", "user:somebody"} {
		if !told["admin"][topic] {
			t.Errorf("admin is not told of %s: %v", topic, told["admin"])
		}
	}
}

func tokenFor(scopes ...string) people.TokenIn { return people.TokenIn{Name: "x", Scopes: scopes} }

func TestStreamEndsWithItsSession(t *testing.T) {
	d, c := sqlite(t)
	n := newNewsroom(t, d, c)
	s := n.session("ben")
	n.step()
	l := n.listen("", "Cookie", edge.Cookie+"="+s.Token)
	l.next()
	if err := n.people.Logout(context.Background(), s.Token); err != nil {
		t.Fatal(err)
	}
	for range 4 { // the first beat was the first of six
		n.beat()
		l.next()
	}
	n.beat()
	l.wantEnd()
}

func TestStreamEndsWhenTheServerStops(t *testing.T) {
	d, c := sqlite(t)
	n := newNewsroom(t, d, c)
	l := n.listen(n.token("ana"))
	l.next()
	n.live.Close()
	n.live.Close()
	l.wantEnd()
}

// slowWriter takes nothing until it is released.
type slowWriter struct {
	*httptest.ResponseRecorder
	wrote   chan string
	release chan struct{}
}

func (w *slowWriter) Write(b []byte) (int, error) {
	if strings.HasPrefix(string(b), "event: change") {
		<-w.release
	}
	select {
	case w.wrote <- string(b):
	default:
		return 0, errors.New("nobody reads")
	}
	return len(b), nil
}

func TestSlowReaderIsToldToStartOverAndHoldsUpNobody(t *testing.T) {
	d, c := sqlite(t)
	n := newNewsroom(t, d, c)
	ana := n.user("ana", actor.Admin)
	n.step()
	w := &slowWriter{ResponseRecorder: httptest.NewRecorder(), wrote: make(chan string, 1000), release: make(chan struct{})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.live.ServeHTTP(w, get().WithContext(edge.WithActor(context.Background(), ana)))
	}()
	for s := range w.wrote { // until it listens
		if strings.HasPrefix(s, "event: beat") {
			break
		}
	}
	for range 70 { // each a batch of its own; the feed keeps 64 for a reader
		n.happens("incident", "i")
	}
	close(w.release)
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Fatal("the slow stream goes on")
	}
	close(w.wrote)
	last := ""
	for s := range w.wrote {
		last = s
	}
	if !strings.HasPrefix(last, "event: reset") {
		t.Errorf("last words: %q", last)
	}
}
