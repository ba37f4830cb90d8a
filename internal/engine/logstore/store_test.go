package logstore_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/logstore"
	"mainstay/internal/engine/signal"
)

func TestWhatIsAppendedIsFound(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.append(row("payments", "payment rejected", "host=pay1"), row("trading", "order filled"))
	d.flush()
	got := d.ask("query", signal.Scope{All: true}, "query=rejected")
	for _, want := range []string{`"_msg":"payment rejected"`, `"host":"pay1"`, `"service":"payments"`, `"source":"payments-app"`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
	if strings.Count(got, "\n") != 1 {
		t.Errorf("%s", got)
	}
}

// hostile are questions that try to reach the lines of others.
var hostile = [][]string{
	{"query", "query=*"},
	{"query", "query=secret"},
	{"query", `query={service="trading"}`},
	{"query", `query=service:trading or service:payments`},
	{"query", `query=* or *`},
	{"query", `query=!service:payments`},
	{"query", `query=needle | stream_context before 100 after 100`},
	{"query", `query=* | stream_context after 1000000`},
	{"query", `query=_stream_id:in({service="trading"} | fields _stream_id)`},
	{"query", `query=_msg:in({service="trading"} | fields _msg)`},
	{"query", `query=needle | join by (host) ({service="trading"} | fields host, _msg, token)`},
	{"query", `query=needle | join by (host) (* | fields host, token) prefix "x_"`},
	{"query", `query=needle | union ({service="trading"})`},
	{"query", `query=needle | union (needle | union (secret))`},
	{"query", `query=needle | filter _msg:in({service="trading"} | fields _msg)`},
	{"query", `query=needle | format if (token:in(secret | fields token)) "leak"`},
	{"query", `query=* | stats count() if (_msg:in(secret | fields _msg)) c, uniq_values(token) t`},
	{"query", `query=* | stats by (service) count() n, uniq_values(_msg) m`},
	{"query", `query=* | uniq by (token)`},
	{"query", `query=* | top 10 by (token)`},
	{"query", `query=* | field_values token`},
	{"query", `query=* | field_names`},
	{"query", `query=* | facets`},
	{"query", `query=* | blocks_count`},
	{"query", `query=* | block_stats`},
	{"query", `query=options(ignore_global_time_filter=true) secret`},
	{"query", `query=options(concurrency=1, ignore_global_filters=true) secret`},
	{"query", `query=needle`, `extra_filters=secret`, `extra_stream_filters={service="trading"}`},
	{"query", `query=*`, `extra_stream_filters={service=~".*"} or {}`},
	{"query", `query=*`, `extra_filters={"service":"trading"}`, `AccountID=0`, `ProjectID=0`},
	{"query", `query=*} or {service="trading"`},
	{"query", `query=* /* `},
	{"query", `query=*#`},
	{"query", "query=*\n) or (secret"},
	{"query", `query=contains_any:in(secret | fields _msg)`},
	{"query", `query=_msg:contains_any(secret | fields _msg)`},
	{"query", `query=_msg:contains_all(secret | fields token)`},
	{"query", `query=needle | unroll if (x:in(secret | fields _msg)) by (x)`},
	{"query", `query=needle | extract if (x:in(secret | fields token)) "<a>"`},
	{"query", `query=* | sort by (token) | first 5`},
	{"query", `query=* | sample 1 | last 100`},
	{"tail", `query=*`},
	{"tail", `query=secret`, `start_offset=3600000`},
	{"tail", `query={service="trading"}`, `start_offset=3600000`},
	{"hits", `query=*`, `step=1d`, `field=token`, `field=service`},
	{"hits", `query={service="trading"}`, `step=1d`, `field=token`},
	{"facets", `query=*`, `keep_const_fields=1`},
	{"facets", `query={service="trading"}`, `keep_const_fields=1`},
	{"stats_query", `query=* | stats by (token) count() n`},
	{"stats_query_range", `query=* | stats by (token) count() n`, `step=1d`},
	{"streams", `query=*`},
	{"stream_ids", `query=*`},
	{"stream_field_names", `query=*`},
	{"stream_field_values", `query=*`, `field=service`},
	{"stream_field_values", `query={service="trading"}`, `field=source`},
	{"field_names", `query=*`},
	{"field_values", `query=*`, `field=token`},
	{"field_values", `query=*`, `field=service`},
	{"field_values", `query=*`, `field=_stream`},
	{"field_values", `query=*`, `field=_stream_id`},
}

// TestNoQuestionLeavesItsScope: what a team may not see shows in no answer, however it is asked
// for; what it may see does.
func TestNoQuestionLeavesItsScope(t *testing.T) {
	t.Parallel()
	leavesNot(t, open(t), signal.Standard, signal.Standard)
}

// leavesNot asks hostile questions of a store that has lines of two classes.
func leavesNot(t *testing.T, d *desk, first, second signal.Class) {
	t.Helper()
	var rows []signal.Row
	for i := range 20 {
		rows = append(rows, row("payments", fmt.Sprintf("needle %d", i), "host=h1", "token=mine"))
		rows = append(rows, row("trading", fmt.Sprintf("secret %d", i), "host=h1", "token=stolen", "onlythere=x"))
	}
	// Somebody who may choose some of the fields of their lines tries to be of another service.
	rows = append(rows, signal.Row{Time: clock.Wall().Now(), Stream: []string{"x"}, Fields: []signal.Field{
		{Name: "_msg", Value: "secret alias"}, {Name: "source", Value: "trading-app"}, {Name: "service", Value: "trading"},
		{Name: "x", Value: `",service="payments`}, {Name: "token", Value: "stolen"}}})
	d.appendAs(first, rows[:len(rows)/2]...)
	d.appendAs(second, rows[len(rows)/2:]...)
	d.flush()
	theirs := d.ask("streams", signal.Scope{Services: []string{"trading"}}, "query=*")
	for _, in := range []signal.Scope{{Services: []string{"payments"}}, {Services: []string{"payments", "mail"}}} {
		for _, q := range hostile {
			got := d.ask(q[0], in, q[1:]...)
			for _, leak := range []string{"secret ", "stolen", "trading-app", "onlythere"} {
				said, _, _ := strings.Cut(got, "refused")
				if strings.Contains(said, leak) {
					t.Errorf("%v asked %q and got %q: %.600s", in, q, leak, got)
				}
			}
		}
		if got := d.ask("query", in, "query=needle"); strings.Count(got, "\n") != 20 {
			t.Errorf("%v finds of its own lines: %s", in, got)
		}
	}
	if !strings.Contains(theirs, "trading") {
		t.Errorf("the other side sees %s", theirs)
	}
	if got := d.ask("query", signal.Scope{}, "query=*"); got != "" {
		t.Errorf("nobody sees %s", got)
	}
	if got := d.ask("query", signal.Scope{All: true}, "query=* | stats count() n"); !strings.Contains(got, `"41"`) {
		t.Errorf("everybody sees %s", got)
	}
}

func TestWhatWasInTheEngineWhenItEndedInPeaceIsNotSentAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(c *logstore.Config) { c.Dir = dir }
	first := open(t, at)
	first.append(many("payments", 100)...)
	first.flush()
	first.stop()
	second := openAgain(t, dir)
	second.append(row("payments", "after"))
	second.flush()
	if n, again := second.count("*"), second.count("replay:*"); n != 101 || again != 0 {
		t.Errorf("%d lines, %d marked", n, again)
	}
}

