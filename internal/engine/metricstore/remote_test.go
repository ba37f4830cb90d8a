package metricstore_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang/snappy"
	"github.com/prometheus/prometheus/rules"

	"mainstay/internal/engine/metricstore"
	"mainstay/internal/engine/signal"
)

// far is a cluster: another store behind HTTP, which can be away.
type far struct {
	*httptest.Server
	store  *metricstore.Store
	away   atomic.Bool
	refuse atomic.Bool
	took   atomic.Int64
}

func newFar(t *testing.T) *far {
	f := &far{store: open(t, t.TempDir())}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /push", func(w http.ResponseWriter, r *http.Request) {
		packed, _ := io.ReadAll(r.Body)
		body, err := snappy.Decode(nil, packed)
		if err != nil || f.refuse.Load() {
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		taken, err := f.store.AppendBody(r.Context(), signal.SampleBody{Format: signal.RemoteWrite1, Body: body})
		if err != nil || taken.Lost > 0 {
			http.Error(w, "lost", http.StatusBadRequest)
			return
		}
		f.took.Add(int64(taken.Stored))
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("/prom/api/v1/", func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		answer, err := f.store.SelectSeries(r.Context(), strings.TrimPrefix(r.URL.Path, "/prom/api/v1/"), r.Form)
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", answer.ContentType)
		w.WriteHeader(answer.Status)
		_, _ = io.Copy(w, answer.Body)
	})
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		switch {
		case user != "u" || password != "p":
			w.WriteHeader(http.StatusUnauthorized)
		case f.away.Load():
			w.WriteHeader(http.StatusBadGateway)
		default:
			mux.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *far) remote(c *metricstore.Config) {
	c.Remote = metricstore.Remote{WriteURL: f.URL + "/push", QueryURL: f.URL + "/prom/", User: "u", Password: "p", Pause: 10 * time.Millisecond}
}

// took waits until the cluster has taken so many samples.
func (f *far) wait(t *testing.T, n int64) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for f.took.Load() < n {
		select {
		case <-deadline:
			t.Fatalf("the cluster has taken %d samples, want %d", f.took.Load(), n)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func TestAClusterStoresAndAnswersAndSamplesWaitForIt(t *testing.T) {
	f, dir, at := newFar(t), t.TempDir(), now()
	f.away.Store(true)
	s := open(t, dir, f.remote)
	for n := range 3 {
		add(t, s, with(series("m", "x", "1"), signal.Point{At: at.Add(time.Duration(n-3) * time.Second), Value: float64(n)}), with(series("far"), signal.Point{At: at.Add(time.Hour), Value: 1}))
	}
	if st := s.Status(); st.Waiting == 0 || st.Refused != 3 {
		t.Errorf("while it is away: %+v", st)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	f.away.Store(false)
	s = open(t, dir, f.remote) // what waited is sent by the next process
	f.wait(t, 3)
	add(t, s, with(series("m", "x", "1"), signal.Point{At: at, Value: 3}))
	f.wait(t, 4)
	if got := ask(t, s, `sum by (x) (m)`, at); got != "x=1 3 \n" {
		t.Errorf("at an instant: %q", got)
	}
	if got := ask(t, s, `2 + 2`, at); got != "4 \n" {
		t.Errorf("a scalar: %q", got)
	}
	over, err := s.Range(context.Background(), `m`, at.Add(-2*time.Second), at, time.Second)
	if err != nil || lines(over) != "__name__=m x=1 1 2 3 \n" {
		t.Errorf("over time: %q %v", lines(over), err)
	}
	answer, err := s.SelectSeries(context.Background(), "label/x/values", url.Values{})
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := io.ReadAll(answer.Body); answer.Status != 200 || !strings.Contains(string(text), `["1"]`) {
		t.Errorf("the query API: %d %s", answer.Status, text)
	}
	if _, err := s.Instant(context.Background(), `sum(`, at); err == nil || !strings.Contains(err.Error(), "cluster says") {
		t.Errorf("a wrong question: %v", err)
	}
	// Rules are evaluated here, over what is fetched.
	v, err := rules.EngineQueryFunc(s.Engine(), s.Queryable())(context.Background(), `sum_over_time(m{x=~"1|2"}[10s]) > 5`, at)
	if err != nil || len(v) != 1 || v[0].F != 6 {
		t.Errorf("a rule: %v %v", v, err)
	}
}

func TestWhatAClusterRefusesForGoodIsKeptAndTheRestGoesOn(t *testing.T) {
	f, at := newFar(t), now()
	f.refuse.Store(true)
	s := open(t, t.TempDir(), f.remote)
	add(t, s, with(series("m"), signal.Point{At: at.Add(-time.Second), Value: 1}))
	deadline := time.After(30 * time.Second)
	for s.Status().RefusedRequests == 0 {
		select {
		case <-deadline:
			t.Fatalf("%+v", s.Status())
		case <-time.After(10 * time.Millisecond):
		}
	}
	f.refuse.Store(false)
	add(t, s, with(series("m"), signal.Point{At: at, Value: 2}))
	f.wait(t, 1)
	if st := s.Status(); st.RefusedRequests != 1 || st.Failure != "" {
		t.Errorf("status: %+v", st)
	}
}
