package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mainstay/internal/app"
	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/config"
	"mainstay/internal/engine/db/dbtest"
)

const benchToken = "benchmark-admin-token"

// running is a server with its workers, on wall time, and the receiver of its webhooks.
type running struct {
	*app.App
	hook   *benchHook
	client http.Client
}

func start(b *testing.B, kind string) *running {
	b.Helper()
	o := app.Options{DataDir: b.TempDir(), Listen: "127.0.0.1:0", BootstrapToken: benchToken, Log: slog.New(slog.DiscardHandler)}
	if kind == "postgres" {
		o.Database = dbtest.URL(b, kind)
	}
	a, err := app.New(context.Background(), o)
	if err != nil {
		b.Fatal(err)
	}
	a.Start(context.Background())
	r := &running{App: a, hook: newBenchHook(b)}
	r.client.Transport = &http.Transport{MaxIdleConnsPerHost: 64}
	b.Cleanup(func() {
		r.client.CloseIdleConnections()
		if err := a.Stop(context.Background()); err != nil {
			b.Error(err)
		}
	})
	return r
}

// configure gives every service an owner team of one person with a webhook; people own
// the services in turn.
func (r *running) configure(b *testing.B, services, people int) {
	b.Helper()
	var y strings.Builder
	for p := range people {
		fmt.Fprintf(&y, "kind: User\nname: p%d\nrole: first-line\n---\nkind: Team\nname: t%d\nlevel: L1\nmembers: [p%d]\n---\n", p, p, p)
		fmt.Fprintf(&y, "kind: Contacts\nname: p%d\nmethods: [{name: hook, channel: webhook, address: %q, verified: true}]\n---\n", p, r.hook.url(p))
	}
	for s := range services {
		fmt.Fprintf(&y, "kind: Service\nname: s%d\ntier: 1\nowner: t%d\n---\n", s, s%people)
	}
	by := actor.Actor{Kind: actor.System, ID: "bench", Name: "Benchmark"}
	_, err := r.Rooms.Config.Apply(context.Background(), by, []config.File{{Name: "bench.yaml", Text: y.String()}})
	if err != nil {
		b.Fatal(err)
	}
}

func (r *running) post(b *testing.B, service int, alert string) {
	b.Helper()
	body := fmt.Sprintf(`[{"labels":{"alertname":%q,"service":"s%d","severity":"critical"}}]`, alert, service)
	req, err := http.NewRequest(http.MethodPost, "http://"+r.Addr()+"/api/v2/alerts", strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+benchToken)
	req.Header.Set("Content-Type", "application/json")
	resp, err := r.client.Do(req)
	if err != nil {
		b.Error(err)
		return
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		b.Errorf("answer %s", resp.Status)
	}
}

