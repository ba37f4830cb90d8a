package client_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/client"
)

// calling returns a client of a server that answers everything the same way.
func calling(t *testing.T, answer http.HandlerFunc) *client.Client {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	c, err := client.New(client.Config{Server: server.URL + "/", Token: "secret", Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWhatTheServerRefusesIsTheErrorThatItWas(t *testing.T) {
	for status, want := range map[int]errs.Kind{
		400: errs.Invalid, 401: errs.Unauthenticated, 403: errs.Forbidden, 404: errs.NotFound, 405: errs.Invalid, 409: errs.Conflict,
		413: errs.Invalid, 422: errs.Invalid, 429: errs.Unavailable, 500: errs.Internal, 502: errs.Unavailable, 503: errs.Unavailable,
	} {
		c := calling(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(`{"title":"No","detail":"the title is missing","errors":[{"path":"title","message":"is required"}]}`))
		})
		_, err := c.Incident(t.Context(), "INC-1")
		if errs.KindOf(err) != want || !strings.Contains(err.Error(), "the title is missing: title is required") {
			t.Errorf("%d: got %v (%v)", status, err, errs.KindOf(err))
		}
	}
}

func TestAnAnswerThatIsNoProblemIsToldByItsStatus(t *testing.T) {
	for _, body := range []string{"", "<html>Bad gateway</html>", `{"a":1}`, `"text"`} {
		c := calling(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
			_, _ = w.Write([]byte(body))
		})
		_, err := c.Incident(t.Context(), "INC-1")
		if !errs.Is(err, errs.Unavailable) || !strings.Contains(err.Error(), "502") {
			t.Errorf("%q: got %v", body, err)
		}
	}
}

func TestCallsAreMadeAsTheAPIWantsThem(t *testing.T) {
	var got *http.Request
	c := calling(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		_, _ = w.Write([]byte(`{"items":[],"next":null}`))
	})
	_, err := c.Incidents(t.Context(), client.IncidentFilter{Status: []string{"open", "closed"}, Words: "a b", Active: true, Limit: 7, Newest: true})
	if err != nil {
		t.Fatal(err)
	}
	if want := "/api/v1/incidents?active=true&limit=7&q=a+b&sort=newest&status=open&status=closed"; got.URL.String() != want {
		t.Errorf("got %s, want %s", got.URL, want)
	}
	if got.Header.Get("Authorization") != "Bearer secret" {
		t.Errorf("got %v", got.Header)
	}
	_, _ = c.Incident(t.Context(), "../../evil?x")
	if got.URL.EscapedPath() != "/api/v1/incidents/..%2F..%2Fevil%3Fx" {
		t.Errorf("got %s", got.URL.EscapedPath())
	}
}

func TestAServerThatIsNotThereIsUnavailable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	c, err := client.New(client.Config{Server: "http://" + address})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.System(t.Context()); !errs.Is(err, errs.Unavailable) || !strings.Contains(err.Error(), address+" cannot be reached") {
		t.Errorf("got %v", err)
	}
	for _, server := range []string{"", "desk", "ftp://desk", "http://", "http://a b"} {
		if _, err := client.New(client.Config{Server: server}); !errs.Is(err, errs.Invalid) {
			t.Errorf("%q: %v", server, err)
		}
	}
}

func TestACallEndsWithItsContextAndItsTimeout(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer server.Close()
	defer close(release)
	c, err := client.New(client.Config{Server: server.URL, Timeout: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.System(t.Context()); !errs.Is(err, errs.Unavailable) || !strings.Contains(err.Error(), "did not answer in time") {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.System(ctx); err == nil {
		t.Error("a call goes on after its context")
	}
}

func TestABackupThatIsCutOffIsAnError(t *testing.T) {
	c := calling(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(bytes.Repeat([]byte("x"), 100_000))
		panic(http.ErrAbortHandler)
	})
	var file bytes.Buffer
	if err := c.Backup(t.Context(), &file, true); !errs.Is(err, errs.Unavailable) {
		t.Errorf("got %v after %d bytes", err, file.Len())
	}
}
