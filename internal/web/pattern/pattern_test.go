package pattern_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	patterns "mainstay/internal/domain/pattern"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/logstore"
	"mainstay/internal/engine/signal"
	"mainstay/internal/web/pagetest"
	"mainstay/internal/web/pattern"
)

type spool struct{ *logstore.Store }

func (s spool) Patterns(cursor int64, _ bool) patterns.Reader {
	return reader{s.Store.Reader("patterns", s.SpoolID(), cursor)}
}

type reader struct{ *logstore.Reader }

func (r reader) Next(most int) ([]signal.Row, int64, error) {
	b, err := r.Reader.Next(most)
	return b.Rows, b.Cursor, err
}

func (reader) Behind() int64 { return 0 }

// observer may read what scope says.
var observer = actor.Actor{Kind: actor.User, ID: "u1", Name: "Ana", Role: actor.Admin}

func newSite(t *testing.T, scope *signal.Scope) (*pagetest.Site, func(ago time.Duration, messages ...string)) {
	t.Helper()
	c := clock.NewFake(dbtest.Start.Add(30 * time.Minute))
	store, err := logstore.Open(logstore.Config{Dir: t.TempDir(), Readers: []string{"patterns"}, Command: []string{"true"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Stop(); err != nil {
			t.Error(err)
		}
	})
	rooms := patterns.New(patterns.Config{
		DB: dbtest.Open(t, dbtest.URL(t, "sqlite"), c), Spool: spool{store}, Clock: c,
		Scope: func(context.Context, actor.Actor) (signal.Scope, error) {
			if scope.Empty() {
				return *scope, errs.Forbiddenf("Ana may read the logs of no service")
			}
			return *scope, nil
		},
	})
	if err := rooms.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	return pagetest.New(t, c, pattern.Routes(pattern.Config{Patterns: rooms})...), func(ago time.Duration, messages ...string) {
		var rows []signal.Row
		for _, m := range messages {
			rows = append(rows, signal.Row{Time: c.Now().Add(-ago), Fields: []signal.Field{
				{Name: signal.Message, Value: m}, {Name: signal.Source, Value: "app"}, {Name: signal.Service, Value: "pay"}, {Name: "level", Value: "error"}}})
		}
		if err := store.Append(t.Context(), rows); err != nil {
			t.Fatal(err)
		}
		if err := rooms.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestThePageSaysWhatIsNewWhatHasGrownAndWhatIsGone(t *testing.T) {
	site, send := newSite(t, &signal.Scope{All: true})
	send(25*time.Hour, "queue 7 is slow", "old habit here")
	send(time.Minute, "queue 7 is slow", "queue 7 is slow", "queue 7 is slow", "queue 8 is slow", "queue 9 is slow", "queue 9 is slow", "disk <b>3</b> lost")
	page := site.Get(observer, "/logs/patterns?sort=new").Want(http.StatusOK)
	page.One("#pattern-sum").WantText("7 lines in 3 patterns")
	page.One("#patterns").WantText("queue <num> is slow", "6× yesterday", "85.7 %", "disk <b> <num> </b> lost", "New since", "Gone", "error", "pay · app")
	site.Get(observer, "/logs/patterns?since=2026-11-02T09:29:30").Want(http.StatusOK).One("#patterns").WantNoText("New since")
	site.Get(observer, "/logs/patterns?of=app%2Fother").Want(http.StatusOK).One(".notice").WantText("No patterns here")
}

func TestLinesWithoutAMessageAreCalledThat(t *testing.T) {
	site, send := newSite(t, &signal.Scope{All: true})
	send(time.Minute, "", "queue 7 is slow")
	page := site.Get(observer, "/logs/patterns").Want(http.StatusOK)
	page.One("#patterns").WantText("Lines without a message", "queue <num> is slow")
	page.One("#patterns").WantNoText("(empty)")
}

func TestOnTheFirstDayNothingIsCalledNew(t *testing.T) {
	site, send := newSite(t, &signal.Scope{All: true})
	send(time.Minute, "queue 7 is slow", "disk 3 lost")
	page := site.Get(observer, "/logs/patterns").Want(http.StatusOK)
	page.One("#patterns").WantNoText("New since")
	page.One("#pattern-early")
	send(time.Second, "quorum lost")
	page = site.Get(observer, "/logs/patterns?since=2026-11-02T09:29:30").Want(http.StatusOK)
	page.One("#patterns").WantText("New since")
	page.None("#pattern-early")
}

func TestAWrongAddressIsExplained(t *testing.T) {
	site, _ := newSite(t, &signal.Scope{All: true})
	for _, q := range []string{"range=9y", "since=x", "sort=x", "against=x"} {
		site.Get(observer, "/logs/patterns?"+q).Want(http.StatusUnprocessableEntity)
	}
}

func TestWhoMayReadNoLogsSeesNoPatterns(t *testing.T) {
	site, _ := newSite(t, &signal.Scope{})
	site.Get(observer, "/logs/patterns").Want(http.StatusForbidden)
}
