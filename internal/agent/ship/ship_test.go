package ship_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"mainstay/internal/agent/ship"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
)

func sender(t *testing.T, clk clock.Clock, serve http.HandlerFunc) *ship.Sender {
	server := httptest.NewServer(serve)
	t.Cleanup(server.Close)
	return ship.New(ship.Config{Server: server.URL, Key: "k", Compression: "gzip", Clock: clk, Log: slog.New(slog.DiscardHandler)})
}

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func body(text string) ship.Body { return ship.Body{Path: "/x", Open: ship.Bytes([]byte(text))} }

func TestARequestUnderWayIsAnsweredWhenTheAgentStops(t *testing.T) {
	arrived, answer := make(chan struct{}), make(chan struct{})
	s := sender(t, clock.NewFake(start), func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		close(arrived)
		<-answer
	})
	ctx, stop := context.WithCancel(t.Context())
	result := make(chan ship.Outcome, 1)
	go func() { outcome, _ := s.Send(ctx, body("one")); result <- outcome }()
	<-arrived
	stop()
	close(answer)
	if outcome := <-result; outcome != ship.Stored {
		t.Fatalf("outcome %d", outcome)
	}
	if outcome, _ := s.Send(ctx, body("two")); outcome != ship.Later {
		t.Fatalf("a request was begun after the stop: %d", outcome)
	}
}

func TestARequestThatIsNotAnsweredDoesNotHoldTheStopUp(t *testing.T) {
	arrived, answer := make(chan struct{}), make(chan struct{})
	clk := clock.NewFake(start)
	s := sender(t, clk, func(http.ResponseWriter, *http.Request) { close(arrived); <-answer })
	t.Cleanup(func() { close(answer) }) // before the server waits for its handlers
	ctx, stop := context.WithCancel(t.Context())
	result := make(chan ship.Outcome, 1)
	go func() { outcome, _ := s.Send(ctx, body("one")); result <- outcome }()
	<-arrived
	stop()
	for {
		select {
		case outcome := <-result:
			if outcome != ship.Later {
				t.Fatalf("outcome %d", outcome)
			}
			return
		case <-time.After(time.Millisecond):
			clk.Advance(time.Second)
		}
	}
}

func TestAServerThatMovedIsWaitedFor(t *testing.T) {
	s := sender(t, clock.NewFake(start), func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) })
	if outcome, why := s.Send(t.Context(), body("one")); outcome != ship.Later || why == "" || s.Away() == "" {
		t.Fatalf("%d %s", outcome, why)
	}
}

func TestAFullQuarantineRefuses(t *testing.T) {
	q := ship.Quarantine{Dir: t.TempDir(), Limit: 100}
	if _, err := q.Keep(start, "400", make([]byte, 60)); err != nil {
		t.Fatal(err)
	}
	if _, err := q.Keep(start, "400", make([]byte, 60)); !errs.Is(err, errs.Unavailable) {
		t.Fatalf("%v", err)
	}
}
