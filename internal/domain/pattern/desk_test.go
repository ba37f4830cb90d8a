package pattern_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/domain/pattern"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/logstore"
	"mainstay/internal/engine/signal"
)

// desk is the room over a real spool, whose engine does not run.
type desk struct {
	t     *testing.T
	db    *db.DB
	clock *clock.Fake
	dir   string
	logs  *logstore.Store
	rooms *pattern.Service
	scope signal.Scope
	// behind is added to what waits in the spool.
	behind int64
}

type spool struct{ d *desk }

func (s spool) SpoolID() string { return s.d.logs.SpoolID() }

func (s spool) Patterns(cursor int64, first bool) pattern.Reader {
	id := s.d.logs.SpoolID()
	if first {
		id = ""
	}
	return &reader{Reader: s.d.logs.Reader("patterns", id, cursor), d: s.d}
}

type reader struct {
	*logstore.Reader
	d  *desk
	at int64
}

func (r *reader) Next(most int) ([]signal.Row, int64, error) {
	b, err := r.Reader.Next(most)
	r.at = b.Cursor
	return b.Rows, b.Cursor, err
}

func (r *reader) Behind() int64 { return r.d.logs.End() - r.at + r.d.behind }

func each(t *testing.T, test func(t *testing.T, d *desk)) {
	dbtest.Each(t, func(t *testing.T, database *db.DB, c *clock.Fake) {
		d := &desk{t: t, db: database, clock: c, dir: t.TempDir(), scope: signal.Scope{All: true}}
		d.open()
		t.Cleanup(func() {
			if err := d.logs.Stop(); err != nil {
				t.Error(err)
			}
		})
		test(t, d)
	})
}

func (d *desk) open() {
	d.t.Helper()
	var err error
	if d.logs, err = logstore.Open(logstore.Config{Dir: d.dir, Readers: []string{"patterns"}, Command: []string{"true"}}); err != nil {
		d.t.Fatal(err)
	}
	d.rooms = d.service()
}

// service is the room as it is after a start.
func (d *desk) service() *pattern.Service {
	d.t.Helper()
	s := pattern.New(pattern.Config{
		DB: d.db, Spool: spool{d}, Clock: d.clock,
		Scope: func(context.Context, actor.Actor) (signal.Scope, error) { return d.scope, nil },
	})
	if err := s.Load(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	return s
}

// crash starts the room again without storing what it had counted.
func (d *desk) crash() { d.rooms = d.service() }

// isNew asks about a line of the source app.
func (d *desk) isNew(r signal.Row) (pattern string, isNew bool) {
	d.t.Helper()
	pattern, isNew, err := d.rooms.IsNew(d.t.Context(), "app", r)
	if err != nil {
		d.t.Fatal(err)
	}
	return pattern, isNew
}

// learn lets the time pass in which patterns of services are learnt.
func (d *desk) learn(services ...string) {
	d.t.Helper()
	for _, service := range services {
		d.isNew(row(service, d.clock.Now(), "begins"))
	}
	d.clock.Advance(pattern.LearnFor)
}

func (d *desk) send(service string, at time.Time, lines ...string) {
	d.t.Helper()
	var rows []signal.Row
	for _, l := range lines {
		rows = append(rows, row(service, at, l))
	}
	if err := d.logs.Append(d.t.Context(), rows); err != nil {
		d.t.Fatal(err)
	}
}

func row(service string, at time.Time, line string) signal.Row {
	return signal.Row{Time: at, Fields: []signal.Field{
		{Name: signal.Message, Value: line}, {Name: signal.Source, Value: "app"}, {Name: signal.Service, Value: service},
	}}
}

func (d *desk) step() {
	d.t.Helper()
	if _, err := d.rooms.Step(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
}

// store takes all that was sent and stores it.
func (d *desk) store() {
	d.t.Helper()
	d.step()
	d.clock.Advance(pattern.FlushEvery)
	d.step()
}

// list says what is found as "3 Connection closed".
func (d *desk) list(change ...func(*pattern.Question)) (list pattern.List, said []string) {
	d.t.Helper()
	q := pattern.Question{From: d.clock.Now().Add(-time.Hour), To: d.clock.Now().Add(time.Second)}
	for _, c := range change {
		c(&q)
	}
	list, err := d.rooms.List(d.t.Context(), actor.Mainstay, q)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, f := range list.Patterns {
		said = append(said, fmt.Sprintf("%d %s", f.Lines, f.Text))
	}
	return list, said
}
