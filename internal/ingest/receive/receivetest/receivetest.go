// Package receivetest is a store in memory behind the real room of sources and the real edge, for
// the tests of the protocols.
package receivetest

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/source"
	"mainstay/internal/edge"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive"
)

var root = actor.Actor{Kind: actor.System, ID: "test", Name: "test"}

// Token is an administrator's API token.
const Token = people.TokenPrefix + "for-the-tests-of-protocols-0123456789"

// Store keeps rows in memory.
type Store struct {
	mu   sync.Mutex
	rows []signal.Row
	// Refuse decides about each append, by how many there were before; nil takes all.
	Refuse func(before int) error
	// Discard keeps nothing, for benchmarks.
	Discard bool
	calls   int
	came    chan struct{}
}

// AppendAs keeps copies of the rows.
func (s *Store) AppendAs(_ context.Context, _ signal.Class, rows []signal.Row) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.Refuse != nil {
		if err := s.Refuse(s.calls - 1); err != nil {
			return err
		}
	}
	if s.Discard {
		return nil
	}
	for _, r := range rows {
		r.Fields, r.Stream = slices.Clone(r.Fields), slices.Clone(r.Stream)
		for i := range r.Fields {
			r.Fields[i] = signal.Field{Name: strings.Clone(r.Fields[i].Name), Value: strings.Clone(r.Fields[i].Value)}
		}
		s.rows = append(s.rows, r)
	}
	select {
	case s.came <- struct{}{}:
	default:
	}
	return nil
}

// Pressure is never any.
func (*Store) Pressure() float64 { return 0 }

// Rows are what has been stored.
func (s *Store) Rows() []signal.Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.rows)
}

// Calls is how often something was to be stored.
func (s *Store) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// Wait returns the rows when there are at least n, or what there is when the test is about to end.
func (s *Store) Wait(ctx context.Context, n int) []signal.Row {
	for {
		if rows := s.Rows(); len(rows) >= n {
			return rows
		}
		select {
		case <-s.came:
		case <-ctx.Done():
			return s.Rows()
		}
	}
}

// Desk is everything that a protocol needs, with one source "app" and its key.
type Desk struct {
	receive.Config
	Store *Store
	Key   string
	// Stop closes Stopping.
	Stop func()
	t    testing.TB
	mux  *http.ServeMux
}

// Open makes a desk with the routes of one protocol.
func Open(t testing.TB, routes func(receive.Config) []receive.Route) *Desk {
	t.Helper()
	c := clock.NewFake(dbtest.Start)
	database := dbtest.Open(t, dbtest.URL(t, "sqlite"), c)
	folk := people.New(people.Config{DB: database})
	ctx := context.Background()
	must(t, folk.BootstrapToken(ctx, Token))
	d := &Desk{t: t, Store: &Store{came: make(chan struct{}, 1)}, mux: http.NewServeMux()}
	log := slog.New(slog.DiscardHandler)
	d.Sources = source.New(source.Config{DB: database, Store: d.Store, Clock: c, Log: log})
	must(t, database.Do(ctx, d.Sources.EnsureDirect))
	_, err := d.Sources.Put(ctx, root, source.In{Name: "app", Spec: source.Spec{Addresses: []string{"127.0.0.1", "::1"}}})
	must(t, err)
	d.Key, _, err = d.Sources.CreateKey(ctx, root, "app", "tests")
	must(t, err)
	e, err := edge.New(edge.Config{People: folk, BodyLimit: func(*http.Request) int64 { return receive.MaxBody }})
	must(t, err)
	d.Edge, d.Clock, d.Log = e, c, log
	d.Parsing = receive.NewGate(receive.AtOnce, receive.Patience)
	stopping := make(chan struct{})
	d.Stopping, d.Stop = stopping, sync.OnceFunc(func() { close(stopping) })
	if routes != nil {
		for _, r := range routes(d.Config) {
			d.mux.Handle(r.Pattern, r.Handler)
		}
	}
	return d
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Put changes the source "app".
func (d *Desk) Put(spec source.Spec) {
	d.t.Helper()
	_, err := d.Sources.Put(context.Background(), root, source.In{Name: "app", Spec: spec})
	must(d.t, err)
}

// Handler answers as the server does.
func (d *Desk) Handler() http.Handler { return d.Edge.Handler(d.mux) }

// Do sends a request as it is.
func (d *Desk) Do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	d.Handler().ServeHTTP(w, r)
	return w
}

// Post sends a body with the source's key and the headers, given as name, value, name, value.
func (d *Desk) Post(path, body string, headers ...string) *httptest.ResponseRecorder {
	return d.Send(http.MethodPost, path, strings.NewReader(body), headers...)
}

// Send sends a request with the source's key, unless the headers say otherwise.
func (d *Desk) Send(method, path string, body io.Reader, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, body)
	r.Header.Set("Authorization", "Bearer "+d.Key)
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
			continue
		}
		r.Header.Set(headers[i], headers[i+1])
	}
	return d.Do(r)
}

// Texts writes rows one per line as name=value pairs in order, with the instant first unless it is
// that of the arrival, without what the server sets itself.
func Texts(rows []signal.Row) string {
	var b bytes.Buffer
	for _, r := range rows {
		if !r.Time.Equal(dbtest.Start) {
			b.WriteString(r.Time.Format("2006-01-02T15:04:05.999999999Z07:00") + " ")
		}
		for _, f := range r.Fields {
			if f.Name != signal.Source {
				b.WriteString(f.Name + "=" + f.Value + "|")
			}
		}
		if len(r.Stream) > 0 {
			b.WriteString(" {" + strings.Join(r.Stream, ",") + "}")
		}
		b.WriteByte('\n')
	}
	return b.String()
}
