package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const hookSecret = "browser-test-secret"

// message is a webhook that arrived.
type message struct {
	Person   string `json:"-"`
	Incident string
	Code     string
	URL      string
	AckURL   string `json:"ack_url"`
}

// receiver is everybody's telephone: it takes signed webhooks on loopback.
type receiver struct {
	t        *testing.T
	server   *httptest.Server
	messages chan message
}

func openReceiver(t *testing.T) *receiver {
	r := &receiver{t: t, messages: make(chan message, 1000)}
	r.server = httptest.NewServer(http.HandlerFunc(r.take))
	t.Cleanup(r.server.Close)
	return r
}

func (r *receiver) url(person string) string { return r.server.URL + "/" + person }

func (r *receiver) take(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // the sender gave up
	}
	mac := hmac.New(sha256.New, []byte(hookSecret))
	mac.Write(body)
	if req.Header.Get("X-Mainstay-Signature") != "sha256="+hex.EncodeToString(mac.Sum(nil)) {
		r.t.Errorf("the webhook to %s is not signed with the secret of its method", req.URL.Path)
	}
	m := message{Person: strings.Trim(req.URL.Path, "/")}
	if err := json.Unmarshal(body, &m); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.messages <- m
}

// page waits for the message that pages somebody for an incident.
func (r *receiver) page(key string) message {
	r.t.Helper()
	return r.await("that somebody is paged for "+key, func(m message) bool { return m.Incident == key && m.AckURL != "" })
}

// await waits for a message; those before it are lost.
func (r *receiver) await(what string, fits func(message) bool) message {
	r.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case m := <-r.messages:
			if fits(m) {
				return m
			}
		case <-deadline:
			r.t.Fatalf("not within %v: %s", patience, what)
		}
	}
}
