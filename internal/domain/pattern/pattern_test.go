package pattern_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/pattern"
	"mainstay/internal/engine/signal"
)

func want(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("patterns\n got %q\nwant %q", got, want)
	}
}

func TestCountsAreExactAfterACrash(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.step() // what is old is forgotten, and all stored, at the first one
		d.send("pay", d.clock.Now(), "Accepted password for ana from 10.0.0.1", "Accepted password for ben from 10.0.0.2")
		d.step() // counted, not stored
		if _, said := d.list(); len(said) > 0 {
			t.Errorf("stored already: %q", said)
		}
		d.crash()
		d.store()
		d.send("pay", d.clock.Now(), "Accepted password for cleo from 10.0.0.3", "cache miss 7")
		d.step()
		d.crash()
		d.crash()
		d.store()
		d.crash()
		d.store()
		list, said := d.list()
		want(t, said, "3 Accepted password for <*> from <ip>", "1 cache miss <num>")
		if list.Lines != 4 || list.Patterns[0].Share != 0.75 || list.Patterns[0].Estimated || list.Patterns[0].New || list.All != 2 {
			t.Errorf("%+v", list)
		}
	})
}

func TestNothingIsStoredMoreOftenThanNeeded(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.send("pay", d.clock.Now(), "one")
		d.step() // the first one stores
		d.send("pay", d.clock.Now(), "one")
		d.step()
		_, said := d.list()
		want(t, said, "1 one")
		d.clock.Advance(pattern.FlushEvery)
		d.step()
		_, said = d.list()
		want(t, said, "2 one")
	})
}

func TestALaggingReaderSamplesAndSaysSo(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.store()
		d.behind = 65 << 20
		lines := slices.Repeat([]string{"the same line"}, 800)
		d.send("pay", d.clock.Now(), lines...)
		d.store()
		list, said := d.list()
		want(t, said, "800 the same line")
		if !list.Patterns[0].Estimated {
			t.Error("counts of a sample are not marked")
		}
	})
}

func TestChangesAreToldAgainstYesterdayAndLastWeek(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		now := d.clock.Now().Add(30 * time.Minute) // half of the hour from 9 has passed
		at := func(ago time.Duration, n int, line string) {
			d.send("pay", now.Add(-ago), slices.Repeat([]string{line}, n)...)
		}
		at(7*24*time.Hour, 8, "steady")
		at(24*time.Hour, 8, "steady")
		at(24*time.Hour, 2, "growing")
		at(24*time.Hour, 6, "gone")
		at(0, 4, "steady")
		at(0, 10, "growing")
		at(0, 1, "brand new")
		d.clock.Advance(30 * time.Minute)
		d.store()
		ask := func(against pattern.Against, order pattern.Order) map[string]pattern.Found {
			list, _ := d.list(func(q *pattern.Question) {
				q.From, q.To, q.Against, q.Order = now.Truncate(time.Hour), now, against, order
			})
			out := map[string]pattern.Found{}
			for _, f := range list.Patterns {
				out[f.Text] = f
			}
			if against == pattern.Day && order != "" {
				first := map[pattern.Order]string{pattern.ByCount: "growing", pattern.ByChange: "growing", pattern.ByNew: "brand new"}[order]
				if list.Patterns[0].Text != first {
					t.Errorf("by %s %q is first", order, list.Patterns[0].Text)
				}
			}
			return out
		}
		for text, times := range map[string]float64{"steady": 1, "growing": 10, "gone": 0, "brand new": 0} {
			for _, order := range []pattern.Order{pattern.ByCount, pattern.ByChange, pattern.ByNew} {
				f := ask(pattern.Day, order)[text]
				if math.Abs(f.Times()-times) > 0.01 || !f.Compared || f.New != (text == "brand new") || f.Gone() != (text == "gone") {
					t.Errorf("%s by %s: %v times, %+v", text, order, f.Times(), f)
				}
			}
		}
		if f := ask(pattern.Week, "")["steady"]; math.Abs(f.Times()-1) > 0.01 {
			t.Errorf("against last week: %v", f.Times())
		}
		if spark := ask(pattern.Day, "")["steady"].Spark; spark[pattern.Sparks-1] != 4 || len(spark) != pattern.Sparks {
			t.Errorf("sparkline %v", spark)
		}
		for length, shift := range map[time.Duration]time.Duration{24 * time.Hour: 24 * time.Hour, 25 * time.Hour: 48 * time.Hour, 7 * 24 * time.Hour: 7 * 24 * time.Hour} {
			if list, _ := d.list(func(q *pattern.Question) { q.From, q.To = now.Add(-length), now }); list.Shift != shift {
				t.Errorf("a range of %v, begun within an hour, is compared with that %v before", length, list.Shift)
			}
		}
		list, _ := d.list(func(q *pattern.Question) { q.Since = now.Add(time.Second) })
		for _, f := range list.Patterns {
			if f.New {
				t.Errorf("%q is new since an instant after it", f.Text)
			}
		}
	})
}

