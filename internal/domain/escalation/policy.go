package escalation

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
)

// Spec is an escalation policy as people write it.
type Spec struct {
	Title string `yaml:"title,omitempty" json:"title,omitempty" doc:"What the policy is for."`
	// Response is the clock that runs until somebody acknowledges.
	Response ResponseSpec `yaml:"response" json:"response"`
	// Resolution is the clock that runs until the service is restored.
	Resolution ResolutionSpec `yaml:"resolution,omitempty" json:"resolution,omitzero"`
}

// ResponseSpec says whom to page until somebody acknowledges.
type ResponseSpec struct {
	Steps []Step `yaml:"steps" json:"steps"`
	// Repeat is how many more times to go through the steps before the catch-all.
	Repeat int `yaml:"repeat,omitempty" json:"repeat,omitempty"`
	// RepeatAfter is the pause after the last step; 0 means 5 minutes.
	RepeatAfter Minutes `yaml:"repeat_after,omitempty" json:"repeat_after,omitempty"`
	// AckTimeout is how long an acknowledgement lasts without progress; 0 means 30 minutes.
	AckTimeout Minutes `yaml:"ack_timeout,omitempty" json:"ack_timeout,omitempty"`
}

// ResolutionSpec says who joins while the service is not restored.
type ResolutionSpec struct {
	// BusinessHours is a calendar; ladders with hours "business" or "outside" need it.
	BusinessHours string `yaml:"business_hours,omitempty" json:"business_hours,omitempty"`
	// Ladders are tried in order; the first that fits severity and hours counts.
	Ladders []Ladder `yaml:"ladders,omitempty" json:"ladders,omitempty"`
	// RepeatEvery is the pause after which the last step is paged again; 0 means 60 minutes.
	RepeatEvery Minutes `yaml:"repeat_every,omitempty" json:"repeat_every,omitempty"`
}

// Ladder is a list of steps whose After counts from detection.
type Ladder struct {
	// Severities it is for; none means all.
	Severities []int `yaml:"severities,omitempty,flow" json:"severities,omitempty"`
	// Hours is "business", "outside" or "" for any, judged at detection.
	Hours string `yaml:"hours,omitempty" json:"hours,omitempty"`
	Steps []Step `yaml:"steps" json:"steps"`
}

// Step pages its targets.
type Step struct {
	// After is the wait before the step: after the step before it on the response clock,
	// after detection on the resolution clock.
	After   Minutes  `yaml:"after" json:"after"`
	Targets []Target `yaml:"targets" json:"targets"`
}

// Target names whom to page; exactly one field is set.
type Target struct {
	Person string       `yaml:"person,omitempty" json:"person,omitempty"`
	Roster string       `yaml:"roster,omitempty" json:"roster,omitempty"`
	Team   string       `yaml:"team,omitempty" json:"team,omitempty"`
	Level  people.Level `yaml:"level,omitempty" json:"level,omitempty"`
}

// String names the target as in "roster payments-l1".
func (t Target) String() string {
	switch {
	case t.Person != "":
		return "person " + t.Person
	case t.Roster != "":
		return "roster " + t.Roster
	case t.Team != "":
		return "team " + t.Team
	}
	return "level " + string(t.Level)
}

// Minutes is a whole number of minutes, written "5m", "1h30m" or "0".
type Minutes int

// Duration returns the time that it stands for.
func (m Minutes) Duration() time.Duration { return time.Duration(m) * time.Minute }

// Or returns m, or other when m is 0.
func (m Minutes) Or(other Minutes) Minutes {
	if m == 0 {
		return other
	}
	return m
}

// MarshalText writes "90m" as "1h30m".
func (m Minutes) MarshalText() ([]byte, error) {
	h, rest := int(m)/60, int(m)%60
	switch {
	case h == 0:
		return fmt.Appendf(nil, "%dm", rest), nil
	case rest == 0:
		return fmt.Appendf(nil, "%dh", h), nil
	}
	return fmt.Appendf(nil, "%dh%dm", h, rest), nil
}

// UnmarshalText reads a Go duration of whole minutes, or a bare number of minutes.
func (m *Minutes) UnmarshalText(b []byte) error {
	if n, err := strconv.Atoi(string(b)); err == nil {
		*m = Minutes(n)
		return nil
	}
	d, err := time.ParseDuration(string(b))
	if err != nil || d%time.Minute != 0 {
		return fmt.Errorf(`must be whole minutes, such as "5m" or "1h30m"`)
	}
	*m = Minutes(d / time.Minute)
	return nil
}

