package apptest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// Secret signs the webhooks of scenarios.
const Secret = "scenario-secret"

// Received is a webhook that arrived.
type Received struct {
	Path      string // "/ana"
	Signed    bool   // with Secret
	ID        string
	Kind      string
	Incident  string
	Title     string
	Text      string
	Why       string
	Code      string
	Repeat    bool
	AckURL    string `json:"ack_url"`
	Incidents []struct {
		Incident string
		AckURL   string `json:"ack_url"`
	}
}

// Receiver takes webhooks on loopback and behaves as badly as it is told, by path.
type Receiver struct {
	server *httptest.Server
	on     func(Received)

	mu       sync.Mutex
	hanging  map[string]chan struct{}
	answer   map[string]int
	received []Received
}

func openReceiver(t testing.TB, on func(Received)) *Receiver {
	r := &Receiver{on: on, hanging: map[string]chan struct{}{}, answer: map[string]int{}}
	r.server = httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(func() {
		r.mu.Lock()
		for path, ch := range r.hanging {
			close(ch)
			delete(r.hanging, path)
		}
		r.mu.Unlock()
		r.server.Close()
	})
	return r
}

// Hang lets a path take requests and never answer, until Release.
func (r *Receiver) Hang(path string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hanging[path] = make(chan struct{})
}

// Release ends Hang.
func (r *Receiver) Release(path string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.hanging[path])
	delete(r.hanging, path)
}

// Gone lets a path answer 410 from now on.
func (r *Receiver) Gone(path string) { r.Answer(path, http.StatusGone) }

// Answer lets a path answer with a status from now on; 0 makes it well again.
func (r *Receiver) Answer(path string, status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer[path] = status
}

// Received returns everything that was taken so far.
func (r *Receiver) Received() []Received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Received(nil), r.received...)
}

// Incidents counts the different incidents that have arrived at a path.
func (r *Receiver) Incidents(path string) int {
	seen := map[string]bool{}
	for _, m := range r.Received() {
		if m.Path != path {
			continue
		}
		seen[m.Incident] = true
		for _, i := range m.Incidents {
			seen[i.Incident] = true
		}
	}
	return len(seen)
}

func (r *Receiver) serve(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // the sender gave up
	}
	m := Received{Path: req.URL.Path}
	if err := json.Unmarshal(body, &m); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	mac := hmac.New(sha256.New, []byte(Secret))
	mac.Write(body)
	m.Signed = req.Header.Get("X-Mainstay-Signature") == "sha256="+hex.EncodeToString(mac.Sum(nil))
	r.mu.Lock()
	hang, status := r.hanging[m.Path], r.answer[m.Path]
	r.mu.Unlock()
	if hang != nil {
		select {
		case <-hang:
		case <-req.Context().Done():
		}
		return
	}
	if status != 0 {
		w.WriteHeader(status)
		return
	}
	r.mu.Lock()
	r.received = append(r.received, m)
	r.mu.Unlock()
	r.on(m)
}
