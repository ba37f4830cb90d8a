package rule_test

import (
	"testing"
	"time"

	"mainstay/internal/domain/rule"
)

// TestAnAlertOfAnyLineStaysUntilAPersonEndsIt: across restarts, and however long nothing comes.
func TestAnAlertOfAnyLineStaysUntilAPersonEndsIt(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.put("crash", rule.Spec{Filter: "boom", Severity: 1})
		r.put("passing", rule.Spec{Filter: "boom", Quiet: rule.Span(10 * time.Minute)})
		r.arrive("boom")
		r.wantFiring("crash", "passing")
		r.wall.Advance(11 * time.Minute)
		r.settle()
		r.wantFiring("crash")
		r.start(r.Compiler)
		r.wall.Advance(24 * time.Hour)
		r.settle()
		r.wantFiring("crash")
		if err := r.Enable(t.Context(), admin, "crash", false); err != nil {
			t.Fatal(err)
		}
		r.wantFiring()
	})
}

func TestADisabledRuleEndsWhatItLeftOpen(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.put("crash", rule.Spec{Filter: "boom"})
		r.arrive("boom")
		r.wall.Advance(11 * time.Minute)
		r.settle()
		r.wall.Advance(time.Minute) // what is left open is stored when it is time to
		r.settle()
		r.wantFiring("crash")
		if err := r.Delete(t.Context(), admin, "crash"); err != nil {
			t.Fatal(err)
		}
		r.wantFiring()
	})
}

// TestTenQuietMinutesMayBeAskedForAndAreNoDefaultOfAnyLine: left out they mean something else.
func TestTenQuietMinutesMayBeAskedForAndAreNoDefaultOfAnyLine(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.put("any", rule.Spec{Filter: "a", Quiet: rule.Span(10 * time.Minute)})
		r.put("burst", rule.Spec{Filter: "a", When: rule.AtLeast, Count: 2, Within: rule.Span(time.Minute), Quiet: rule.Span(10 * time.Minute)})
		for name, want := range map[string]rule.Span{"any": rule.Span(10 * time.Minute), "burst": 0} {
			s, err := r.Get(t.Context(), admin, name)
			if err != nil || s.Spec.Quiet != want || s.Spec.Stays() {
				t.Errorf("%s: %+v, %v", name, s.Spec, err)
			}
		}
	})
}
