package firing

import (
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/internal/base/errs"
	"mainstay/internal/domain/metricrule/group"
	"mainstay/internal/engine/signal"
)

// desk is what people have been told, by the labels of the alert.
type desk map[string]bool

func (d desk) hear(t *rapid.T, p Plan) {
	for _, one := range p.Tell {
		key := printOf("", one.Labels)
		switch one.What {
		case Begins:
			if d[key] {
				t.Fatalf("%v begins a second time", one.Labels)
			}
			d[key] = true
		case Repeats, Ends:
			if !d[key] {
				t.Fatalf("%v is told of, and did not begin", one.Labels)
			}
			if one.What == Ends {
				delete(d, key)
			}
		}
	}
}

func TestPeopleHearOfEachAlertOnceAndOfItsEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		have, told := map[string]Row{}, desk{}
		now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "seconds")) * time.Second)
			results, of := drawn(t, now)
			open := rapid.Bool().Draw(t, "open")
			p := Reconcile(have, results, of, func(string) bool { return open }, now, "g")
			told.hear(t, p)
			if rapid.IntRange(0, 9).Draw(t, "crash") == 0 {
				// Nothing of it was stored: the same must come again, no more and no less.
				told = desk{}
				for _, r := range have {
					if r.Sent != nil {
						told[printOf("", r.Sent)] = true
					}
				}
				continue
			}
			have = stored(t, have, p)
			checkRows(t, have, results, of)
			again := Reconcile(have, results, of, func(string) bool { return open }, now, "g")
			if !again.Empty() {
				t.Fatalf("the same results change something a second time: %+v", again)
			}
		}
	})
}

// drawn are results of two rules, each with up to three alerts.
func drawn(t *rapid.T, now time.Time) (results []signal.RuleResult, of []group.Terms) {
	for _, key := range []string{"A", "B"} {
		r := signal.RuleResult{Key: key}
		if rapid.IntRange(0, 5).Draw(t, "fails") == 0 {
			r.Err = errs.Unavailablef("down")
		}
		for _, queue := range []string{"a", "b", "c"} {
			if rapid.Bool().Draw(t, "active") {
				a := signal.RuleAlert{Rule: key, Labels: map[string]string{"alertname": key, "queue": queue}, Active: now, Firing: rapid.Bool().Draw(t, "firing")}
				if a.Firing {
					a.Fired = now
				}
				r.Alerts = append(r.Alerts, a)
			}
		}
		results = append(results, r)
		of = append(of, group.Terms{Test: rapid.IntRange(0, 4).Draw(t, "test") == 0, Hours: rapid.SampledFrom([]string{"", "mornings"}).Draw(t, "hours"),
			Service: rapid.SampledFrom([]string{"", "payments"}).Draw(t, "service")})
	}
	return results, of
}

// stored applies a plan as the database does, and compares that with what the plan says.
func stored(t *rapid.T, have map[string]Row, p Plan) map[string]Row {
	out := maps.Clone(have)
	for _, r := range p.Save {
		out[r.Print] = r
	}
	for _, print := range p.Drop {
		delete(out, print)
	}
	if len(out) != len(p.Rows) {
		t.Fatalf("%d rows are stored, and %d are meant", len(out), len(p.Rows))
	}
	for print, r := range p.Rows {
		if o, ok := out[print]; !ok || !o.same(r) {
			t.Fatalf("stored %+v, meant %+v", o, r)
		}
	}
	return out
}

// checkRows says what must hold of what is stored.
func checkRows(t *rapid.T, have map[string]Row, results []signal.RuleResult, of []group.Terms) {
	for i, result := range results {
		if result.Err != nil {
			continue
		}
		n := 0
		for _, r := range have {
			if r.Rule != result.Key {
				continue
			}
			n++
			if r.Sent != nil && (!r.Firing || of[i].Test) {
				t.Fatalf("raised, and not firing or in test mode: %+v", r)
			}
			if r.Firing && r.Sent == nil && !of[i].Test && of[i].Hours == "" {
				t.Fatalf("firing and not raised: %+v", r)
			}
		}
		if n != len(result.Alerts) {
			t.Fatalf("%d rows of a rule with %d active alerts", n, len(result.Alerts))
		}
	}
}

func TestAnAlertOfTwoRulesEndsWithTheLast(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	fires := func(keys ...string) (out []signal.RuleResult) {
		for _, key := range []string{"Deep", "Deep#2"} {
			r := signal.RuleResult{Key: key}
			if slices.Contains(keys, key) {
				r.Alerts = []signal.RuleAlert{{Rule: key, Labels: map[string]string{"alertname": "Deep"}, Firing: true, Active: now, Fired: now}}
			}
			out = append(out, r)
		}
		return out
	}
	have := map[string]Row{}
	for _, c := range []struct {
		keys []string
		ends int
	}{{[]string{"Deep", "Deep#2"}, 0}, {[]string{"Deep#2"}, 0}, {[]string{"Deep"}, 0}, {nil, 1}} {
		now = now.Add(time.Second)
		p := Reconcile(have, fires(c.keys...), make([]group.Terms, 2), func(string) bool { return true }, now, "g")
		ends := 0
		for _, one := range p.Tell {
			if one.What == Ends {
				ends++
			}
		}
		if ends != c.ends {
			t.Errorf("%v: told of %d ends, want %d", c.keys, ends, c.ends)
		}
		have = p.Rows
	}
}

func TestAFloodOfOneRuleIsRaisedInPart(t *testing.T) {
	now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	flood := func(n int) []signal.RuleResult {
		r := signal.RuleResult{Key: "Down"}
		for i := range n {
			r.Alerts = append(r.Alerts, signal.RuleAlert{Rule: "Down", Labels: map[string]string{"host": strconv.Itoa(i)}, Firing: true, Active: now, Fired: now})
		}
		return []signal.RuleResult{r}
	}
	open := func(string) bool { return true }
	p := Reconcile(nil, flood(most+40), make([]group.Terms, 1), open, now, "g")
	if p.Fired != most || len(p.Tell) != most || p.Over["Down"] != 40 || len(p.Rows) != most+40 {
		t.Errorf("%d raised, %d told, %d over, %d rows", p.Fired, len(p.Tell), p.Over["Down"], len(p.Rows))
	}
	// What ends makes room for others.
	p = Reconcile(p.Rows, flood(most-10), make([]group.Terms, 1), open, now.Add(time.Second), "g")
	if sent := p.raisedNow(); p.Over["Down"] != 0 || sent != most-10 {
		p = Reconcile(p.Rows, flood(most-10), make([]group.Terms, 1), open, now.Add(2*time.Second), "g")
		if sent := p.raisedNow(); sent != most-10 {
			t.Errorf("%d raised of %d", sent, most-10)
		}
	}
}

func (p Plan) raisedNow() (n int) {
	for _, r := range p.Rows {
		if r.Sent != nil {
			n++
		}
	}
	return n
}
