package probe

import (
	"fmt"
	"slices"
	"time"

	"mainstay/internal/base/text"
)

// State is how it stands with what was looked at.
type State string

// The states, the best first.
const (
	OK       State = "ok"
	Degraded State = "degraded"
	Failed   State = "failed"
	Unknown  State = "unknown" // it could not be looked at
)

// States lists every state, the best first.
var States = []State{OK, Degraded, Failed, Unknown}

// Worse returns the state that matters more: failed before unknown before degraded before ok.
func Worse(a, b State) State {
	order := []State{OK, Degraded, Unknown, Failed}
	if slices.Index(order, b) > slices.Index(order, a) {
		return b
	}
	return a
}

// Figure is a number that a probe has measured. Its name is made of letters, digits and underscores.
type Figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit,omitempty"` // "s", "B", "%", or "" for a count
}

// Result is what came of a probe.
type Result struct {
	State    State         `json:"state"`
	Message  string        `json:"message"` // one line
	Figures  []Figure      `json:"figures,omitempty"`
	Duration time.Duration `json:"duration"` // nanoseconds
}

// maxFigures bounds what one probe may bring: a script that prints a thousand figures makes a thousand
// series each time.
const (
	maxFigures = 64
	maxMessage = 300 // characters
)

// Fine is a result that all is well.
func Fine(format string, args ...any) Result {
	return Result{State: OK, Message: fmt.Sprintf(format, args...)}
}

// Fail is a result that something is not as it must be.
func Fail(format string, args ...any) Result {
	return Result{State: Failed, Message: fmt.Sprintf(format, args...)}
}

// Unsure is a result that nobody could look.
func Unsure(format string, args ...any) Result {
	return Result{State: Unknown, Message: fmt.Sprintf(format, args...)}
}

// Add notes a figure.
func (r *Result) Add(name string, value float64, unit string) {
	r.Figures = append(r.Figures, Figure{name, value, unit})
}

// Worsen makes the result at least as bad as a state, for a reason that stands first in its message
// when it counts.
func (r *Result) Worsen(s State, format string, args ...any) {
	why := fmt.Sprintf(format, args...)
	switch {
	case s == OK:
	case r.State == OK || Worse(r.State, s) != r.State:
		r.State, r.Message = s, why
	default:
		r.Message += "; " + why
	}
}

// Tidy makes a result that came from elsewhere one that can be kept: one line, a known state, few
// figures.
func (r Result) Tidy() Result {
	if !slices.Contains(States, r.State) {
		r = Unsure("state %q is not known", r.State)
	}
	r.Message = text.OneLine(r.Message, maxMessage)
	r.Figures = slices.DeleteFunc(slices.Clone(r.Figures), func(f Figure) bool { return !ValidFigure(f) })
	r.Figures = r.Figures[:min(len(r.Figures), maxFigures)]
	r.Duration = max(0, r.Duration)
	return r
}
