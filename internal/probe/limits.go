package probe

import (
	"math"
	"strconv"

	"mainstay/internal/base/errs"
)

// Limits say from where on a number is too high or too low. None given means that any will do.
type Limits struct {
	DegradedAbove *float64 `yaml:"degraded_above,omitempty" json:"degraded_above,omitempty" doc:"Degraded when it is higher."`
	FailedAbove   *float64 `yaml:"failed_above,omitempty" json:"failed_above,omitempty" doc:"Failed when it is higher."`
	DegradedBelow *float64 `yaml:"degraded_below,omitempty" json:"degraded_below,omitempty" doc:"Degraded when it is lower."`
	FailedBelow   *float64 `yaml:"failed_below,omitempty" json:"failed_below,omitempty" doc:"Failed when it is lower."`
}

// Any reports whether there is a limit.
func (l Limits) Any() bool {
	return l.DegradedAbove != nil || l.FailedAbove != nil || l.DegradedBelow != nil || l.FailedBelow != nil
}

// Judge worsens a result by a number that it has measured; what says which, such as "depth".
func (l Limits) Judge(r *Result, what string, v float64) {
	shown := what + " is " + Number(v)
	switch {
	case math.IsNaN(v):
		r.Worsen(Unknown, "%s is no number", what)
	case l.FailedAbove != nil && v > *l.FailedAbove:
		r.Worsen(Failed, "%s, above %s", shown, Number(*l.FailedAbove))
	case l.FailedBelow != nil && v < *l.FailedBelow:
		r.Worsen(Failed, "%s, below %s", shown, Number(*l.FailedBelow))
	case l.DegradedAbove != nil && v > *l.DegradedAbove:
		r.Worsen(Degraded, "%s, above %s", shown, Number(*l.DegradedAbove))
	case l.DegradedBelow != nil && v < *l.DegradedBelow:
		r.Worsen(Degraded, "%s, below %s", shown, Number(*l.DegradedBelow))
	}
}

// Validate collects limits that contradict each other; at ends with a dot or is empty.
func (l Limits) Validate(c *errs.Check, at string) {
	c.Require(l.DegradedAbove == nil || l.FailedAbove == nil || *l.DegradedAbove <= *l.FailedAbove, at+"degraded_above",
		"must not be above failed_above: it would never be reached")
	c.Require(l.DegradedBelow == nil || l.FailedBelow == nil || *l.DegradedBelow >= *l.FailedBelow, at+"degraded_below",
		"must not be below failed_below: it would never be reached")
}

// Number writes a number as short as it is.
func Number(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }

// Ages say from when on something is too old.
type Ages struct {
	DegradedAfter Span `yaml:"degraded_after,omitempty" json:"degraded_after,omitempty" doc:"Degraded when it is older, such as 10m."`
	FailedAfter   Span `yaml:"failed_after,omitempty" json:"failed_after,omitempty" doc:"Failed when it is older, such as 1h."`
}

// Any reports whether there is a limit.
func (a Ages) Any() bool { return a.DegradedAfter > 0 || a.FailedAfter > 0 }

// Judge worsens a result by an age.
func (a Ages) Judge(r *Result, what string, age Span) {
	switch {
	case a.FailedAfter > 0 && age > a.FailedAfter:
		r.Worsen(Failed, "%s is %v old, more than %v", what, round(age), a.FailedAfter)
	case a.DegradedAfter > 0 && age > a.DegradedAfter:
		r.Worsen(Degraded, "%s is %v old, more than %v", what, round(age), a.DegradedAfter)
	}
}

// Validate collects ages that contradict each other.
func (a Ages) Validate(c *errs.Check, at string) {
	c.Require(a.DegradedAfter == 0 || a.FailedAfter == 0 || a.DegradedAfter <= a.FailedAfter, at+"degraded_after",
		"must not be above failed_after: it would never be reached")
}

// round leaves out what nobody reads of an age.
func round(s Span) Span { return Span(s.Duration().Round(1e9)) }
