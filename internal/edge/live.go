package edge

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/engine/ledger"
)

const (
	beatEvery  = 10 * time.Second       // the page calls itself stale after 25 s without one
	gather     = 250 * time.Millisecond // what changes within it is told once
	proveEvery = 6                      // beats after which the caller must still be somebody
	writeWait  = 30 * time.Second       // a reader who takes nothing for so long is gone
)

// LiveConfig is what a Live needs.
type LiveConfig struct {
	Feed *ledger.Feed
	// Clock is the desk's, which the page shows; the demo's may run faster.
	Clock clock.Clock
	// Pace times beats and gathering; nil means the wall, by which the page's watchdog counts.
	Pace clock.Clock
	Log  *slog.Logger
}

// Live answers GET /live with Server-Sent Events:
//
//	event: beat    {"now":RFC 3339,"position":N,"rate":1}  at once and every 10 s
//	event: change  {"topic":"incident:…","version":N}      at most four times a second per topic
//	event: reset   {"position":N}                          something may be missing: fetch all again
//
// Every event's id is a position of the ledger: all that changed up to there has been told.
// A client that comes back with it as Last-Event-ID is told what it missed.
type Live struct {
	LiveConfig
	closed chan struct{}
	once   sync.Once
}

// NewLive returns a handler that serves until Close.
func NewLive(c LiveConfig) *Live {
	if c.Pace == nil {
		c.Pace = clock.Wall()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Live{LiveConfig: c, closed: make(chan struct{})}
}

// Close ends all streams, so that the server can stop. Register it with
// http.Server.RegisterOnShutdown.
func (l *Live) Close() { l.once.Do(func() { close(l.closed) }) }

// ServeHTTP streams until the client leaves, may no longer watch, or the server stops.
func (l *Live) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := callerOf(r.Context())
	if err := mayListen(c.actor); err != nil {
		WriteProblem(w, r, err)
		return
	}
	s := &stream{live: l, by: c.actor, again: c.again, w: w, rc: http.NewResponseController(w), pending: map[string]int64{}}
	s.head()
	if r.Method == http.MethodHead {
		return
	}
	if err := s.run(r.Context(), r.Header.Get("Last-Event-ID")); err != nil {
		l.Log.DebugContext(r.Context(), "live stream ended", "request", RequestID(r.Context()), "err", err)
	}
}

func mayListen(by actor.Actor) error {
	switch by.Kind {
	case actor.User, actor.Token:
		return nil
	case "":
		return errs.Unauthenticatedf("sign in to watch the desk")
	default:
		return errs.Forbiddenf("%s may not watch the desk", by.Name)
	}
}

// stream is one client.
type stream struct {
	live  *Live
	by    actor.Actor
	again func(context.Context) (actor.Actor, error)
	w     http.ResponseWriter
	rc    *http.ResponseController

	position int64            // everything up to here is told or pending
	pending  map[string]int64 // topic → newest version not told yet
	beats    int
}

// head begins the answer. The padding makes proxies that collect the first kilobytes pass it on.
func (s *stream) head() {
	// The request is read; a deadline for reading it would end the stream.
	_ = s.rc.SetReadDeadline(time.Time{})
	h := s.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("X-Accel-Buffering", "no")
	s.w.WriteHeader(http.StatusOK)
}

func (s *stream) run(ctx context.Context, last string) error {
	events, stop := s.live.Feed.Subscribe()
	defer stop()
	s.position = s.live.Feed.Position() // after Subscribe, so that nothing falls between
	beat := s.live.Pace.After(beatEvery)
	if err := s.begin(ctx, last); err != nil {
		return err
	}
	var gate <-chan time.Time // open when nil
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.live.closed:
			return nil
		case batch, ok := <-events:
			if !ok {
				return errors.Join(errors.New("the client was too slow"), s.reset())
			}
			s.add(batch)
		case <-gate:
			gate = nil
		case <-beat:
			beat = s.live.Pace.After(beatEvery)
			if err := s.beat(ctx); err != nil {
				return err
			}
		}
		if gate == nil && len(s.pending) > 0 {
			gate = s.live.Pace.After(gather)
			if err := s.tell(); err != nil {
				return err
			}
		}
	}
}

