package notify

import (
	"cmp"
	"slices"
	"time"

	"mainstay/internal/engine/outbox"
)

// Step is one method of a page, and when it is used.
type Step struct {
	Method MethodID      `json:"method"`
	After  time.Duration `json:"after"` // from the start of the page
	// Reserve marks a method that no rule names: it is used only when others fail.
	Reserve bool      `json:"reserve,omitempty"`
	Taken   time.Time `json:"taken,omitzero"` // zero while not used yet
}

// plan makes the steps of a page from a person's rules. Rules whose method is not verified
// do not count; when none is left, every verified method is used at once.
func plan(rules []Rule, methods []Method) []Step {
	usable := preferred(methods)
	has := func(id MethodID) bool {
		return slices.ContainsFunc(usable, func(m Method) bool { return m.ID == id })
	}
	var steps []Step
	for _, r := range rules {
		if has(r.Method) {
			steps = append(steps, Step{Method: r.Method, After: r.After})
		}
	}
	reserve := len(steps) > 0
	named := slices.Clone(steps)
	for _, m := range usable {
		if !slices.ContainsFunc(named, func(s Step) bool { return s.Method == m.ID }) {
			steps = append(steps, Step{Method: m.ID, Reserve: reserve})
		}
	}
	return steps
}

// preferred returns the verified methods, mail first, else in the person's order.
func preferred(methods []Method) []Method {
	usable := slices.DeleteFunc(slices.Clone(methods), func(m Method) bool { return !m.Usable() })
	slices.SortStableFunc(usable, func(a, b Method) int {
		return cmp.Compare(channelRank(a.Channel), channelRank(b.Channel))
	})
	return usable
}

func channelRank(c outbox.Channel) int {
	if c == outbox.Mail {
		return 0
	}
	return 1
}

// due returns the indexes of the steps whose time has come by their rule.
func due(steps []Step, elapsed time.Duration) []int {
	var out []int
	for i, s := range steps {
		if s.Taken.IsZero() && !s.Reserve && s.After <= elapsed {
			out = append(out, i)
		}
	}
	return out
}

// nextOpen returns the index of the next step to use when others fail, -1 when all are used.
func nextOpen(steps []Step) int {
	return slices.IndexFunc(steps, func(s Step) bool { return s.Taken.IsZero() })
}

// nextRule returns how long after the start the next rule is due; ok is false when none is.
func nextRule(steps []Step) (after time.Duration, ok bool) {
	for _, s := range steps {
		if s.Taken.IsZero() && !s.Reserve && (!ok || s.After < after) {
			after, ok = s.After, true
		}
	}
	return after, ok
}

// lastTaken returns when a step was last used.
func lastTaken(steps []Step) (at time.Time) {
	for _, s := range steps {
		if s.Taken.After(at) {
			at = s.Taken
		}
	}
	return at
}

// timed reports whether the page ever needed a timer.
func timed(steps []Step) bool {
	return slices.ContainsFunc(steps, func(s Step) bool { return s.After > 0 || s.Reserve })
}

// verdict is what a page is to do now.
type verdict int

const (
	wait   verdict = iota // for a message under way, or for a rule
	more                  // use the next method now
	arrive                // end as delivered
	giveUp                // end as exhausted
)

// judge decides from how the messages of a page stand. late says that nothing has arrived
// for as long as Config.FallbackAfter.
func judge(steps []Step, messages []outbox.Message, late bool) verdict {
	sent, pending := anySent(messages), anyPending(messages)
	_, ruled := nextRule(steps)
	switch {
	case sent && (pending || ruled):
		return wait
	case sent:
		return arrive
	case lastTaken(steps).IsZero():
		return wait // the first rule has a delay
	case nextOpen(steps) >= 0 && (late || !pending):
		return more
	case pending:
		return wait
	}
	return giveUp
}

func anySent(messages []outbox.Message) bool {
	return slices.ContainsFunc(messages, func(m outbox.Message) bool { return m.State == outbox.Sent })
}

func anyPending(messages []outbox.Message) bool {
	return slices.ContainsFunc(messages, func(m outbox.Message) bool {
		return m.State == outbox.Queued || m.State == outbox.Sending
	})
}
