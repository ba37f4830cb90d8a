package rule

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"mainstay/internal/domain/calendar"
	"mainstay/internal/engine/signal"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC) // a Monday

func rowAt(at time.Time, message string, fields ...string) signal.Row {
	r := signal.Row{Time: at, Fields: []signal.Field{{Name: signal.Message, Value: message}, {Name: signal.Service, Value: "payments"}}}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, "=")
		r.Set(name, value)
	}
	return r
}

func watching(s Spec) *watch {
	return newWatch(Rule{Name: "r", Spec: s, Sees: signal.Scope{All: true}}, 0, nil)
}

// said is what a watch has said since the last time, as "fires web1 3".
func said(w *watch) string {
	var out []string
	for _, t := range w.told {
		word := map[what]string{fires: "fires", repeats: "repeats", ends: "ends"}[t.what]
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %d", word, strings.Join(t.group.values, ","), t.episode.Count)))
	}
	w.told = nil
	return strings.Join(out, "; ")
}

// step is lines of a group, or time that passes.
type step struct {
	at    string // time of day at which it arrives
	of    string // the line's own time of day; that of its arrival when left out
	host  string // empty: nothing arrives
	times int    // 0 is once
	want  string
}

func play(t *testing.T, w *watch, steps []step) {
	t.Helper()
	for i, s := range steps {
		arrived := clockTime(t, s.at)
		own := arrived
		if s.of != "" {
			own = clockTime(t, s.of)
		}
		if at := w.next(); !at.IsZero() && !arrived.Before(at) {
			w.pass(arrived)
		}
		if s.host != "" {
			for range max(s.times, 1) {
				w.match(line{arrived: arrived, row: rowAt(own, "boom", "host="+s.host)})
			}
		}
		if got := said(w); got != s.want {
			t.Errorf("step %d at %s: said %q, want %q", i, s.at, got, s.want)
		}
	}
}

func clockTime(t *testing.T, hhmmss string) time.Time {
	t.Helper()
	at, err := time.Parse("15:04:05", hhmmss)
	if err != nil {
		t.Fatal(err)
	}
	return time.Date(2026, 11, 2, at.Hour(), at.Minute(), at.Second(), 0, time.UTC)
}

func TestRulesFireOncePerGroupAndEndWhenItIsQuiet(t *testing.T) {
	for name, test := range map[string]struct {
		spec  Spec
		steps []step
	}{
		"any line, until people end it": {Spec{GroupBy: []string{"host"}}, []step{
			{at: "12:00:00", host: "a", want: "fires a 1"},
			{at: "12:00:05", host: "a", want: ""},
			{at: "12:00:10", host: "a", want: "repeats a 3"},
			{at: "12:10:10", want: ""},
			{at: "18:00:00", want: ""},
			{at: "18:00:01", host: "a", want: "fires a 1"},
			{at: "18:00:02", host: "a", want: ""},
			{at: "20:00:00", want: ""},
		}},
		"any line, until it is quiet": {Spec{GroupBy: []string{"host"}, Quiet: Span(10 * time.Minute)}, []step{
			{at: "12:00:00", host: "a", want: "fires a 1"},
			{at: "12:00:01", host: "b", want: "fires b 1"},
			{at: "12:00:05", host: "a", times: 1000, want: ""},
			{at: "12:00:10", host: "a", times: 1000, want: "repeats a 1002"},
			{at: "12:10:00", want: ""},
			{at: "12:10:01", want: "ends b 1"},
			{at: "12:10:10", want: "ends a 2001"},
			{at: "12:10:11", host: "a", want: "fires a 1"},
		}},
		"three within a minute": {Spec{When: AtLeast, Count: 3, Within: Span(time.Minute), GroupBy: []string{"host"}}, []step{
			{at: "12:00:00", host: "a", times: 2},
			{at: "12:00:30", host: "b", times: 2},
			{at: "12:01:01", host: "a"},
			{at: "12:01:30", host: "b", want: "fires b 3"},
			{at: "12:01:50", host: "b", want: "repeats b 4"},
			{at: "12:11:49"},
			{at: "12:11:50", want: "ends b 4"},
		}},
		"what has been resolved no longer counts": {Spec{When: AtLeast, Count: 3, Within: Span(time.Hour), GroupBy: []string{"host"}}, []step{
			{at: "12:00:00", host: "a", times: 3, want: "fires a 3"},
			{at: "12:10:00", want: "ends a 3"},
			{at: "12:20:00", host: "a"},
			{at: "12:21:00", host: "a", times: 2, want: "fires a 3"},
		}},
		"a backlog counts by when it happened": {Spec{When: AtLeast, Count: 3, Within: Span(time.Minute), GroupBy: []string{"host"}}, []step{
			{at: "12:00:00", of: "08:00:00", host: "a"},
			{at: "12:00:00", of: "09:00:00", host: "a"},
			{at: "12:00:00", of: "10:00:00", host: "a"},
			{at: "12:00:00", of: "10:00:20", host: "a"},
			{at: "12:00:00", of: "10:00:40", host: "a", want: "fires a 3"},
		}},
		"late lines do not push out present ones": {Spec{When: AtLeast, Count: 2, Within: Span(time.Minute), GroupBy: []string{"host"}}, []step{
			{at: "12:00:00", host: "a"},
			{at: "12:00:10", of: "03:00:00", host: "a"},
			{at: "12:00:10", of: "05:00:00", host: "a"},
			{at: "12:00:10", of: "07:00:00", host: "a"},
			{at: "12:00:10", of: "09:00:00", host: "a"},
			{at: "12:00:10", of: "10:00:00", host: "a"},
			{at: "12:00:50", host: "a", want: "fires a 2"},
		}},
		"absence": {Spec{When: Absent, Within: Span(5 * time.Minute)}, []step{
			{at: "12:00:00", host: "a"},
			{at: "12:04:59", host: "a"},
			{at: "12:09:58"},
			{at: "12:09:59", want: "fires  1"},
			{at: "12:30:00"},
			{at: "12:40:00", host: "a", want: "ends  1"},
			{at: "12:45:00", want: "fires  1"},
		}},
		"absence goes by arrival": {Spec{When: Absent, Within: Span(5 * time.Minute)}, []step{
			{at: "12:00:00", of: "03:00:00", host: "a"},
			{at: "12:04:00", of: "03:00:00", host: "a"},
			{at: "12:08:00"},
			{at: "12:09:00", want: "fires  1"},
		}},
	} {
		t.Run(name, func(t *testing.T) { play(t, watching(test.spec), test.steps) })
	}
}

