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
