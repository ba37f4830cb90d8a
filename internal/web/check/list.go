package check

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/check"
	"mainstay/internal/domain/people"
	"mainstay/internal/probe"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

type listPage struct {
	rows   []check.Status
	all    int
	counts map[check.State]int
	mayAdd bool
	words  string
	state  string
}

// maxRows is how many checks a page shows: the worst ones.
const maxRows = 500

func (p pages) list(r *http.Request, by actor.Actor) (action.Answer, error) {
	all, err := p.Checks.Overview(r.Context(), by)
	if err != nil {
		return action.Answer{}, err
	}
	q := r.URL.Query()
	in := listPage{all: len(all), counts: check.Count(all), mayAdd: mayAdd(by), words: strings.TrimSpace(q.Get("q")), state: q.Get("state")}
	for _, s := range all {
		if in.fits(s) && len(in.rows) < maxRows {
			in.rows = append(in.rows, s)
		}
	}
	return action.Show(listOf(in)), nil
}

func (in listPage) fits(s check.Status) bool {
	if in.state != "" && string(s.State) != in.state {
		return false
	}
	text := strings.ToLower(s.Name + " " + s.Title() + " " + s.Spec.Service + " " + s.Spec.Probe.Target() + " " + string(s.Spec.Probe.Kind()))
	return !slices.ContainsFunc(strings.Fields(strings.ToLower(in.words)), func(w string) bool { return !strings.Contains(text, w) })
}

func (in listPage) states() []ui.Option {
	out := []ui.Option{{Value: "", Label: "Any state"}}
	for _, s := range []check.State{check.Failed, check.Unknown, check.Degraded, check.Waiting, check.OK, check.Off} {
		if n := in.counts[s]; n > 0 || in.state == string(s) {
			out = append(out, ui.Option{Value: string(s), Label: words[s] + " (" + strconv.Itoa(n) + ")"})
		}
	}
	return out
}

func mayAdd(by actor.Actor) bool {
	return people.Can(by, people.CheckWrite, people.Target{Teams: by.Teams})
}

var words = map[check.State]string{check.Failed: "Failed", check.Unknown: "Unknown", check.Degraded: "Degraded", check.Waiting: "Waiting",
	check.OK: "OK", check.Off: "Disabled"}

// tone is how a state looks.
func tone(s check.State) ui.State {
	switch s {
	case check.OK:
		return ui.OK
	case check.Degraded:
		return ui.Warn
	case check.Failed:
		return ui.Bad
	case check.Off:
		return ui.Inactive
	case check.Unknown, check.Waiting:
	}
	return ui.Unknown
}

// badge shows how it stands with a check.
func badge(s check.Status) ui.Badge {
	b := ui.Badge{State: tone(s.State), Word: words[s.State]}
	if s.Held {
		b.Note, b.Handled = "outside of its hours", true
	}
	return b
}

func placeBadge(p check.Place) ui.Badge {
	b := ui.Badge{State: tone(p.State), Word: words[p.State]}
	if p.Tries > 0 && p.State == check.OK {
		b.Note = "not ok the last time, tried again"
	}
	return b
}

// places says from where a check is made.
func places(s check.Spec) string {
	list := s.Places()
	if len(list) == 1 {
		return list[0]
	}
	text := strconv.Itoa(len(list)) + " locations"
	if s.Needed() > 1 {
		text += ", " + strconv.Itoa(s.Needed()) + " needed"
	}
	return text
}

// took is how long the slowest location took.
func took(s check.Status) string {
	longest := time.Duration(0)
	for _, p := range s.Places {
		longest = max(longest, p.Result.Duration)
	}
	if longest == 0 {
		return "–"
	}
	return probe.Brief(longest).String()
}

// lastAt is when the last result came.
func lastAt(s check.Status) (at time.Time) {
	for _, p := range s.Places {
		if p.At.After(at) {
			at = p.At
		}
	}
	return at
}
