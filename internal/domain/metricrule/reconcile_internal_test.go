package metricrule

import (
	"maps"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
)

// desk is what people have been told, by the labels of the alert.
type desk map[string]bool

func (d desk) hear(t *rapid.T, p plan) {
	for _, one := range p.tell {
		key := printOf("", one.labels)
		switch one.what {
		case begins:
			if d[key] {
				t.Fatalf("%v begins a second time", one.labels)
			}
			d[key] = true
		case repeats, ends:
			if !d[key] {
				t.Fatalf("%v is told of, and did not begin", one.labels)
			}
			if one.what == ends {
				delete(d, key)
			}
		}
	}
}

func TestPeopleHearOfEachAlertOnceAndOfItsEnd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		have, told := map[string]row{}, desk{}
		now := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(1, 90).Draw(t, "seconds")) * time.Second)
			results, of := drawn(t, now)
			open := rapid.Bool().Draw(t, "open")
			p := reconcile(have, results, of, func(string) bool { return open }, now, "g")
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
			again := reconcile(have, results, of, func(string) bool { return open }, now, "g")
			if !again.empty() {
				t.Fatalf("the same results change something a second time: %+v", again)
			}
		}
	})
}

// drawn are results of two rules, each with up to three alerts.
func drawn(t *rapid.T, now time.Time) (results []signal.RuleResult, of []terms) {
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
		of = append(of, terms{test: rapid.IntRange(0, 4).Draw(t, "test") == 0, hours: rapid.SampledFrom([]string{"", "mornings"}).Draw(t, "hours"),
			service: rapid.SampledFrom([]string{"", "payments"}).Draw(t, "service")})
	}
	return results, of
}

// stored applies a plan as the database does, and compares that with what the plan says.
func stored(t *rapid.T, have map[string]row, p plan) map[string]row {
	out := maps.Clone(have)
	for _, r := range p.save {
		out[r.Print] = r
	}
	for _, print := range p.drop {
		delete(out, print)
	}
	if len(out) != len(p.rows) {
		t.Fatalf("%d rows are stored, and %d are meant", len(out), len(p.rows))
	}
	for print, r := range p.rows {
		if o, ok := out[print]; !ok || !o.same(r) {
			t.Fatalf("stored %+v, meant %+v", o, r)
		}
	}
	return out
}

// checkRows says what must hold of what is stored.
func checkRows(t *rapid.T, have map[string]row, results []signal.RuleResult, of []terms) {
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
			if r.Sent != nil && (!r.Firing || of[i].test) {
				t.Fatalf("raised, and not firing or in test mode: %+v", r)
			}
			if r.Firing && r.Sent == nil && !of[i].test && of[i].hours == "" {
				t.Fatalf("firing and not raised: %+v", r)
			}
		}
		if n != len(result.Alerts) {
			t.Fatalf("%d rows of a rule with %d active alerts", n, len(result.Alerts))
		}
	}
}

func TestSpansAreWrittenAsPrometheusDoes(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0s", "0s": "0s", "5m": "5m", "90s": "1m30s", "1d": "1d", "24h": "1d", "1d12h": "1d12h", "36h": "1d12h", "7d": "1w", "8d": "8d", "2w": "2w",
		"1y": "1y", "1h30m": "1h30m", "1500ms": "1s500ms", "1y2w3d4h5m6s7ms": "382d4h5m6s7ms",
	} {
		var s Span
		if err := s.UnmarshalText([]byte(text)); err != nil || s.String() != want {
			t.Errorf("%s is %s, want %s (%v)", text, s, want, err)
		}
	}
	for _, text := range []string{"", "5", "-5m", "5 minutes", "1.5h", "5m1h", "1000000y", "99999999999999s", "m"} {
		var s Span
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for %s", text, s)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := Span(time.Duration(rapid.Int64Range(0, int64(maxSpan/time.Millisecond)).Draw(t, "ms")) * time.Millisecond)
		var again Span
		if err := again.UnmarshalText([]byte(s.String())); err != nil || again != s {
			t.Fatalf("%s is read back as %s: %v", s, again, err)
		}
	})
}
