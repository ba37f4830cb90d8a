package app_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mainstay/internal/app"
	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/config"
)

// probes measures how long it takes from sending a line to the webhook of its page.
type probes struct {
	mu   sync.Mutex
	sent map[string]func() time.Duration
	took []time.Duration
	all  chan struct{} // one for each that has come back
}

var probeName = regexp.MustCompile(`probe-\d+`)

// ServeHTTP takes webhooks.
func (p *probes) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, name := range probeName.FindAllString(string(body), -1) {
		if since, waiting := p.sent[name]; waiting {
			delete(p.sent, name)
			p.took = append(p.took, since())
			p.all <- struct{}{}
		}
	}
}

const (
	benchRules  = 100
	benchRate   = 20_000 // lines/s
	benchProbes = 90     // below the number of groups that have alerts of their own
)

// BenchmarkLineToWebhook sends 20,000 lines/s, judged by 100 rules, and among them single lines
// that page. Run it by hand: go test -run NONE -bench LineToWebhook -benchtime 1x ./internal/app
func BenchmarkLineToWebhook(b *testing.B) {
	for b.Loop() {
		measureProbes(b)
	}
}

func measureProbes(b *testing.B) {
	p := &probes{sent: map[string]func() time.Duration{}, all: make(chan struct{}, benchProbes)}
	hooks := httptest.NewServer(p)
	defer hooks.Close()
	a, err := app.New(b.Context(), app.Options{DataDir: b.TempDir(), Listen: "127.0.0.1:0", BootstrapToken: apptest.Token})
	if err != nil {
		b.Fatal(err)
	}
	text := "{kind: LogRule, name: probe, filter: 'probe:*', group_by: [probe], severity: 1}\n"
	for i := range benchProbes { // each has its own person: messages to one address keep a distance
		text += fmt.Sprintf(`---
{kind: User, name: p%[1]d, role: first-line}
---
{kind: Contacts, name: p%[1]d, methods: [{name: hook, channel: webhook, address: %[2]s/p%[1]d, secret: scenario-secret, verified: true}]}
---
{kind: Team, name: t%[1]d, level: L1, members: [p%[1]d]}
---
{kind: Service, name: s%[1]d, tier: 1, owner: t%[1]d}
`, i, hooks.URL)
	}
	text += rareRules(benchRules - 1)
	if _, err := a.Rooms.Config.Apply(b.Context(), actor.Mainstay, []config.File{{Name: "bench.yaml", Text: text}}); err != nil {
		b.Fatal(err)
	}
	a.Start(b.Context())
	defer func() {
		if err := a.Stop(b.Context()); err != nil {
			b.Error(err)
		}
	}()
	stop, sent := make(chan struct{}), sendLoad(b, "http://"+a.Addr())
	go func() { defer close(stop); p.send(b, "http://"+a.Addr()) }()
	<-stop
	for range benchProbes {
		select {
		case <-p.all:
		case <-clock.Wall().After(time.Minute):
			b.Fatal("a page is missing after a minute")
		}
	}
	lines, took := sent()
	slices.Sort(p.took)
	b.ReportMetric(float64(p.took[len(p.took)/2].Milliseconds()), "p50-ms")
	b.ReportMetric(float64(p.took[len(p.took)*99/100].Milliseconds()), "p99-ms")
	b.ReportMetric(float64(lines)/took.Seconds(), "lines/s")
}

// rareRules are a file of rules that hardly ever match.
func rareRules(n int) (text string) {
	for i := range n {
		text += fmt.Sprintf("---\n{kind: LogRule, name: rule-%d, filter: '\"rare word %d\" or (~\"code=%d[0-9]+ \" level:error)', when: at-least, count: 5, within: 1m, group_by: [host]}\n", i, i, i)
	}
	return text
}

func (p *probes) send(b *testing.B, base string) {
	for i := range benchProbes {
		<-clock.Wall().After(200 * time.Millisecond)
		name := fmt.Sprintf("probe-%d", i)
		p.mu.Lock()
		p.sent[name] = clock.Stopwatch()
		p.mu.Unlock()
		postLines(b, base, fmt.Appendf(nil, "{\"_msg\":\"this is %s\",\"probe\":%q,\"service\":\"s%d\"}\n", name, name, i))
	}
}

func postLines(b *testing.B, base string, body []byte) {
	req, err := http.NewRequest(http.MethodPost, base+"/insert/jsonline?_stream_fields=host", bytes.NewReader(body))
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
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	if answer.StatusCode >= 300 {
		b.Errorf("answer %d", answer.StatusCode)
	}
}

// sendLoad sends real lines, where they are at hand, until what it returns is called.
func sendLoad(b *testing.B, base string) (end func() (lines int64, took time.Duration)) {
	const perPost, senders = 1000, 2
	body := loadOf(perPost)
	quit, total := make(chan struct{}), make(chan int64, senders)
	took := clock.Stopwatch()
	for range senders {
		go func() {
			n := int64(0)
			defer func() { total <- n }()
			for {
				next := took().Seconds() * benchRate / senders
				if float64(n) < next {
					postLines(b, base, body)
					n += perPost
					continue
				}
				select {
				case <-quit:
					return
				case <-clock.Wall().After(10 * time.Millisecond):
				}
				continue
			}
		}()
	}
	return func() (int64, time.Duration) {
		close(quit)
		return <-total + <-total, took()
	}
}

func loadOf(n int) []byte {
	text, err := os.ReadFile(filepath.Join(os.Getenv("MAINSTAY_SHARED"), "data", "logs", "linux_auth.log"))
	lines := strings.Split(string(text), "\n")
	if err != nil || len(lines) < 2 {
		lines = []string{"sshd[1361]: Accepted publickey for ubuntu from 192.0.2.7 port 54259 ssh2", "systemd: Started session 12 of user ubuntu."}
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	for i := range n {
		_ = enc.Encode(map[string]string{"_msg": strings.ToValidUTF8(lines[i%len(lines)], "?"), "host": fmt.Sprintf("h%d", i%20), "level": "info"}) // to memory
	}
	return out.Bytes()
}
