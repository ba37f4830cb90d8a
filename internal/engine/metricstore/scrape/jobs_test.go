package scrape_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/engine/metricstore"
	"mainstay/internal/engine/metricstore/scrape"
)

// target is something that exposes samples; its text may change.
type target struct {
	*httptest.Server
	text  atomic.Value
	asked chan struct{}
}

func newTarget(t *testing.T, text string) *target {
	g := &target{asked: make(chan struct{}, 1000)}
	g.text.Store(text)
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		_, _ = io.WriteString(w, g.text.Load().(string))
		g.asked <- struct{}{}
	}))
	t.Cleanup(g.Close)
	return g
}

func (g *target) address() string { return strings.TrimPrefix(g.URL, "http://") }

// twice waits until the target has been asked again, so that what it told before is stored.
func (g *target) twice(t *testing.T) {
	t.Helper()
	for range 2 {
		select {
		case <-g.asked:
		case <-time.After(30 * time.Second):
			t.Fatal("nobody fetches from the target")
		}
	}
}

func begin(t *testing.T, text string) (*metricstore.Store, *scrape.Jobs) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "scrape.yml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := metricstore.New(metricstore.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	jobs, err := scrape.New(scrape.Config{File: file, Store: s, Soon: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		jobs.Stop()
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := s.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	jobs.Start()
	return s, jobs
}

func ask(t *testing.T, s *metricstore.Store, expr string) string {
	t.Helper()
	list, err := s.Instant(context.Background(), expr, clock.Wall().Now())
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, one := range list {
		for _, f := range one.Labels {
			b.WriteString(f.Name + "=" + f.Value + " ")
		}
		fmt.Fprintf(&b, "%v\n", one.Points[0].Value)
	}
	return b.String()
}