// BenchmarkAlertsAccepted sends single alerts from many senders; each answer is one
// durable transaction.
func BenchmarkAlertsAccepted(b *testing.B) {
	for _, kind := range dbtest.Kinds() {
		b.Run(kind, func(b *testing.B) {
			r := start(b, kind)
			r.configure(b, 20, 20)
			var n atomic.Int64
			took := clock.Stopwatch()
			b.SetParallelism(8)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					i := int(n.Add(1))
					r.post(b, i%20, fmt.Sprintf("Alert%d", i))
				}
			})
			b.ReportMetric(float64(b.N)/took().Seconds(), "alerts/s")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkPostToWebhook sends 50 alerts a second, each for a service and a person of its
// own, and measures from before the POST until the webhook has arrived.
func BenchmarkPostToWebhook(b *testing.B) {
	const alerts, perSecond = 300, 50
	for _, kind := range dbtest.Kinds() {
		b.Run(kind, func(b *testing.B) {
			for range b.N {
				r := start(b, kind)
				r.configure(b, alerts, alerts)
				var wg sync.WaitGroup
				for i := range alerts {
					wg.Go(func() {
						r.hook.expect(i)
						r.post(b, i, fmt.Sprintf("Alert%d", i))
					})
					<-clock.Wall().After(time.Second / perSecond)
				}
				wg.Wait()
				r.hook.wait(b, alerts)
				all := r.hook.latencies()
				b.ReportMetric(ms(all[len(all)/2]), "p50-ms")
				b.ReportMetric(ms(all[len(all)*99/100]), "p99-ms")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkBurst sends 1,000 alerts over 200 services at once and measures until every
// incident has reached its person.
func BenchmarkBurst(b *testing.B) {
	const alerts, services, people, senders = 1000, 200, 20, 16
	for _, kind := range dbtest.Kinds() {
		b.Run(kind, func(b *testing.B) {
			for range b.N {
				r := start(b, kind)
				r.configure(b, services, people)
				took := clock.Stopwatch()
				var wg sync.WaitGroup
				for s := range senders {
					wg.Go(func() {
						for i := s; i < alerts; i += senders {
							r.post(b, i%services, fmt.Sprintf("Alert%d", i))
						}
					})
				}
				wg.Wait()
				b.ReportMetric(took().Seconds(), "accepted-s")
				r.hook.wait(b, services)
				b.ReportMetric(took().Seconds(), "all-paged-s")
				b.ReportMetric(float64(r.hook.deliveries()), "deliveries")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkIdleMemory reports what an idle server with an empty database holds.
func BenchmarkIdleMemory(b *testing.B) {
	for b.Loop() {
		start(b, "sqlite")
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapInuse+m.StackInuse)/(1<<20), "heap-MB")
		b.ReportMetric(float64(m.Sys-m.HeapReleased)/(1<<20), "from-os-MB")
	}
	b.ReportMetric(0, "ns/op")
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// benchHook takes webhooks and notes when each incident first arrived.
type benchHook struct {
	server *httptest.Server
	since  func() time.Duration

	mu      sync.Mutex
	sent    map[int]time.Duration // person → when the alert was sent
	arrived map[int]time.Duration // person → when the first page arrived
	seen    map[string]bool       // incident keys
	count   int
	changed chan struct{}
}

func newBenchHook(b *testing.B) *benchHook {
	h := &benchHook{since: clock.Stopwatch(), sent: map[int]time.Duration{}, arrived: map[int]time.Duration{},
		seen: map[string]bool{}, changed: make(chan struct{}, 1)}
	h.server = httptest.NewServer(h)
	b.Cleanup(h.server.Close)
	return h
}

func (h *benchHook) url(person int) string { return fmt.Sprintf("%s/%d", h.server.URL, person) }

func (h *benchHook) expect(person int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sent[person] = h.since()
}

// ServeHTTP notes every incident that a delivery names.
func (h *benchHook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := h.since()
	var m struct {
		Incident  string
		Incidents []struct{ Incident string }
	}
	if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var person int
	_, _ = fmt.Sscanf(r.URL.Path, "/%d", &person)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.count++
	h.seen[m.Incident] = true
	for _, i := range m.Incidents {
		h.seen[i.Incident] = true
	}
	if _, ok := h.arrived[person]; !ok {
		h.arrived[person] = at
	}
	select {
	case h.changed <- struct{}{}:
	default:
	}
}

// wait returns when n incidents have arrived.
func (h *benchHook) wait(b *testing.B, n int) {
	b.Helper()
	deadline := clock.Wall().After(time.Minute)
	for {
		h.mu.Lock()
		seen := len(h.seen)
		h.mu.Unlock()
		if seen >= n {
			return
		}
		select {
		case <-h.changed:
		case <-deadline:
			b.Fatalf("%d of %d incidents arrived within a minute", seen, n)
		}
	}
}

func (h *benchHook) deliveries() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.count
}

// latencies returns from POST to arrival, sorted.
func (h *benchHook) latencies() []time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []time.Duration
	for person, at := range h.arrived {
		out = append(out, at-h.sent[person])
	}
	slices.Sort(out)
	return out
}
