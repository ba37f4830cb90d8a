package rule_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/domain/rule"
	"mainstay/internal/engine/signal"
)

// endless is a filter that needs minutes for the lines that long sends.
const endless = `~"^(?:.*a){240}$"`

func (r *room) long() {
	r.t.Helper()
	value := strings.Repeat("a", 1<<20) + "! boom"
	for range 35 {
		rows := []signal.Row{{Time: r.wall.Now(), Fields: []signal.Field{{Name: signal.Message, Value: value}}}}
		if err := r.store.Append(r.t.Context(), rows); err != nil {
			r.t.Fatal(err)
		}
	}
}

func TestARuleThatIsTooSlowIsGivenUpAndTheOthersGoOn(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.put("slow", rule.Spec{Filter: endless})
		r.put("other", rule.Spec{Filter: "boom"})
		r.long()
		r.wantFiring("log-rule-broken", "other")
		s, err := r.Get(t.Context(), admin, "slow")
		if err != nil || s.State != rule.Broken || !strings.HasPrefix(s.Why, "too slow: ") {
			t.Errorf("%+v, %v", s, err)
		}
		r.wall.Advance(time.Minute) // counts alone are stored when it is time to
		r.settle()
		if s, err = r.Get(t.Context(), admin, "other"); err != nil || s.Today != 35 {
			t.Errorf("of 35 lines the other rule matched %d, %v", s.Today, err)
		}
		r.long()
		r.put("third", rule.Spec{Filter: "third"}) // all rules are read anew
		r.wantFiring("log-rule-broken", "other")
		r.put("slow", rule.Spec{Filter: "cheap"})
		r.arrive("cheap")
		r.wantFiring("other", "slow")
	})
}

func TestARuleThatIsTooSlowIsTriedAgainLaterAndLaterAndItsAlertStaysMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.put("slow", rule.Spec{Filter: endless})
		why := func() string {
			t.Helper()
			s, err := r.Get(t.Context(), admin, "slow")
			if err != nil || s.State != rule.Broken {
				t.Fatalf("%+v, %v", s, err)
			}
			return s.Why
		}
		until := func(d time.Duration) string { return r.wall.Now().Add(d).UTC().Format("2006-01-02 15:04 UTC") }
		r.long()
		r.settle()
		first := why()
		if !strings.Contains(first, until(10*time.Minute)) {
			t.Errorf("%q does not say %s", first, until(10*time.Minute))
		}
		r.wall.Advance(9 * time.Minute)
		r.long()
		r.put("other", rule.Spec{Filter: "nothing"}) // all rules are read anew, this one stays aside
		r.settle()
		if why() != first {
			t.Errorf("it was tried again at once: %q", why())
		}
		r.wall.Advance(time.Minute)
		r.settle()
		r.wantFiring("log-rule-broken")
		r.long()
		r.settle()
		if got := why(); got == first || !strings.Contains(got, until(20*time.Minute)) {
			t.Errorf("after the second time %q does not say %s", got, until(20*time.Minute))
		}
		r.wall.Advance(time.Minute)
		r.settle() // that its lines have been dealt with is stored when it is time to
		r.wall.Advance(19 * time.Minute)
		r.wantFiring("log-rule-broken") // it is tried, and has to be quick for a while
		r.wall.Advance(11 * time.Minute)
		r.settle()
		r.wantFiring()
	})
}

func TestAStepEndsSoonAfterItsContextAndItsLinesAreShownAgain(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		r.put("slow", rule.Spec{Filter: endless})
		r.put("other", rule.Spec{Filter: "boom"})
		r.settle()
		r.long()
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		took := clock.Stopwatch()
		_, err := r.Step(ctx)
		if d := took(); !errors.Is(err, context.DeadlineExceeded) || d > 1500*time.Millisecond {
			t.Fatalf("%v after %s", err, d)
		}
		if s, err := r.Get(t.Context(), admin, "other"); err != nil || s.Today != 0 {
			t.Errorf("%d matches are stored, %v", s.Today, err)
		}
		r.wantFiring("log-rule-broken", "other")
		r.wall.Advance(time.Minute)
		r.settle()
		if s, err := r.Get(t.Context(), admin, "other"); err != nil || s.Today != 35 {
			t.Errorf("of 35 lines the other rule matched %d, %v", s.Today, err)
		}
	})
}