// until waits for an answer.
func until(t *testing.T, s *metricstore.Store, expr, want string) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	for {
		got := ask(t, s, expr)
		if strings.Contains(got, want) {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("%s gives %q, want %q", expr, got, want)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func TestTargetsAreFetchedFromAndDeadOnesShow(t *testing.T) {
	alive := newTarget(t, "queue_depth{job=\"own\"} 7\n")
	dead := httptest.NewServer(http.NotFoundHandler())
	dead.Close()
	others := filepath.Join(t.TempDir(), "more.json")
	if err := os.WriteFile(others, []byte(`[{"targets":["`+strings.TrimPrefix(dead.URL, "http://")+`"],"labels":{"service":"payments"}}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	s, jobs := begin(t, fmt.Sprintf(`
global: {scrape_interval: 1s}
scrape_configs:
- job_name: queues
  static_configs: [{targets: [%q], labels: {zone: b}}]
- job_name: others
  file_sd_configs: [{files: [%q]}]
`, alive.address(), others))
	until(t, s, `queue_depth`, "exported_job=own instance="+alive.address()+" job=queues zone=b 7\n")
	until(t, s, `up{job="others"}`, "service=payments 0\n")
	until(t, s, `up{job="queues"}`, " 1\n")
	if st := jobs.Status(); st.Jobs != 2 || st.Problem != "" || st.Loaded.IsZero() {
		t.Errorf("status: %+v", st)
	}
	answer, err := s.SelectSeries(context.Background(), "targets", url.Values{"state": {"active"}})
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if text := string(body); err != nil || !strings.Contains(text, `"health":"up"`) || !strings.Contains(text, "connection refused") {
		t.Errorf("targets: %s %v", text, err)
	}
}

// TestSamplesOfTargetsThatAreFarAheadAreSeen: the library keeps them from the store by itself.
func TestSamplesOfTargetsThatAreFarAheadAreSeen(t *testing.T) {
	ahead := clock.Wall().Now().Add(time.Hour).UnixMilli()
	g := newTarget(t, fmt.Sprintf("good 1\nfar{x=\"y\"} 2 %d\n", ahead))
	s, _ := begin(t, fmt.Sprintf("scrape_configs: [{job_name: j, scrape_interval: 1s, scrape_timeout: 1s, static_configs: [{targets: [%q]}]}]", g.address()))
	until(t, s, `good`, "job=j 1\n")
	g.twice(t)
	list, total := s.Refused()
	if total == 0 || list[0].Via != "scrape" || list[0].Labels.Get("__name__") != "far" || list[0].Labels.Get("x") != "y" || list[0].Labels.Get("job") != "j" ||
		!strings.Contains(list[0].Labels.Get("instance"), g.address()) || !strings.Contains(list[0].Why, "ahead") {
		t.Errorf("refused: %d %+v", total, list)
	}
	if got := ask(t, s, `far offset -2h`); got != "" {
		t.Errorf("stored: %q", got)
	}
}

func TestAFileWithAMistakeChangesNothing(t *testing.T) {
	g := newTarget(t, "m 1\n")
	sound := fmt.Sprintf("scrape_configs: [{job_name: j, scrape_interval: 1s, scrape_timeout: 1s, static_configs: [{targets: [%q]}]}]", g.address())
	s, jobs := begin(t, sound)
	until(t, s, `m`, "job=j 1\n")
	file := jobs.Status().File
	if err := os.WriteFile(file, []byte("scrape_configs: [{job_name: }]"), 0o600); err != nil {
		t.Fatal(err)
	}
	jobs.Look()
	if st := jobs.Status(); st.Problem == "" || st.Jobs != 1 || st.Since.IsZero() {
		t.Errorf("with a mistake: %+v", st)
	}
	g.text.Store("m 2\n")
	until(t, s, `m`, "job=j 2\n")
	if err := os.WriteFile(file, []byte(strings.Replace(sound, "job_name: j", "job_name: k", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	jobs.Look()
	if st := jobs.Status(); st.Problem != "" || st.Jobs != 1 {
		t.Errorf("mended: %+v", st)
	}
	until(t, s, `m{job="k"}`, "job=k 2\n")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	jobs.Look()
	if st := jobs.Status(); !strings.Contains(st.Problem, "no such file") {
		t.Errorf("removed: %+v", st)
	}
}

func TestWhatIsNotSupportedIsRefusedByName(t *testing.T) {
	for text, want := range map[string]string{
		"scrape_configs:\n- job_name: k8s\n  kubernetes_sd_configs: [{role: pod}]": `line 3: job "k8s" finds its targets by kubernetes_sd_configs, which is not supported: use one of static_configs, file_sd_configs, dns_sd_configs`,
		"scrape_configs: [{consul_sd_configs: [{}]}]":                              "job 1 finds its targets by consul_sd_configs",
		"rule_files: [a.yml]":                                   "mainstay apply -f FILE",
		"remote_write: [{url: http://x}]":                       "metrics.write_url",
		"scrape_configs: [{job_name: a, scrape_intervall: 5s}]": "scrape_intervall",
		"scrape_configs: [{job_name: a}, {job_name: a}]":        "multiple scrape configs",
		"scrape_configs: [":                                     "yaml",
	} {
		_, err := scrape.Parse([]byte(text), ".")
		if !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: %v", text, err)
			continue
		}
		said := err.Error()
		for _, f := range errs.FieldsOf(err) {
			said += " " + f.Path + ": " + f.Message
		}
		if !strings.Contains(said, want) {
			t.Errorf("%s: %s, want %s", text, said, want)
		}
	}
	c, err := scrape.Parse([]byte("scrape_configs: [{job_name: d, dns_sd_configs: [{names: [a.example], type: A, port: 9100}], file_sd_configs: [{files: [x.yml]}]}]"), "/etc/jobs")
	if err != nil || len(c.ScrapeConfigs) != 1 || len(c.ScrapeConfigs[0].ServiceDiscoveryConfigs) != 2 {
		t.Errorf("%+v %v", c, err)
	}
}
