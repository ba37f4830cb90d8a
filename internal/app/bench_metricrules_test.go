package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/internal/app"
	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/config"
)

// BenchmarkSampleToWebhook pushes gauges over their thresholds, while 1,000 other rules are evaluated every second
// because their samples land. Run it by hand: go test -run NONE -bench SampleToWebhook -benchtime 1x ./internal/app
func BenchmarkSampleToWebhook(b *testing.B) {
	for b.Loop() {
		measureGauges(b)
	}
}

const (
	otherGroups = 100
	otherRules  = 10 // of each
)

func measureGauges(b *testing.B) {
	p := &probes{sent: map[string]func() time.Duration{}, all: make(chan struct{}, benchProbes)}
	hooks := httptest.NewServer(p)
	defer hooks.Close()
	a, err := app.New(b.Context(), app.Options{DataDir: b.TempDir(), Listen: "127.0.0.1:0", BootstrapToken: apptest.Token})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := a.Rooms.Config.Apply(b.Context(), actor.Mainstay, []config.File{{Name: "bench.yaml", Text: gaugeRules(hooks.URL)}}); err != nil {
		b.Fatal(err)
	}
	a.Start(b.Context())
	defer func() {
		if err := a.Stop(b.Context()); err != nil {
			b.Error(err)
		}
	}()
	if err := a.Series.Ready(b.Context()); err != nil {
		b.Fatal(err)
	}
	base, quit := "http://"+a.Addr(), make(chan struct{})
	go landEverySecond(b, base, quit)
	for i := range benchProbes {
		<-clock.Wall().After(100 * time.Millisecond)
		name := fmt.Sprintf("probe-%d", i)
		p.mu.Lock()
		p.sent[name] = clock.Stopwatch()
		p.mu.Unlock()
		postSamples(b, base, fmt.Sprintf("gauge_%d{probe=%q,service=\"s%d\"} 500\n", i, name, i))
	}
	for range benchProbes {
		select {
		case <-p.all:
		case <-clock.Wall().After(time.Minute):
			b.Fatal("a page is missing after a minute")
		}
	}
	close(quit)
	slices.Sort(p.took)
	b.ReportMetric(float64(p.took[len(p.took)/2].Milliseconds()), "p50-ms")
	b.ReportMetric(float64(p.took[len(p.took)*99/100].Milliseconds()), "p99-ms")
	b.ReportMetric(otherGroups*otherRules, "other-rules")
}

// gaugeRules are a group for each probe, with its own person, and others that have nothing to say.
func gaugeRules(hooks string) (text string) {
	for i := range benchProbes {
		text += fmt.Sprintf(`---
{kind: User, name: p%[1]d, role: first-line}
---
{kind: Contacts, name: p%[1]d, methods: [{name: hook, channel: webhook, address: %[2]s/p%[1]d, secret: scenario-secret, verified: true}]}
---
{kind: Team, name: t%[1]d, level: L1, members: [p%[1]d]}
---
{kind: Service, name: s%[1]d, tier: 1, owner: t%[1]d}
---
{kind: MetricRules, name: probe-%[1]d, rules: [{alert: Deep, expr: "gauge_%[1]d > 100", labels: {severity: critical}, annotations: {summary: "{{ $labels.probe }}"}}]}
`, i, hooks)
	}
	for i := range otherGroups {
		var rules []string
		for n := range otherRules {
			rules = append(rules, fmt.Sprintf(`{alert: R%d, expr: "max by (host) (rate(other_%d[5m])) > %d", for: 1m}`, n, i, 1000+n))
		}
		text += fmt.Sprintf("---\n{kind: MetricRules, name: other-%d, rules: [%s]}\n", i, strings.Join(rules, ", "))
	}
	return text
}

// landEverySecond pushes samples that all other groups read.
func landEverySecond(b *testing.B, base string, quit chan struct{}) {
	for n := 0; ; n++ {
		var text strings.Builder
		for i := range otherGroups {
			for host := range 10 {
				fmt.Fprintf(&text, "other_%d{host=\"h%d\"} %d\n", i, host, n)
			}
		}
		postSamples(b, base, text.String())
		select {
		case <-quit:
			return
		case <-clock.Wall().After(time.Second):
		}
	}
}

func postSamples(b *testing.B, base, text string) {
	req, err := http.NewRequest(http.MethodPost, base+"/api/v1/import/prometheus", strings.NewReader(text))
	if err != nil {
		b.Error(err)
		return
	}
	req.Header.Set("Authorization", "Bearer "+apptest.Token)
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Error(err)
		return
	}
	if err := answer.Body.Close(); err != nil || answer.StatusCode >= 300 {
		b.Errorf("answer %d, %v", answer.StatusCode, err)
	}
}