const (
	maxSteps   = 20
	maxMinutes = Minutes(7 * 24 * 60)
	maxRepeat  = 20
)

// Validate collects what is wrong with the spec. References are checked when it is applied.
func (s Spec) Validate(c *errs.Check) {
	c.Require(len(s.Response.Steps) > 0, "response.steps", "must have at least one step")
	validateSteps(c, "response.steps", s.Response.Steps)
	c.Require(s.Response.Repeat >= 0 && s.Response.Repeat <= maxRepeat, "response.repeat", "must be 0 to %d", maxRepeat)
	validateMinutes(c, "response.repeat_after", s.Response.RepeatAfter)
	validateMinutes(c, "response.ack_timeout", s.Response.AckTimeout)
	validateMinutes(c, "resolution.repeat_every", s.Resolution.RepeatEvery)
	for i, l := range s.Resolution.Ladders {
		l.validate(c, fmt.Sprintf("resolution.ladders[%d]", i), s.Resolution.BusinessHours)
	}
}

func (l Ladder) validate(c *errs.Check, path, calendar string) {
	for i, v := range l.Severities {
		c.Require(v >= 1 && v <= 4, fmt.Sprintf("%s.severities[%d]", path, i), "must be 1 to 4")
	}
	c.Require(slices.Contains([]string{"", "business", "outside"}, l.Hours), path+".hours", `must be "business", "outside" or left out`)
	c.Require(l.Hours == "" || calendar != "", path+".hours", "needs resolution.business_hours, the calendar to judge by")
	c.Require(len(l.Steps) > 0, path+".steps", "must have at least one step")
	validateSteps(c, path+".steps", l.Steps)
	for i := 1; i < len(l.Steps); i++ {
		c.Require(l.Steps[i].After > l.Steps[i-1].After, fmt.Sprintf("%s.steps[%d].after", path, i),
			"counts from detection, so it must be later than the step before it")
	}
}

func validateSteps(c *errs.Check, path string, steps []Step) {
	c.Require(len(steps) <= maxSteps, path, "must have at most %d steps", maxSteps)
	for i, step := range steps {
		at := fmt.Sprintf("%s[%d]", path, i)
		validateMinutes(c, at+".after", step.After)
		c.Require(len(step.Targets) > 0, at+".targets", "must name somebody")
		for j, t := range step.Targets {
			t.validate(c, fmt.Sprintf("%s.targets[%d]", at, j))
		}
	}
}

func (t Target) validate(c *errs.Check, path string) {
	n := 0
	for _, v := range []string{t.Person, t.Roster, t.Team, string(t.Level)} {
		if v != "" {
			n++
		}
	}
	c.Require(n == 1, path, "must have exactly one of person, roster, team, level")
	c.Require(t.Level == "" || slices.Contains(people.Levels, t.Level), path+".level", "must be one of %v", people.Levels)
}

func validateMinutes(c *errs.Check, path string, m Minutes) {
	c.Require(m >= 0 && m <= maxMinutes, path, "must be 0 to 7 days")
}

// builtin applies to a service without a policy: whoever belongs to its teams, level by
// level, so that an alert for a half-configured service still reaches somebody.
func builtin() Spec {
	level := func(after Minutes, l people.Level) Step { return Step{After: after, Targets: []Target{{Level: l}}} }
	return Spec{
		Title: "Built in: the service's teams, level by level",
		Response: ResponseSpec{Repeat: 1, Steps: []Step{
			level(0, people.L1), level(5, people.L2), level(5, people.L3), level(5, people.Management)}},
		Resolution: ResolutionSpec{Ladders: []Ladder{
			{Severities: []int{1, 2}, Steps: []Step{level(30, people.L2), level(60, people.L3), level(90, people.Management)}},
			{Steps: []Step{level(240, people.L2), level(480, people.Management)}},
		}},
	}
}

// ladder returns the first ladder for the severity and hours, and false when none fits.
func (s Spec) ladder(severity int, business bool) (Ladder, bool) {
	for _, l := range s.Resolution.Ladders {
		fits := len(l.Severities) == 0 || slices.Contains(l.Severities, severity)
		switch l.Hours {
		case "business":
			fits = fits && business
		case "outside":
			fits = fits && !business
		}
		if fits {
			return l, true
		}
	}
	return Ladder{}, false
}