func TestWithoutAYesterdayNothingIsCompared(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.send("pay", d.clock.Now(), "one")
		d.store()
		if list, _ := d.list(); list.Patterns[0].Compared || list.Patterns[0].Times() != 0 {
			t.Errorf("%+v", list.Patterns[0])
		}
	})
}

func TestOnlyWhatMayBeReadIsListed(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.send("pay", d.clock.Now(), "of payments by 7")
		d.send("trade", d.clock.Now(), "of payments by 8")
		d.send("", d.clock.Now(), "of nobody by 9")
		d.store()
		for name, c := range map[string]struct {
			scope signal.Scope
			n     int
		}{
			"everything":    {signal.Scope{All: true}, 3},
			"one service":   {signal.Scope{Services: []string{"pay"}}, 1},
			"two services":  {signal.Scope{Services: []string{"pay", "trade"}}, 2},
			"another one's": {signal.Scope{Services: []string{"other", "app"}}, 0},
			"nothing":       {signal.Scope{}, 0},
		} {
			d.scope = c.scope
			list, _ := d.list()
			if len(list.Patterns) != c.n || len(list.Origins) != c.n || list.Lines != int64(c.n) {
				t.Errorf("%s: %+v", name, list)
			}
			for _, f := range list.Patterns {
				if f.Service == "pay" && !strings.HasSuffix(f.Example, "7") {
					t.Errorf("%s shows the line of another service: %q", name, f.Example)
				}
			}
		}
		d.scope = signal.Scope{Services: []string{"pay"}}
		list, _ := d.list(func(q *pattern.Question) { q.Service = "trade" })
		if len(list.Patterns) > 0 {
			t.Error("asking for a service leaves the scope")
		}
	})
}

func TestWrongQuestionsAreRefused(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		now := d.clock.Now()
		for name, q := range map[string]pattern.Question{
			"no range": {}, "backwards": {From: now, To: now.Add(-time.Hour)}, "too long": {From: now.Add(-36 * 24 * time.Hour), To: now},
			"order": {From: now.Add(-time.Hour), To: now, Order: "x"}, "against": {From: now.Add(-time.Hour), To: now, Against: "x"},
			"limit": {From: now.Add(-time.Hour), To: now, Limit: 501},
		} {
			if _, err := d.rooms.List(t.Context(), actor.Mainstay, q); !errs.Is(err, errs.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestWhatIsOldIsForgotten(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.send("pay", d.clock.Now(), "old one", "old and new")
		d.send("pay", d.clock.Now().Add(-36*24*time.Hour), "too old when it came")
		d.store()
		d.clock.Advance(30 * 24 * time.Hour)
		d.send("pay", d.clock.Now(), "old and new")
		d.store()
		d.clock.Advance(6 * 24 * time.Hour)
		d.step()
		list, said := d.list(func(q *pattern.Question) { q.From = d.clock.Now().Add(-34 * 24 * time.Hour) })
		want(t, said, "1 old and new")
		if len(list.Origins) != 1 {
			t.Errorf("%+v", list.Origins)
		}
		d.send("pay", d.clock.Now().Add(-48*time.Hour), "cache miss 7")
		d.send("pay", d.clock.Now(), "old one")
		d.store()
		list, said = d.list()
		want(t, said, "1 old one")
		if !list.Patterns[0].New {
			t.Error("what comes back after it was forgotten is not new")
		}
	})
}

func TestWhatCannotBeStoredAsItIsIsCountedAllTheSame(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.send("p\x00a\xffy", d.clock.Now(), "a\x00b \xff\xfe c", "", "<*>", "<*>")
		d.store()
		d.crash()
		d.send("p\x00a\xffy", d.clock.Now(), "a\x00b \xff\xfe c", "", "<*>")
		d.store()
		_, said := d.list()
		want(t, said, "3 <*>", "2 (empty)", "2 a b \uFFFD c")
	})
}

func TestTwoNodesShareATemplate(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		other := &desk{t: t, db: d.db, clock: d.clock, dir: t.TempDir(), scope: d.scope}
		other.open()
		t.Cleanup(func() {
			if err := other.logs.Stop(); err != nil {
				t.Error(err)
			}
		})
		const first = "Accepted password for ana from 10.0.0.1 on tty one"
		for _, node := range []*desk{d, other} {
			node.send("pay", d.clock.Now(), first)
			node.store()
		}
		d.send("pay", d.clock.Now(), "Accepted password for ben from 10.0.0.1 on tty one")
		other.send("pay", d.clock.Now(), "Accepted password for ana from 10.0.0.1 on tty two")
		d.store()
		other.store()
		_, said := d.list()
		want(t, said, "4 Accepted password for <*> from <ip> on tty <*>")
	})
}

