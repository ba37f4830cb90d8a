package agent

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"mainstay/internal/agent/settings"
	"mainstay/internal/base/clock"
)

// receiver is a server that keeps what it is sent.
type receiver struct {
	*httptest.Server

	mu          sync.Mutex
	lines       []map[string]string
	inventories []inventory
	requests    int
	answer      func(body string) (code int, header http.Header) // nil: 200
	arrived     chan struct{}
}

type inventory struct {
	Root  string
	Taken time.Time
	Files []struct {
		Path, SHA256, Mode, Owner string
		Size                      int64
		Modified                  time.Time
	}
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{arrived: make(chan struct{}, 1)}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

// text is the body as it was before it was compressed.
func text(r *http.Request) (string, error) {
	body := io.Reader(r.Body)
	var err error
	switch r.Header.Get("Content-Encoding") {
	case "gzip":
		body, err = gzip.NewReader(r.Body)
	case "zstd":
		body, err = zstd.NewReader(r.Body)
	}
	if err != nil {
		return "", err
	}
	raw, err := io.ReadAll(body)
	return string(raw), err
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := text(req)
	if err != nil {
		return // cut off
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests++
	if req.Header.Get("Authorization") != "Bearer k3y" {
		http.Error(w, "who are you?", http.StatusUnauthorized)
		return
	}
	if r.answer != nil {
		if code, header := r.answer(body); code != http.StatusOK {
			maps.Copy(w.Header(), header)
			http.Error(w, "not now", code)
			return
		}
	}
	switch req.URL.Path {
	case "/insert/jsonline":
		if !strings.HasPrefix(req.URL.RawQuery, "_msg_field=_msg&_parse_msg=auto&_stream_fields=host%2Cfile&_time_field=_time&_zone=") {
			http.Error(w, "bad query", http.StatusBadRequest)
			return
		}
		for line := range strings.Lines(body) {
			var fields map[string]string
			if err := json.Unmarshal([]byte(line), &fields); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			r.lines = append(r.lines, fields)
		}
	case "/api/v1/hosts/web1/files":
		var i inventory
		if err := json.Unmarshal([]byte(body), &i); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		r.inventories = append(r.inventories, i)
	default:
		http.NotFound(w, req)
	}
	select {
	case r.arrived <- struct{}{}:
	default:
	}
}

// set changes what the server answers.
func (r *receiver) set(answer func(body string) (int, http.Header)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

func always(code int) func(string) (int, http.Header) {
	return func(string) (int, http.Header) { return code, nil }
}

// take returns what arrived since the last call: lines, or what one field of them says.
func (r *receiver) take(field string) (values []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range r.lines {
		values = append(values, l[field])
	}
	r.lines = nil
	return values
}

func (r *receiver) count() int { r.mu.Lock(); defer r.mu.Unlock(); return r.requests }

// host is a machine with an agent on it.
type host struct {
	*testing.T
	*receiver
	dir   string
	clock *clock.Fake
	agent *Agent
}

// newHost has an agent with a configuration; $DIR and $SERVER stand for the host's directory and
// its server.
func newHost(t *testing.T, yaml string) *host {
	t.Helper()
	h := &host{T: t, receiver: newReceiver(t), dir: t.TempDir(), clock: clock.NewFake(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))}
	yaml = "server: $SERVER\nkey: k3y\nhost: web1\nstate: $DIR/state\n" + yaml
	yaml = os.Expand(yaml, func(name string) string { return map[string]string{"DIR": h.dir, "SERVER": h.URL}[name] })
	h.write("agent.yaml", yaml)
	h.restart()
	t.Cleanup(func() { h.must(h.agent.Close()) })
	return h
}

// restart ends the agent and starts it anew from its files.
func (h *host) restart() {
	h.Helper()
	if h.agent != nil {
		h.must(h.agent.Close())
	}
	s, err := settings.Load(h.path("agent.yaml"), settings.Overrides{})
	h.must(err)
	h.agent, err = New(Options{Settings: s, Clock: h.clock, Log: slog.New(slog.DiscardHandler)})
	h.must(err)
}

func (h *host) path(name string) string { return filepath.Join(h.dir, name) }

func (h *host) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *host) write(name, text string) {
	h.Helper()
	h.must(os.MkdirAll(filepath.Dir(h.path(name)), 0o755))
	f, err := os.OpenFile(h.path(name), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Close())
	}
	h.must(err)
}

// work lets d pass and the agent work until nothing is left to do now.
func (h *host) work(d time.Duration) {
	h.Helper()
	h.clock.Advance(d)
	for _, w := range h.agent.watchers {
		_, err := w.Step(h.Context())
		h.must(err)
	}
	for {
		r, err := h.agent.Deliver(h.Context())
		h.must(err)
		if r.Did == 0 {
			return
		}
	}
}

func (h *host) want(got []string, want ...string) {
	h.Helper()
	if !slices.Equal(got, want) {
		h.Fatalf("got %q\nwant %q", got, want)
	}
}

// until waits for something that another goroutine or process does.
func (h *host) until(what string, ok func() bool) {
	h.Helper()
	ctx, cancel := context.WithTimeout(h.Context(), 30*time.Second)
	defer cancel()
	for !ok() {
		select {
		case <-h.arrived:
		case <-ctx.Done():
			h.Fatal(fmt.Errorf("%s did not come", what))
		}
	}
}
