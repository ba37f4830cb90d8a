package webhook_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mainstay/internal/base/egress"
	"mainstay/internal/base/errs"
	"mainstay/internal/deliver/webhook"
	"mainstay/internal/engine/outbox"
)

const key = "a long secret"

var created = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// receiver keeps what is posted to it, and answers with its handler.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	bodies  [][]byte
	headers []http.Header
}

func open(t *testing.T, answer http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		r.mu.Lock()
		r.bodies, r.headers = append(r.bodies, body), append(r.headers, req.Header)
		r.mu.Unlock()
		if answer != nil {
			answer(w, req)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.bodies)
}

func (r *receiver) object(t *testing.T, n int) (out map[string]any) {
	t.Helper()
	if err := json.Unmarshal(r.bodies[n], &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func sender() *webhook.Sender {
	return webhook.New(webhook.Config{Version: "1.2", Secret: func(_ context.Context, method string) (string, error) {
		switch method {
		case "method-1":
			return key, nil
		case "removed":
			return "", errs.NotFoundf("the contact method has been removed")
		}
		return "", errors.New("the database is away")
	}})
}

func send(t *testing.T, v outbox.Delivery) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return sender().Send(ctx, v)
}

func message(n int) outbox.Message {
	return outbox.Message{
		ID: outbox.ID(fmt.Sprint("message-", n)), Kind: outbox.PageKind, Created: created.Add(time.Duration(n) * time.Second),
		Content: outbox.Content{
			Incident: fmt.Sprint("INC-", n), Service: "payments", Severity: 1, Title: "Payments: Queue depth", Text: "Since 08:55.",
			Why: "response clock, step 1 of 2", URL: "https://desk.example/incidents/INC-1", AckURL: fmt.Sprint("https://desk.example/a/token-", n),
		},
	}
}

func delivery(address string, messages ...outbox.Message) outbox.Delivery {
	return outbox.Delivery{ID: "attempt-1", Channel: outbox.Webhook, Address: address, Method: "method-1", Kind: messages[0].Kind, Messages: messages}
}

// fate is what the outbox makes of an error.
func fate(err error) string {
	_, notSent := errors.AsType[*outbox.NotSentError](err)
	switch {
	case err == nil:
		return "sent"
	case outbox.IsPermanent(err):
		return "failed for good"
	case notSent:
		return "not sent"
	}
	return "may have arrived"
}

func TestPageIsOneSignedPost(t *testing.T) {
	r := open(t, nil)
	v := delivery(r.URL+"/ana", message(1))
	if err := send(t, v); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"id": "message-1", "kind": "page", "incident": "INC-1", "service": "payments", "severity": 1.0,
		"title": "Payments: Queue depth", "text": "Since 08:55.", "why": "response clock, step 1 of 2", "repeat": false,
		"ack_url": "https://desk.example/a/token-1", "url": "https://desk.example/incidents/INC-1", "at": "2026-11-02T09:00:01Z",
	}
	if got := r.object(t, 0); !maps.Equal(got, want) {
		t.Errorf("posted %s", r.bodies[0])
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(r.bodies[0])
	for name, want := range map[string]string{
		"X-Mainstay-Signature": "sha256=" + hex.EncodeToString(mac.Sum(nil)), "X-Mainstay-Delivery": "attempt-1",
		"User-Agent": "Mainstay/1.2", "Content-Type": "application/json",
	} {
		if got := r.headers[0].Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestRepeatHasTheSameIDAndSaysSo(t *testing.T) {
	r := open(t, nil)
	first, repeat := delivery(r.URL, message(1), message(2)), delivery(r.URL, message(2), message(1))
	repeat.ID, repeat.Repeat = "attempt-2", true
	for _, v := range []outbox.Delivery{first, repeat} {
		if err := send(t, v); err != nil {
			t.Fatal(err)
		}
	}
	a, b := r.object(t, 0), r.object(t, 1)
	if a["id"] != b["id"] || a["repeat"] != false || b["repeat"] != true {
		t.Fatalf("%v then %v", a, b)
	}
}

func TestBundleListsItsIncidentsWorstFirst(t *testing.T) {
	r := open(t, nil)
	var all []outbox.Message
	for n, severity := range []int{3, 1, 0, 2, 1} {
		m := message(n + 1)
		m.Content.Severity = severity
		all = append(all, m)
	}
	if err := send(t, delivery(r.URL, all...)); err != nil {
		t.Fatal(err)
	}
	got := r.object(t, 0)
	if got["kind"] != "bundle" || got["incident"] != "INC-2" || got["severity"] != 1.0 || got["ack_url"] != "https://desk.example/a/token-2" {
		t.Errorf("%s", r.bodies[0])
	}
	var order []string
	for _, i := range got["incidents"].([]any) {
		o := i.(map[string]any)
		order = append(order, o["incident"].(string))
		for _, field := range []string{"id", "service", "title", "ack_url", "url", "at"} {
			if o[field] == "" || o[field] == nil {
				t.Errorf("%s of %v is missing", field, o["incident"])
			}
		}
	}
	if !slices.Equal(order, []string{"INC-2", "INC-5", "INC-4", "INC-1", "INC-3"}) {
		t.Errorf("order %v", order)
	}
}

func TestVerificationCarriesItsCode(t *testing.T) {
	r := open(t, nil)
	m := outbox.Message{ID: "m", Kind: outbox.VerifyKind, Created: created, Content: outbox.Content{Title: "Confirm", Code: "abcd-efgh"}}
	if err := send(t, delivery(r.URL, m)); err != nil {
		t.Fatal(err)
	}
	if got := r.object(t, 0); got["kind"] != "verify" || got["code"] != "abcd-efgh" {
		t.Fatalf("%s", r.bodies[0])
	}
}

func TestAnswersDecideWhatHappensNext(t *testing.T) {
	for status, want := range map[int]string{
		200: "sent", 202: "sent", 204: "sent",
		301: "failed for good", 302: "failed for good", 307: "failed for good",
		400: "failed for good", 401: "failed for good", 404: "failed for good", 410: "failed for good",
		408: "not sent", 425: "not sent", 429: "not sent", 503: "not sent",
		500: "may have arrived", 502: "may have arrived", 504: "may have arrived",
	} {
		r := open(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
		})
		err := send(t, delivery(r.URL+"/secret-path", message(1)))
		if got := fate(err); got != want {
			t.Errorf("%d: %s (%v), want %s", status, got, err, want)
		}
		if r.count() != 1 {
			t.Errorf("%d: %d requests", status, r.count())
		}
		if err != nil && (!strings.Contains(err.Error(), fmt.Sprint(status)) || strings.Contains(err.Error(), "secret-path")) {
			t.Errorf("%d: people read %q", status, err)
		}
	}
}

func TestBusyReceiverSaysHowLongToWait(t *testing.T) {
	for header, want := range map[string]time.Duration{"30": 30 * time.Second, "": 0, "soon": 0, "-1": 0} {
		r := open(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", header)
			w.WriteHeader(http.StatusTooManyRequests)
		})
		err := send(t, delivery(r.URL, message(1)))
		if e, ok := errors.AsType[*outbox.NotSentError](err); !ok || e.Pause != want {
			t.Errorf("%q: %v", header, err)
		}
	}
}

func TestHangingReceiverMayHaveTakenIt(t *testing.T) {
	entered := make(chan struct{}, 1)
	r := open(t, func(_ http.ResponseWriter, req *http.Request) {
		entered <- struct{}{}
		<-req.Context().Done()
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- sender().Send(ctx, delivery(r.URL, message(1))) }()
	<-entered
	cancel()
	if err := <-done; fate(err) != "may have arrived" {
		t.Fatalf("%s: %v", fate(err), err)
	}
}

func TestReceiverThatHangsUpMayHaveTakenIt(t *testing.T) {
	r := open(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	if err := send(t, delivery(r.URL+"/secret-path", message(1))); fate(err) != "may have arrived" || strings.Contains(err.Error(), "secret-path") {
		t.Fatalf("%s: %v", fate(err), err)
	}
}

func TestEndlessAnswerIsNotReadToItsEnd(t *testing.T) {
	r := open(t, func(w http.ResponseWriter, _ *http.Request) {
		for block := make([]byte, 32<<10); ; {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	})
	if err := send(t, delivery(r.URL, message(1))); err != nil {
		t.Fatal(err)
	}
}

func TestReceiverThatIsDownWasNotSentTo(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + l.Addr().String() + "/secret-path"
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := send(t, delivery(address, message(1))); fate(err) != "not sent" || strings.Contains(err.Error(), "secret-path") {
		t.Fatalf("%s: %v", fate(err), err)
	}
}

func TestUntrustedCertificateFailsForGood(t *testing.T) {
	s := httptest.NewUnstartedServer(nil)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	if err := send(t, delivery(s.URL, message(1))); fate(err) != "failed for good" || !strings.Contains(err.Error(), "certificate") {
		t.Fatalf("%s: %v", fate(err), err)
	}
}

func TestMetadataAndLinkLocalAddressesAreNeverSpokenTo(t *testing.T) {
	for _, address := range []string{
		"http://169.254.169.254/latest/meta-data", "http://[fe80::1]/", "http://[::ffff:169.254.169.254]/", "http://100.100.100.200/",
		"http://[fd00:ec2::254]/", "http://0.0.0.0:8484/", "http://[::]:8484/", "http://224.0.0.1/",
	} {
		if err := send(t, delivery(address, message(1))); fate(err) != "failed for good" || !strings.Contains(err.Error(), "not sent to this address") {
			t.Errorf("%s: %s: %v", address, fate(err), err)
		}
	}
}

func TestPrivateAddressesAreRefusedWhenTheDeskIsToldTo(t *testing.T) {
	r := open(t, nil)
	s := webhook.New(webhook.Config{Egress: egress.Rule{OnlyPublic: true}})
	for _, address := range []string{r.URL, "http://10.0.0.1/", "http://192.168.1.1/", "http://[fd12::1]/", "http://localhost:1/"} {
		if err := s.Send(context.Background(), delivery(address, message(1))); fate(err) != "failed for good" {
			t.Errorf("%s: %s: %v", address, fate(err), err)
		}
	}
	if r.count() != 0 {
		t.Fatal("something was posted")
	}
}

func TestNothingLeavesUnsignedByAccident(t *testing.T) {
	r := open(t, nil)
	for method, want := range map[string]string{"removed": "failed for good", "unreadable": "not sent"} {
		v := delivery(r.URL, message(1))
		v.Method = method
		if err := send(t, v); fate(err) != want {
			t.Errorf("%s: %s: %v", method, fate(err), err)
		}
	}
	if r.count() != 0 {
		t.Fatal("something was posted")
	}
}

func TestAddressThatCannotBeUsedFailsForGood(t *testing.T) {
	for _, bad := range []string{"", "http://", "::", "ftp://x.example/secret-path", "http://x.example:port/secret-path"} {
		if err := send(t, delivery(bad, message(1))); fate(err) != "failed for good" || strings.Contains(err.Error(), "secret-path") {
			t.Errorf("%q: %s: %v", bad, fate(err), err)
		}
	}
}
