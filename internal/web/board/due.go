package board

import (
	"slices"
	"time"

	"github.com/a-h/templ"
)

// due is something that happens next by itself, or was promised.
type due struct {
	id   string
	at   time.Time
	soon time.Duration // before it the countdown turns amber
	late bool          // or nearly
	what templ.Component
}

// due are the next steps, shift changes and promises, the soonest first.
func (b board) due() []due {
	var out []due
	for _, s := range b.steps[:min(len(b.steps), maxSteps)] {
		out = append(out, due{"step-" + s.Key + "-" + string(s.Clock), s.At, soon, false, dueStep(s)})
	}
	for _, r := range b.shifts() {
		out = append(out, due{"shift-" + r.Roster.Name, r.Next, 0, false, dueShift(r)})
	}
	for _, f := range b.promises {
		out = append(out, due{"follow-up-" + string(f.ID), f.Due, 0, true, dueFollowUp(f)})
	}
	slices.SortStableFunc(out, func(x, y due) int { return x.at.Compare(y.at) })
	return out
}
