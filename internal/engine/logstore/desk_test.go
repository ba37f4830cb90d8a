package logstore_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/logstore"
	"mainstay/internal/engine/logstore/child"
	"mainstay/internal/engine/signal"
)

// TestMain makes this binary the engine when a store wants it to be that.
func TestMain(m *testing.M) {
	if child.Wanted() {
		os.Exit(child.Main())
	}
	os.Exit(m.Run())
}

// desk is a store with a running engine.
type desk struct {
	*logstore.Store
	t       testing.TB
	log     *lines
	stopped bool
}

func open(t testing.TB, change ...func(*logstore.Config)) *desk {
	t.Helper()
	d := &desk{t: t, log: &lines{}}
	c := d.config()
	c.Dir = t.TempDir()
	for _, f := range change {
		f(&c)
	}
	var err error
	if d.Store, err = logstore.Open(c); err != nil {
		t.Fatal(err)
	}
	d.Start()
	t.Cleanup(d.stop)
	return d
}

func (d *desk) config() logstore.Config {
	return logstore.Config{Log: slog.New(slog.NewTextHandler(d.log, nil)), Retention: 20 * 365 * 24 * time.Hour}
}

// stop stops the store, once.
func (d *desk) stop() {
	if d.stopped {
		return
	}
	d.stopped = true
	if err := d.Stop(); err != nil {
		d.t.Error(err)
	}
	if d.t.Failed() {
		d.t.Log(d.log.String())
	}
}

// row is a line of a service.
func row(service, text string, more ...string) signal.Row {
	r := signal.Row{Time: clock.Wall().Now(), Fields: []signal.Field{{Name: "_msg", Value: text}, {Name: "source", Value: service + "-app"}, {Name: "service", Value: service}}}
	for _, m := range more {
		name, value, _ := strings.Cut(m, "=")
		r.Fields = append(r.Fields, signal.Field{Name: name, Value: value})
	}
	return r
}

func (d *desk) append(rows ...signal.Row) {
	d.t.Helper()
	if err := d.Append(d.t.Context(), rows); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) appendAs(class signal.Class, rows ...signal.Row) {
	d.t.Helper()
	if err := d.AppendAs(d.t.Context(), class, rows); err != nil {
		d.t.Fatal(err)
	}
}

// flush waits until everything can be found.
func (d *desk) flush() {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := d.Flush(ctx); err != nil {
		d.t.Fatal(err)
	}
}

// ask returns what the engine answers, or what is wrong with the question.
func (d *desk) ask(endpoint string, in signal.Scope, args ...string) string {
	d.t.Helper()
	return d.askOf(d, endpoint, in, args...)
}

// askOf is ask of a part, or of the whole.
func (d *desk) askOf(logs signal.Logs, endpoint string, in signal.Scope, args ...string) string {
	d.t.Helper()
	form := url.Values{}
	for _, a := range args {
		name, value, _ := strings.Cut(a, "=")
		form.Add(name, value)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if endpoint == "tail" { // goes on for ever; what is there comes at once
		form.Set("offset", "1ms")
		ctx, cancel = context.WithTimeout(context.Background(), time.Second)
		defer cancel()
	}
	answer, err := logs.Select(ctx, endpoint, form, in)
	if err != nil {
		return "refused: " + err.Error()
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil && ctx.Err() == nil {
		d.t.Fatal(err)
	}
	return string(body)
}

// count says how many lines a query finds.
func (d *desk) count(query string) int {
	d.t.Helper()
	return d.countIn(d, query)
}

// countIn is count in a part, or in the whole.
func (d *desk) countIn(logs signal.Logs, query string) int {
	d.t.Helper()
	n := 0
	s := bufio.NewScanner(strings.NewReader(d.askOf(logs, "query", signal.Scope{All: true}, "query="+query)))
	s.Buffer(nil, 8<<20)
	for s.Scan() {
		n++
	}
	return n
}

// within tries until something holds, for as long as a slow machine may need.
func within(t testing.TB, limit time.Duration, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("not within %v: %s", limit, what)
		case <-tick.C:
		}
	}
}

// lines is a log that tests look at.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func many(service string, n int) []signal.Row {
	rows := make([]signal.Row, n)
	for i := range rows {
		rows[i] = row(service, fmt.Sprintf("line %06d", i))
	}
	return rows
}
