package check

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/secret"
	"mainstay/internal/domain/alert"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/signal"
	"mainstay/internal/probe"
	"mainstay/internal/probe/small"
)

// counted takes samples and counts them.
type counted struct{ n int }

func (c *counted) AppendSamples(_ context.Context, list []signal.Series) (signal.Taken, error) {
	c.n += len(list)
	return signal.Taken{Stored: len(list)}, nil
}

// BenchmarkChecksOnLoopback makes checks as the schedule does, as many at once as it would, with their series
// and the steps that store what changes. Peers and probes share the machine.
func BenchmarkChecksOnLoopback(b *testing.B) {
	l, err := new(net.ListenConfig).Listen(b.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.Close()
		}
	}()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("OK")) }))
	defer web.Close()
	for name, spec := range map[string]probe.Spec{
		"tcp":  {TCP: &probe.TCP{Address: l.Addr().String()}},
		"http": {HTTP: &probe.HTTP{URL: web.URL, Expect: probe.Expect{Contains: []string{"OK"}}}},
	} {
		b.Run(name, func(b *testing.B) { benchChecks(b, spec) })
	}
}

func benchChecks(b *testing.B, spec probe.Spec) {
	box, err := secret.New([]byte(strings.Repeat("k", secret.KeySize)))
	if err != nil {
		b.Fatal(err)
	}
	d := dbtest.Open(b, dbtest.URL(b, "sqlite"), clock.Wall())
	samples := &counted{}
	s := New(Config{DB: d, Box: box, Alerts: alert.New(alert.Config{DB: d}), Samples: samples, Probes: small.Set()})
	const checks = 1000
	var entries []*entry
	for i := range checks {
		c := Check{ID: ID(fmt.Sprint("c", i)), Name: fmt.Sprint("check-", i), Spec: Spec{Probe: spec, Every: probe.Span(time.Second)}}
		e := &entry{Check: c, plain: c.Spec, spots: map[string]*spot{Server: {Place: Place{Name: Server, State: OK}}}}
		entries = append(entries, e)
		s.book[c.ID] = e
	}
	took := clock.Stopwatch()
	n := 0
	for b.Loop() {
		var all errgroup.Group
		all.SetLimit(128)
		for _, e := range entries {
			all.Go(func() error { s.make(b.Context(), string(e.ID)); return nil })
		}
		if err := all.Wait(); err != nil {
			b.Fatal(err)
		}
		if _, err := s.Flush(b.Context()); err != nil {
			b.Fatal(err)
		}
		n += checks
	}
	b.ReportMetric(float64(n)/took().Seconds(), "checks/s")
	b.ReportMetric(float64(samples.n)/float64(n), "samples/check")
	for _, e := range entries {
		if e.spots[Server].State != OK {
			b.Fatalf("%+v", e.spots[Server].Result)
		}
	}
}
