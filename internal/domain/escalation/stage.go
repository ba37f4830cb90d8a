package escalation

import (
	"fmt"
	"time"
)

// stage is where the response clock stands: the step to page next. A round beyond the
// policy's repeats is the catch-all, and step counts its passes.
type stage struct{ Round, Step int }

const (
	defaultAckTimeout  = Minutes(30)
	defaultRepeatAfter = Minutes(5)
	defaultRepeatEvery = Minutes(60)
	catchAllEvery      = Minutes(5)
)

// catchAll reports whether the policy is used up at g.
func (s Spec) catchAll(g stage) bool {
	return g.Round > s.Response.Repeat || len(s.Response.Steps) == 0
}

// clamp brings g back into a policy that was changed while an incident is open: a step
// that no longer exists becomes the end of its round.
func (s Spec) clamp(g stage) stage {
	if !s.catchAll(g) && g.Step >= len(s.Response.Steps) {
		next, _ := s.after(stage{g.Round, len(s.Response.Steps) - 1})
		return next
	}
	return g
}

// after returns the stage that follows g and how long after paging g it comes.
func (s Spec) after(g stage) (stage, time.Duration) {
	if s.catchAll(g) {
		return stage{g.Round, g.Step + 1}, catchAllEvery.Duration()
	}
	if i := g.Step + 1; i < len(s.Response.Steps) {
		return stage{g.Round, i}, s.Response.Steps[i].After.Duration()
	}
	return stage{g.Round + 1, 0}, s.Response.RepeatAfter.Or(defaultRepeatAfter).Duration()
}

// name tells people which stage it is: "step 2 of 4", "step 1 of 4, repeat 1", "catch-all".
func (s Spec) name(g stage) string {
	if s.catchAll(g) {
		return fmt.Sprintf("catch-all, pass %d", g.Step+1)
	}
	n := fmt.Sprintf("step %d of %d", g.Step+1, len(s.Response.Steps))
	if g.Round > 0 {
		n += fmt.Sprintf(", repeat %d", g.Round)
	}
	return n
}

// rung returns step i of a ladder and how long after detection it is due; past the end the
// last step comes again, every so often after it was last paged.
func (l Ladder) rung(i int) Step { return l.Steps[min(i, len(l.Steps)-1)] }

// rungAt returns the last step that was due after so long an outage, or the first.
func (l Ladder) rungAt(outage time.Duration) int {
	at := 0
	for i, step := range l.Steps {
		if step.After.Duration() <= outage {
			at = i
		}
	}
	return at
}

// rungDue returns when step i is due, for a clock that counts from an instant; last is when
// the step before was paged, which only matters for repeats.
func (l Ladder) rungDue(i int, from, last time.Time, repeat Minutes) time.Time {
	if i < len(l.Steps) {
		return from.Add(l.Steps[i].After.Duration())
	}
	return last.Add(repeat.Or(defaultRepeatEvery).Duration())
}

// rungName tells people which step of the resolution clock it is.
func (l Ladder) rungName(i int) string {
	if i < len(l.Steps) {
		return fmt.Sprintf("step %d of %d", i+1, len(l.Steps))
	}
	return fmt.Sprintf("step %d of %d, again", len(l.Steps), len(l.Steps))
}
