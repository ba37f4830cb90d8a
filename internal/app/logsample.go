package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"mainstay/internal/audit"
	"mainstay/internal/base/clock"
	"mainstay/internal/engine/logstore"
	"mainstay/internal/engine/signal"
)

// logSample remembers a line now and then that a sender was told is safe, and looks whether it can be
// found once it should be: for invariant 3 the auditor takes nobody's word.
type logSample struct {
	*logstore.Store
	clock clock.Clock
	// settled reports whether nothing that arrived up to an instant is on its way any more.
	settled func(time.Time) bool

	path string // of the file, see load
	log  *slog.Logger

	due  atomic.Int64 // when the next line is remembered, microseconds since 1970
	mu   sync.Mutex
	list []sampled
}

const (
	sampleEvery  = time.Minute
	sampleSettle = 30 * time.Second // what the engine took is visible a second later
	sampleAsks   = 24 * time.Hour   // then a missing one is old news
	maxSamples   = 20
	sampleSize   = 2 << 10
	sampleAround = time.Hour // around now: no retention takes such lines away
)

func newLogSample(store *logstore.Store, path string, log *slog.Logger) *logSample {
	s := &logSample{Store: store, path: path, log: log, clock: clock.Wall(), settled: func(at time.Time) bool {
		oldest := store.Status().Spool.Oldest
		return oldest.IsZero() || oldest.After(at)
	}}
	s.load()
	return s
}

// AppendAs stores lines, and remembers one of them when it is time to.
func (s *logSample) AppendAs(ctx context.Context, class signal.Class, rows []signal.Row) error {
	err := s.Store.AppendAs(ctx, class, rows)
	if err == nil && len(rows) > 0 {
		s.remember(rows[len(rows)/2])
	}
	return err
}

func (s *logSample) remember(r signal.Row) {
	now := s.clock.Now()
	due := s.due.Load()
	if now.UnixMicro() < due || !s.due.CompareAndSwap(due, now.Add(sampleEvery).UnixMicro()) {
		return
	}
	message := r.Get(signal.Message)
	if message == "" || len(message) > sampleSize || !utf8.ValidString(message) || r.Time.Sub(now).Abs() > sampleAround {
		s.due.Store(due) // the next delivery will do
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.list) < maxSamples {
		s.list = append(s.list, sampled{now.UTC(), r.Time.UTC(), strings.Clone(r.Get(signal.Source)), strings.Clone(message)})
		s.save()
	}
}

// find asks for the lines that must be findable by now: nothing that arrived as early is on its way
// any more, and the engine answers.
func (s *logSample) find(ctx context.Context) (found []audit.Finding, err error) {
	if !s.Status().Engine.Up {
		return nil, nil
	}
	s.mu.Lock()
	list := slices.Clone(s.list)
	s.mu.Unlock()
	done := map[sampled]bool{}
	now := s.clock.Now()
	for _, line := range list {
		if now.Sub(line.Accepted) < sampleSettle || !s.settled(line.Accepted) {
			continue
		}
		there, err := s.findable(ctx, line)
		if there && err == nil || now.Sub(line.Accepted) > sampleAsks {
			done[line] = true
			continue
		}
		if err == nil {
			found = append(found, audit.Finding{Invariant: 3,
				Subject: fmt.Sprintf("a log line of source %q that arrived at %s", line.Source, line.Accepted.UTC().Format("2006-01-02 15:04:05 UTC")),
				Text:    "was answered with success and cannot be found, though the log engine has taken all lines of that time: others of that time may be gone, too; ask the sender for them"})
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(done) > 0 {
		s.list = slices.DeleteFunc(s.list, func(line sampled) bool { return done[line] })
		s.save()
	}
	return found, nil
}

// findable reports whether the engine has the line. An engine that cannot answer is an error.
func (s *logSample) findable(ctx context.Context, line sampled) (bool, error) {
	at := line.At.UTC().Format("2006-01-02T15:04:05.000000000Z")
	query := "_time:" + at + " " + signal.Source + ":=" + strconv.Quote(line.Source) + " " + signal.Message + ":=" + strconv.Quote(line.Message)
	answer, err := s.Select(ctx, "query", url.Values{"query": {query}, "limit": {"1"}}, signal.Scope{All: true})
	if err != nil {
		return false, err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	return len(strings.TrimSpace(string(b))) > 0, err
}

// linesOnTheirWay is what the auditor is told of the spool.
func (a *App) linesOnTheirWay() audit.Lines {
	wall := a.LogClock
	if wall == nil {
		wall = clock.Wall()
	}
	return audit.Lines{Spool: a.Logs.SpoolID(), Released: a.Logs.Released(rulesReader), Start: a.Logs.Begin(), End: a.Logs.End(), Now: wall.Now()}
}
