package crashtest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"mainstay/internal/app"
	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/config"
	"mainstay/internal/engine/db/dbtest"
)

const (
	childEnv = "MAINSTAY_CRASH_CHILD" // the data directory
	childDB  = "MAINSTAY_CRASH_DATABASE"
	token    = "crash-test-token"
	secret   = "crash-test-secret"
)

// runChild is the server that gets killed. It says on standard output where it listens.
func runChild() int {
	ctx := context.Background()
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	a, err := app.New(ctx, app.Options{DataDir: os.Getenv(childEnv), Database: os.Getenv(childDB),
		Listen: "127.0.0.1:0", BootstrapToken: token, Log: log})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	a.Start(ctx)
	fmt.Println(a.Addr())
	// The parent kills us; when it dies first, the closing of standard input ends us.
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

// world is what is outside the server: a data directory that outlives it, senders of
// alerts, and the receiver of its webhooks.
type world struct {
	dir, database string
	hook          *hook

	mu           sync.Mutex
	acknowledged map[string]bool // alert names to which the server answered 200
	sent         int
}

func newWorld(t *testing.T, kind string) *world {
	w := &world{dir: t.TempDir(), hook: newHook(t), acknowledged: map[string]bool{}}
	if kind == "postgres" {
		w.database = dbtest.URL(t, kind)
	}
	return w
}

// configure gives the desk a service for which one person is paged by webhook.
func (w *world) configure(t *testing.T, a *app.App) {
	t.Helper()
	text := fmt.Sprintf(`
kind: User
name: kim
title: Kim Crash
role: first-line
---
kind: Team
name: desk
level: L1
members: [kim]
---
kind: Contacts
name: kim
methods:
  - {name: hook, channel: webhook, address: %q, secret: %s, verified: true}
---
kind: Policy
name: desk
response:
  steps:
    - after: 0m
      targets: [{person: kim}]
---
kind: Service
name: payments
title: Payments
tier: 1
owner: desk
policy: desk
group_by: [alertname]
`, w.hook.url, secret)
	by := actor.Actor{Kind: actor.System, ID: "test", Name: "crash test"}
	_, err := a.Rooms.Config.Apply(context.Background(), by, []config.File{{Name: "crash.yaml", Text: text}})
	if err != nil {
		t.Fatal(err)
	}
}

type child struct {
	cmd   *exec.Cmd
	stdin io.Closer
	url   string
}

func (w *world) start(t *testing.T) *child {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childEnv+"="+w.dir, childDB+"="+w.database)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the server did not start: %v", err)
	}
	return &child{cmd: cmd, stdin: stdin, url: "http://" + strings.TrimSpace(addr)}
}

// kill is kill -9: nothing in the child gets a chance to tidy up.
func (c *child) kill(t *testing.T) {
	t.Helper()
	if err := c.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.cmd.Wait() // "signal: killed" is what we want
	_ = c.stdin.Close()
}

const senders = 4

// sendAlerts sends alerts from several senders until life is over, noting which of them
// the server acknowledged. Requests are still under way then, for the kill to cut; wait
// returns when the last of them has ended.
func (w *world) sendAlerts(c *child, life time.Duration) (wait func()) {
	ctx, cancel := context.WithTimeout(context.Background(), life)
	defer cancel()
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() {
			for ctx.Err() == nil {
				w.sendOne(c)
			}
		})
	}
	<-ctx.Done()
	return wg.Wait
}

func (w *world) sendOne(c *child) {
	w.mu.Lock()
	w.sent++
	name := fmt.Sprintf("Alert%d", w.sent)
	w.mu.Unlock()
	body := fmt.Sprintf(`[{"labels":{"alertname":%q,"service":"payments","severity":"critical"}}]`, name)
	req, err := http.NewRequest(http.MethodPost, c.url+"/api/v2/alerts", strings.NewReader(body))
	if err != nil {
		panic(err) // the URL is ours
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return // cut off: the server promised nothing
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.acknowledged[name] = true
	}
}

// waitForPages lets the server work until no message waits.
func (w *world) waitForPages(t *testing.T, c *child) {
	t.Helper()
	deadline := clock.Wall().After(2 * time.Minute)
	for {
		if n := w.waiting(t, c); n == 0 {
			return
		}
		select {
		case <-deadline:
			t.Fatal("messages still wait after two minutes")
		case <-w.hook.arrived:
		case <-clock.Wall().After(100 * time.Millisecond):
		}
	}
}

// waiting counts messages that have not left.
func (w *world) waiting(t *testing.T, c *child) (n int) {
	t.Helper()
	for _, state := range []string{"queued", "sending"} {
		req, err := http.NewRequest(http.MethodGet, c.url+"/api/v1/messages?state="+state, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var list struct {
			Items []json.RawMessage `json:"items"`
		}
		err = json.NewDecoder(resp.Body).Decode(&list)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("messages: %s: %v", resp.Status, err)
		}
		n += len(list.Items)
	}
	return n
}

// hook receives webhooks and refuses what is not signed.
type hook struct {
	url     string
	arrived chan struct{}

	mu       sync.Mutex
	received int
	repeated int
	names    map[string]bool // of the alerts whose pages arrived
}

// alertName is how the title of a page ends: "Payments: Alert12".
var alertName = regexp.MustCompile(`Payments: (Alert\d+)"`)

func newHook(t *testing.T) *hook {
	h := &hook{arrived: make(chan struct{}, 1), names: map[string]bool{}}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

func (h *hook) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the child was killed while it sent
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	if r.Header.Get("X-Mainstay-Signature") != "sha256="+hex.EncodeToString(mac.Sum(nil)) {
		http.Error(rw, "bad signature", http.StatusForbidden)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.received++
	for _, m := range alertName.FindAllSubmatch(body, -1) {
		h.names[string(m[1])] = true
	}
	if bytes.Contains(body, []byte(`"repeat":true`)) {
		h.repeated++
	}
	select {
	case h.arrived <- struct{}{}:
	default:
	}
}

func (h *hook) paged(name string) bool { h.mu.Lock(); defer h.mu.Unlock(); return h.names[name] }
func (h *hook) count() int             { h.mu.Lock(); defer h.mu.Unlock(); return h.received }
func (h *hook) repeats() int           { h.mu.Lock(); defer h.mu.Unlock(); return h.repeated }