// openAgain opens a store that another has left.
func openAgain(t *testing.T, dir string) *desk {
	t.Helper()
	return open(t, func(c *logstore.Config) { c.Dir = dir })
}

func TestACorruptDayIsSetAsideAndTheRestServesOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := openAgain(t, dir)
	yesterday := row("payments", "yesterday")
	yesterday.Time = yesterday.Time.Add(-24 * time.Hour)
	first.append(yesterday, row("payments", "today"))
	first.flush()
	first.stop()
	day := yesterday.Time.UTC().Format("20060102")
	parts := filepath.Join(dir, "engine", "partitions", day, "datadb", "parts.json")
	if err := os.WriteFile(parts, []byte("{broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	told := make(chan logstore.Event, 4)
	second := open(t, func(c *logstore.Config) { c.Dir = dir; c.Tell = func(e logstore.Event) { told <- e } })
	second.flush()
	if n := second.count("today"); n != 1 {
		t.Errorf("today's lines: %d", n)
	}
	select {
	case e := <-told:
		if e.Day.Format("20060102") != day || !strings.Contains(e.Text, "set aside") {
			t.Errorf("told %+v", e)
		}
		if _, err := os.Stat(filepath.Join(e.SetAside, "datadb", "parts.json")); err != nil {
			t.Errorf("the day is gone: %v", err)
		}
	default:
		t.Error("nobody was told")
	}
}

func TestAnEngineThatDiesIsStartedAgainAndMissesNothing(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.append(many("payments", 500)...)
	d.flush()
	first := d.Status().Engine
	d.KillEngine()
	d.append(many("trading", 500)...) // nobody who sends notices
	within(t, 30*time.Second, "the engine is up again", func() bool {
		e := d.Status().Engine
		return e.Up && e.Generation > first.Generation
	})
	d.flush()
	for _, service := range []string{"payments", "trading"} {
		if n := d.count("service:" + service + " | uniq by (_msg)"); n != 500 {
			t.Errorf("%s has %d lines", service, n)
		}
	}
	if n := d.count("service:payments | stats count() n | filter n:>1000"); n != 0 {
		t.Error("lines are there more than twice")
	}
	if n := d.count("service:payments -replay:*"); n > 500 {
		t.Errorf("repeats are not marked: %d", n)
	}
	if !strings.Contains(d.log.String(), "started again") {
		t.Error("the log does not say that it died")
	}
}

// TestAnEngineThatHangsIsEnded: frozen, it neither answers nor ends by itself.
func TestAnEngineThatHangsIsEnded(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.append(row("payments", "before"))
	d.flush()
	first := d.Status().Engine
	d.FreezeEngine(t)
	within(t, time.Minute, "another engine is up", func() bool {
		e := d.Status().Engine
		return e.Up && e.Generation > first.Generation
	})
	within(t, time.Minute, "the line is there", func() bool { return d.count("before | uniq by (_msg)") == 1 })
}