func inLondon(t *testing.T, weekly ...string) *calendar.Calendar {
	t.Helper()
	c, err := calendar.Parse(calendar.Spec{Zone: "Europe/London", Weekly: weekly, Holidays: []calendar.Holiday{{Date: "2026-12-25"}}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Time outside of active hours does not count, and nothing fires then: over nights, weekends, a
// holiday, and both nights on which London's clocks change.
func TestAbsenceWaitsForActiveHours(t *testing.T) {
	for name, test := range map[string]struct {
		weekly     string
		within     time.Duration
		seen, want string
	}{
		"within a day":             {"mon-fri 08:00-18:00", time.Hour, "2026-11-02T10:00:00Z", "2026-11-02T11:00:00Z"},
		"over a night":             {"mon-fri 08:00-18:00", time.Hour, "2026-11-02T17:40:00Z", "2026-11-03T08:40:00Z"},
		"over a weekend":           {"mon-fri 08:00-18:00", time.Hour, "2026-11-06T17:59:00Z", "2026-11-09T08:59:00Z"},
		"seen at night":            {"mon-fri 08:00-18:00", time.Hour, "2026-11-03T03:00:00Z", "2026-11-03T09:00:00Z"},
		"due as hours end":         {"mon-fri 08:00-18:00", time.Hour, "2026-11-02T17:00:00Z", "2026-11-03T08:00:00Z"},
		"over a holiday":           {"mon-fri 08:00-18:00", time.Hour, "2026-12-24T17:30:00Z", "2026-12-28T08:30:00Z"},
		"the clocks go back":       {"sun 00:00-06:00", 2 * time.Hour, "2026-10-24T23:30:00Z", "2026-10-25T01:30:00Z"},
		"the clocks go forward":    {"sun 00:00-06:00", 2 * time.Hour, "2026-03-29T00:30:00Z", "2026-03-29T02:30:00Z"},
		"summer hours after a gap": {"sun 08:00-18:00", time.Hour, "2026-03-22T17:30:00Z", "2026-03-29T07:30:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			seen, want := instant(t, test.seen), instant(t, test.want)
			w := newWatch(Rule{Name: "r", Spec: Spec{When: Absent, Within: Span(test.within)}}, 0, inLondon(t, test.weekly))
			w.seen = seen
			if got := w.next(); !got.Equal(want) {
				t.Errorf("due at %v, want %v", got, want)
			}
			for at := seen; at.Before(want); at = at.Add(time.Minute) {
				if w.pass(at); len(w.told) > 0 {
					t.Fatalf("fires at %v, before %v", at, want)
				}
			}
			if w.pass(want); len(w.told) != 1 {
				t.Error("does not fire when it is due")
			}
		})
	}
}

// Nobody looked while it fell due; by now it is night.
func TestAbsenceThatFellDueUnseenWaitsForTheMorning(t *testing.T) {
	w := newWatch(Rule{Name: "r", Spec: Spec{When: Absent, Within: Span(time.Hour)}}, 0, inLondon(t, "mon-fri 08:00-18:00"))
	w.seen = instant(t, "2026-11-02T10:00:00Z")
	w.pass(instant(t, "2026-11-02T23:00:00Z"))
	if len(w.told) != 0 {
		t.Fatal("fires at night")
	}
	w.pass(instant(t, "2026-11-03T08:00:00Z"))
	if len(w.told) != 1 {
		t.Error("does not fire in the morning")
	}
}

// Time in which the server was down is no absence.
func TestAnOutageOfOursIsNoAbsence(t *testing.T) {
	w := watching(Spec{When: Absent, Within: Span(10 * time.Minute)})
	w.seen = noon
	w.shift(time.Hour) // down from 12:04 to 13:04
	w.pass(noon.Add(time.Hour + 9*time.Minute))
	if len(w.told) != 0 {
		t.Error("claims absence for the time in which nothing could arrive")
	}
	w.pass(noon.Add(time.Hour + 10*time.Minute))
	if len(w.told) != 1 {
		t.Error("never claims absence")
	}
}

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestOldGroupsGoAndAreCounted(t *testing.T) {
	w := watching(Spec{When: AtLeast, Count: 2, Within: Span(time.Minute), GroupBy: []string{"host"}})
	w.match(line{arrived: noon, row: rowAt(noon, "x", "host=fires")})
	w.match(line{arrived: noon, row: rowAt(noon, "x", "host=fires")})
	for i := range maxGroups + 500 {
		w.match(line{arrived: noon, row: rowAt(noon, "x", fmt.Sprintf("host=h%d", i))})
	}
	if len(w.groups) != maxGroups || w.order.Len() != maxGroups || w.dropped != 501 || len(w.active) != 1 {
		t.Errorf("%d groups, %d in order, %d dropped, %d active", len(w.groups), w.order.Len(), w.dropped, len(w.active))
	}
	if said := said(w); said != "fires fires 2" {
		t.Errorf("said %q", said)
	}
}

func TestMoreGroupsThanPeopleCanReadShareAnAlert(t *testing.T) {
	w := watching(Spec{GroupBy: []string{"host"}})
	for i := range maxActive + 50 {
		w.match(line{arrived: noon, row: rowAt(noon, "x", fmt.Sprintf("host=h%d", i))})
	}
	last := w.told[len(w.told)-1]
	if len(w.active) != maxActive+1 || last.group.values[0] != furtherGroups {
		t.Errorf("%d groups fire, the last is %q", len(w.active), last.group.values)
	}
	w.pass(noon.Add(time.Hour))
	if len(w.active) != 0 {
		t.Errorf("%d groups fire after an hour", len(w.active))
	}
}

// A watch that is stored and read in between goes on as if nothing had been.
func TestAWatchSurvivesBeingStored(t *testing.T) {
	spec := Spec{When: AtLeast, Count: 3, Within: Span(time.Minute), GroupBy: []string{"host"}}
	kept, renewed := watching(spec), watching(spec)
	for i := range 300 {
		at := noon.Add(time.Duration(i*i%97) * 3 * time.Second)
		row := rowAt(at, "x", fmt.Sprintf("host=h%d", i%7))
		for _, w := range []*watch{kept, renewed} {
			w.match(line{arrived: noon.Add(time.Duration(i) * 5 * time.Second), row: row})
			w.pass(noon.Add(time.Duration(i) * 5 * time.Second))
		}
		if a, b := said(kept), said(renewed); a != b {
			t.Fatalf("line %d: %q, after being stored %q", i, a, b)
		}
		text, err := json.Marshal(renewed.state())
		if err != nil {
			t.Fatal(err)
		}
		var st state
		if err := json.Unmarshal(text, &st); err != nil {
			t.Fatal(err)
		}
		renewed = watching(spec)
		renewed.resume(st, time.Time{}, 0)
		if renewed.held != kept.held {
			t.Fatalf("line %d: %d instants held, want %d", i, renewed.held, kept.held)
		}
	}
}

// A rule may group by several names of the same thing, of which a line has one.
func TestASummaryNamesTheGroupAndTheLine(t *testing.T) {
	w := watching(Spec{Filter: "sda", GroupBy: []string{"host", "hostname"}, Title: "Disk error"})
	w.match(line{arrived: noon, row: rowAt(noon, "sda: I/O\nerror", "hostname=db1")})
	in := w.alertOf(w.told[0], noon, "https://desk.example")
	if got := in.Annotations["summary"]; got != "Disk error (db1): sda: I/O error" {
		t.Errorf("summary %q", got)
	}
	if _, there := in.Labels["host"]; there || in.Labels["hostname"] != "db1" || in.Labels["service"] != "payments" {
		t.Errorf("labels %v", in.Labels)
	}
	if want := "https://desk.example/logs?as=logsql&"; !strings.HasPrefix(in.Link, want) {
		t.Errorf("link %s", in.Link)
	}
}

// Alerts carry what strangers wrote, so any line must make one that the alert room takes.
func TestAnyLineMakesAnAlert(t *testing.T) {
	hostile := "\x00\xff\u2028" + strings.Repeat("é\n", 9000)
	w := watching(Spec{GroupBy: []string{"host", "alertname"}, Filter: strings.Repeat("x ", 8000), SOP: "see the wiki"})
	w.match(line{arrived: noon, row: rowAt(noon, hostile, "host="+hostile, "component="+hostile, "service="+hostile, "alertname=x")})
	for _, told := range w.told {
		in := w.alertOf(told, noon, "https://desk.example")
		if err := in.Validate("alert", noon); err != nil {
			t.Error(err)
		}
		if in.Labels["alertname"] != "r" || in.Labels["group_alertname"] != "x" || in.Annotations["runbook"] != "see the wiki" {
			t.Errorf("%+v", in.Labels)
		}
	}
}