// TestTheFirstPatternsOfASourceAreLearntAndNotTold: at the first start of a log each of them is new to
// everybody.
func TestTheFirstPatternsOfASourceAreLearntAndNotTold(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.crash() // reads what is stored: nothing
		if _, isNew := d.isNew(row("pay", d.clock.Now().Add(-24*time.Hour), "disk 1 failed badly")); isNew {
			t.Error("the first line of a source is told")
		}
		d.clock.Advance(pattern.LearnFor - time.Second)
		d.crash()
		if _, isNew := d.isNew(row("pay", d.clock.Now(), "lost quorum")); isNew {
			t.Error("a pattern of the first hour is told")
		}
		d.clock.Advance(time.Second)
		if _, isNew := d.isNew(row("pay", d.clock.Now(), "cannot write the journal")); !isNew {
			t.Error("a pattern after the first hour is not told")
		}
		if _, isNew := d.isNew(row("pay", d.clock.Now(), "lost quorum")); isNew {
			t.Error("what was learnt is told later")
		}
		if _, isNew := d.isNew(row("trade", d.clock.Now(), "lost quorum")); isNew {
			t.Error("another service does not learn for itself")
		}
	})
}

func TestARuleOverASourceThatIsOldLearnsNothing(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.send("pay", d.clock.Now(), "disk 1 failed badly")
		d.store()
		d.clock.Advance(pattern.LearnFor)
		if _, isNew := d.isNew(row("pay", d.clock.Now(), "lost quorum")); !isNew {
			t.Error("a pattern that the room does not know is not told")
		}
	})
}

func TestTheFirstLineOfAPatternStaysNewAndNoOtherIs(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.learn("pay", "trade")
		at := d.clock.Now()
		rows := []signal.Row{
			row("pay", at, "disk 1 failed badly"), row("pay", at.Add(time.Second), "disk 2 failed badly"),
			row("pay", at.Add(2*time.Second), "lost quorum"), row("trade", at, "disk 1 failed badly"),
		}
		ask := func() (out []bool) {
			for _, r := range rows {
				_, isNew := d.isNew(r)
				out = append(out, isNew)
			}
			return out
		}
		wanted := []bool{true, false, true, true}
		for _, what := range []string{"first", "by another rule"} {
			if got := ask(); !slices.Equal(got, wanted) {
				t.Errorf("%s: %v", what, got)
			}
		}
		d.crash()
		if got := ask(); !slices.Equal(got, wanted) {
			t.Errorf("after a crash: %v", got)
		}
		if text, isNew := d.isNew(row("pay", at.Add(time.Hour), "disk 3 failed badly")); isNew || text != "disk <num> failed badly" {
			t.Errorf("later: %q %v", text, isNew)
		}
	})
}

func TestWhatTheRoomKnewIsNotNewToARule(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.learn("pay")
		at := d.clock.Now()
		d.send("pay", at, "disk 1 failed badly")
		d.store()
		if _, isNew := d.isNew(row("pay", at.Add(time.Minute), "disk 2 failed badly")); isNew {
			t.Error("a rule made today calls new what came before it")
		}
		if _, isNew := d.isNew(row("pay", at, "disk 1 failed badly")); isNew {
			t.Error("what was known becomes new")
		}
		d.send("pay", at.Add(time.Minute), "lost quorum")
		d.store()
		if _, isNew := d.isNew(row("pay", at.Add(time.Minute), "lost quorum")); !isNew {
			t.Error("the first line is not new because it was counted before the rule saw it")
		}
	})
}

func TestWhetherALineIsNewIsAskedAgainWhenTheDatabaseCannotTell(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.learn("pay")
		d.crash()
		first := row("pay", d.clock.Now(), "disk 1 failed badly")
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := d.rooms.IsNew(gone, "app", first); err == nil {
			t.Fatal("it is known what no database has said")
		}
		d.isNew(row("pay", d.clock.Now(), "lost quorum")) // the patterns are read by now
		if _, _, err := d.rooms.IsNew(gone, "app", first); err == nil {
			t.Fatal("a pattern that is not stored is called known or new")
		}
		if _, isNew := d.isNew(first); !isNew {
			t.Error("the line is not new any more because it was asked about in vain")
		}
	})
}

// Strangers write the text, and what no database takes must not stand in the way of all others.
func TestAnyLineCanBeNew(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.learn("p\x00\xff", "pay")
		if _, isNew := d.isNew(row("p\x00\xff", d.clock.Now(), "b\x00ad \xff\xfe line")); !isNew {
			t.Error("not new")
		}
		d.crash()
		if _, isNew := d.isNew(row("pay", d.clock.Now(), "lost quorum")); !isNew {
			t.Error("the next one is not new")
		}
	})
}