// begin sends the padding, what was missed since the last event id, and the first beat.
func (s *stream) begin(ctx context.Context, last string) error {
	if _, err := fmt.Fprintf(s.w, ":%s\nretry: 2000\n\n", strings.Repeat(" ", 2048)); err != nil {
		return err
	}
	if last == "" {
		return s.beat(ctx)
	}
	at, err := strconv.ParseInt(last, 10, 64)
	if err != nil || at < 0 {
		return errors.Join(s.reset(), s.beat(ctx))
	}
	missed, whole, err := s.live.Feed.Since(ctx, at)
	if err != nil {
		return err
	}
	if !whole {
		return errors.Join(s.reset(), s.beat(ctx))
	}
	s.add(missed)
	return s.beat(ctx)
}

func (s *stream) add(events []ledger.Event) {
	for _, e := range events {
		for _, topic := range topicsOf(s.by, e) {
			s.pending[topic] = max(s.pending[topic], e.Position)
		}
		s.position = max(s.position, e.Position)
	}
}

// change is the data of a change.
type change struct {
	Topic   string `json:"topic"`
	Version int64  `json:"version"`
}

// tell sends what is pending, oldest version first, so that each id covers all before it.
func (s *stream) tell() error {
	if err := s.write(); err != nil {
		return err
	}
	return s.flush()
}

func (s *stream) write() error {
	topics := slices.SortedFunc(maps.Keys(s.pending), func(a, b string) int {
		return cmp.Or(cmp.Compare(s.pending[a], s.pending[b]), cmp.Compare(a, b))
	})
	for i, topic := range topics {
		version := s.pending[topic]
		covered := version
		if i+1 < len(topics) && s.pending[topics[i+1]] == version {
			covered = version - 1 // another topic of the same event follows
		}
		if err := s.send("change", covered, change{topic, version}); err != nil {
			return err
		}
	}
	clear(s.pending)
	return nil
}

// beatData is the data of a beat. Rate is how much faster than the wall the clock runs.
type beatData struct {
	Now      string  `json:"now"`
	Position int64   `json:"position"`
	Rate     float64 `json:"rate"`
}

// beat proves that the stream lives; what is pending goes first, so that the position is true.
func (s *stream) beat(ctx context.Context) error {
	if err := s.prove(ctx); err != nil {
		return err
	}
	if err := s.write(); err != nil {
		return err
	}
	data := beatData{Now: s.live.Clock.Now().Format(time.RFC3339Nano), Position: s.position, Rate: 1}
	if c, ok := s.live.Clock.(*clock.Scaled); ok {
		data.Rate = c.Factor()
	}
	if err := s.send("beat", s.position, data); err != nil {
		return err
	}
	return s.flush()
}

// prove asks once a minute whether the caller is still somebody, and who: sessions end, tokens
// are revoked, roles change. A database that does not answer is no reason to end the stream.
func (s *stream) prove(ctx context.Context) error {
	if s.beats++; s.beats%proveEvery != 0 || s.again == nil {
		return nil
	}
	by, err := s.again(ctx)
	if err == nil {
		s.by = by
	}
	if errs.Is(err, errs.Unauthenticated) {
		return err
	}
	return nil
}

func (s *stream) reset() error {
	err := s.send("reset", s.position, struct {
		Position int64 `json:"position"`
	}{s.position})
	return errors.Join(err, s.flush())
}

func (s *stream) send(event string, position int64, data any) error {
	body, err := json.Marshal(data)
	if err != nil {
		return err
	}
	// Sockets live on the wall's time whatever the desk's clock says. A writer without
	// deadlines (a test's) is fine.
	_ = s.rc.SetWriteDeadline(clock.Wall().Now().Add(writeWait))
	_, err = fmt.Fprintf(s.w, "event: %s\nid: %d\ndata: %s\n\n", event, position, body)
	return err
}

func (s *stream) flush() error { return s.rc.Flush() }
