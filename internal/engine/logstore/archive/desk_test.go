package archive_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/valyala/fastjson"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/logstore"
	"mainstay/internal/engine/logstore/archive"
	"mainstay/internal/engine/logstore/child"
	"mainstay/internal/engine/signal"
)

// TestMain makes this binary the engine when a store wants it to be that, or a server that will be killed.
func TestMain(m *testing.M) {
	if child.Wanted() {
		os.Exit(child.Main())
	}
	if dir := os.Getenv(victim); dir != "" {
		archiveUntilKilled(dir)
	}
	os.Exit(m.Run())
}

const day = 24 * time.Hour

// old is noon of a day that is older than the retention of these tests.
func old() time.Time { return clock.Wall().Now().Truncate(day).Add(-4*day + 12*time.Hour) }

func nameOf(at time.Time) string { return at.Format(time.DateOnly) }

// config is that of a store that keeps a day for 24 h, and ten more for archiving.
func config(dir string, log io.Writer) logstore.Config {
	return logstore.Config{Dir: filepath.Join(dir, "logs"), Log: slog.New(slog.NewTextHandler(log, nil)), Retention: day, Margin: 10 * day}
}

type desk struct {
	*archive.Archive
	Store  *logstore.Store
	t      testing.TB
	dir    string
	target archive.Dir
	log    *lines
}

// open opens the store and the archive in a directory, as a server does when it starts.
func open(t testing.TB, dir string, change ...func(*logstore.Config)) *desk {
	t.Helper()
	d := &desk{t: t, dir: dir, target: archive.Dir(filepath.Join(dir, "archive")), log: &lines{}}
	c := config(dir, d.log)
	work := filepath.Join(dir, "keeping")
	var err error
	if c.Hold, err = archive.HeldFor(work); err != nil {
		t.Fatal(err)
	}
	for _, f := range change {
		f(&c)
	}
	if d.Store, err = logstore.Open(c); err != nil {
		t.Fatal(err)
	}
	d.Store.Start()
	d.again()
	t.Cleanup(func() { d.stop() })
	d.up()
	return d
}

// again makes the archive anew.
func (d *desk) again() {
	d.t.Helper()
	var err error
	d.Archive, err = archive.New(archive.Config{Store: d.Store, Target: d.target, Work: filepath.Join(d.dir, "keeping"),
		Log: d.Store.Log, Rest: 0.01, Settled: time.Millisecond}.SliceRows(100))
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) stop() {
	if d.Store == nil {
		return
	}
	if err := d.Store.Stop(); err != nil {
		d.t.Error(err)
	}
	d.Store = nil
	if d.t.Failed() {
		d.t.Log(d.log.String())
	}
}

func (d *desk) up() {
	d.t.Helper()
	within(d.t, "the engine is up", func() bool { return d.Store.Status().Engine.Up })
}

// kept is how long the engine keeps standard lines.
func (d *desk) kept() time.Duration { return d.Store.Parts()[0].Kept() }

// put stores rows and waits until they can be found.
func (d *desk) put(rows ...signal.Row) {
	d.t.Helper()
	if err := d.Store.Put(d.t.Context(), rows); err != nil {
		d.t.Fatal(err)
	}
	if err := d.Store.Visible(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
}

// steps takes steps until something holds.
func (d *desk) steps(what string, holds func(archive.Status) bool) archive.Status {
	d.t.Helper()
	var st archive.Status
	within(d.t, what, func() bool {
		if _, err := d.Step(d.t.Context()); err != nil {
			d.t.Fatal(err)
		}
		st = d.status()
		return holds(st)
	})
	return st
}

func (d *desk) status() archive.Status {
	d.t.Helper()
	st, err := d.Status()
	if err != nil {
		d.t.Fatal(err)
	}
	return st
}

// archived archives what is due.
func (d *desk) archived() archive.Status {
	d.t.Helper()
	return d.steps("all that is due is archived", func(st archive.Status) bool { return len(st.Due) == 0 && len(st.Archived) > 0 })
}

// ageOut deletes a day as the engine does, and starts the store anew with another margin.
func (d *desk) ageOut(at time.Time, margin time.Duration) *desk {
	d.t.Helper()
	d.stop()
	if err := os.RemoveAll(filepath.Join(d.dir, "logs", "engine", "partitions", at.Format("20060102"))); err != nil {
		d.t.Fatal(err)
	}
	return open(d.t, d.dir, func(c *logstore.Config) { c.Margin = margin })
}

// all are the stored lines of a day, sorted: what the engine answers, without the mark.
func (d *desk) all(at time.Time) (out []string) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), time.Minute)
	defer cancel()
	answer, err := d.Store.Select(ctx, "query", url.Values{"query": {"_time:" + nameOf(at) + "Z"}}, signal.Scope{All: true})
	if err != nil {
		d.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	for text := range strings.Lines(string(body)) {
		out = append(out, sorted(d.t, text))
	}
	slices.Sort(out)
	return out
}

// sorted is a line with its fields in order.
func sorted(t testing.TB, text string) string {
	t.Helper()
	v, err := fastjson.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	var fields []string
	v.GetObject().Visit(func(name []byte, v *fastjson.Value) {
		if string(name) != archive.Restored {
			fields = append(fields, fmt.Sprintf("%q:%q", name, v.GetStringBytes()))
		}
	})
	slices.Sort(fields)
	return strings.Join(fields, " ")
}

// row is a line of a stream.
func row(at time.Time, text string, more ...string) signal.Row {
	r := signal.Row{Time: at, Stream: []string{"host", "odd name"}, Fields: []signal.Field{{Name: "_msg", Value: text}, {Name: "source", Value: "app"}, {Name: "host", Value: "pay1"}}}
	for i := 0; i < len(more); i += 2 {
		r.Set(more[i], more[i+1])
	}
	return r
}

// many are lines spread over six hours, several at each instant.
func many(at time.Time, n int) (rows []signal.Row) {
	for i := range n {
		rows = append(rows, row(at.Add(time.Duration(i/3)*6*time.Hour/time.Duration(n)), fmt.Sprintf("line %06d", i), "order", fmt.Sprint(i)))
	}
	return rows
}

func within(t testing.TB, what string, holds func() bool) {
	t.Helper()
	end := clock.Wall().Now().Add(time.Minute)
	for !holds() {
		if clock.Wall().Now().After(end) {
			t.Fatalf("not within a minute: %s", what)
		}
		<-clock.Wall().After(20 * time.Millisecond)
	}
}

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
