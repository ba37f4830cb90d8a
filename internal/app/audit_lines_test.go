package app_test

import (
	"slices"
	"testing"
	"time"

	"mainstay/internal/app"
	"mainstay/internal/apptest"
	"mainstay/internal/audit"
	"mainstay/internal/base/clock"
	"mainstay/internal/engine/signal"
)

// ofLines are what the desk's own auditor finds about log lines.
func ofLines(t *testing.T, d *apptest.Desk) []audit.Finding {
	t.Helper()
	found, err := d.Auditor.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(found, func(f audit.Finding) bool { return f.Invariant != 3 && f.Invariant != 7 })
}

func lineAt(at time.Time, message string) signal.Row {
	return signal.Row{Time: at, Fields: []signal.Field{{Name: signal.Message, Value: message}, {Name: signal.Source, Value: "app"}}}
}

// TestTheAuditorNoticesLinesThatRulesWereNotShown breaks invariant 7: what the rules had not seen is
// let go, or they stand still while lines wait.
func TestTheAuditorNoticesLinesThatRulesWereNotShown(t *testing.T) {
	wall := clock.NewFake(clock.Wall().Now())
	d := apptest.Open(t, "sqlite", func(o *app.Options) { o.LogClock = wall })
	if err := d.Logs.Append(t.Context(), []signal.Row{lineAt(wall.Now(), "one")}); err != nil {
		t.Fatal(err)
	}
	if found := ofLines(t, d); len(found) > 0 {
		t.Fatalf("a line that has just come: %+v", found)
	}
	wall.Advance(4 * time.Minute)
	if found := ofLines(t, d); len(found) != 1 || found[0].Invariant != 7 || !found[0].Late {
		t.Fatalf("rules that stand still: %+v", found)
	}
	for {
		r, err := d.Rooms.Rules.Step(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if r.Did == 0 {
			break
		}
	}
	wall.Advance(time.Minute)
	if _, err := d.Rooms.Rules.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found := ofLines(t, d); len(found) > 0 {
		t.Fatalf("all were shown: %+v", found)
	}
	if err := d.Logs.Append(t.Context(), []signal.Row{lineAt(wall.Now(), "two")}); err != nil {
		t.Fatal(err)
	}
	d.Logs.Reader("rules", d.Logs.SpoolID(), d.Logs.End()) // releases what no rule has seen
	if found := ofLines(t, d); len(found) != 1 || found[0].Invariant != 7 || found[0].Late {
		t.Fatalf("lines that were let go: %+v", found)
	}
}

// TestTheAuditorNoticesLinesThatCannotBeFound breaks invariant 3: a sender was told that a line is
// safe, and it is nowhere.
func TestTheAuditorNoticesLinesThatCannotBeFound(t *testing.T) {
	wall := clock.NewFake(clock.Wall().Now())
	d := apptest.Open(t, "sqlite")
	d.StartLogs()
	d.SampleBy(wall)
	here := lineAt(wall.Now().Add(-time.Second), `it "is" here\ and é`)
	if err := d.Logs.Append(t.Context(), []signal.Row{here}); err != nil {
		t.Fatal(err)
	}
	d.Remember(here)
	if err := d.Logs.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found := ofLines(t, d); len(found) > 0 {
		t.Fatalf("before it must be there: %+v", found)
	}
	wall.Advance(time.Minute)
	if found := ofLines(t, d); len(found) > 0 {
		t.Fatalf("a line that is there: %+v", found)
	}
	d.Remember(lineAt(wall.Now(), "it was never stored"))
	d.ForgetSample() // a crash, after which it must be looked for all the more
	wall.Advance(time.Minute)
	for range 2 {
		if found := ofLines(t, d); len(found) != 1 || found[0].Invariant != 3 || found[0].Late {
			t.Fatalf("a line that is nowhere: %+v", found)
		}
	}
}
