package anomaly

import (
	"math"
	"slices"
	"strconv"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/metricrule/group"
)

// Spec is a rule for a seasonal series as people write it.
type Spec struct {
	Title       string            `yaml:"title,omitempty" json:"title,omitempty" doc:"Name for people; the rule's name when left out."`
	Description string            `yaml:"description,omitempty" json:"description,omitempty" doc:"What it means when this fires."`
	Disabled    bool              `yaml:"disabled,omitempty" json:"disabled,omitempty" doc:"Keep the rule without evaluating it."`
	Expr        string            `yaml:"expr" json:"expr" doc:"PromQL. Each series that it gives is judged by its own past."`
	Interval    group.Span        `yaml:"interval,omitempty" json:"interval,omitempty" doc:"How often it is judged at the least; 5m when left out."`
	For         group.Span        `yaml:"for,omitempty" json:"for,omitempty" doc:"For how long it must be abnormal until it fires; 15m when left out."`
	Direction   string            `yaml:"direction,omitempty" json:"direction,omitempty" enum:"above,below" doc:"Fires only above, or only below what is normal; both when left out."`
	Deviations  float64           `yaml:"deviations,omitempty" json:"deviations,omitempty" doc:"How many robust standard deviations from the median are abnormal; 4 when left out."`
	Weeks       int               `yaml:"weeks,omitempty" json:"weeks,omitempty" doc:"How many past weeks say what is normal; 4 when left out."`
	Minimum     float64           `yaml:"minimum,omitempty" json:"minimum,omitempty" doc:"How far from the median it must be at the least, in the unit of the series."`
	Severity    int               `yaml:"severity,omitempty" json:"severity,omitempty" doc:"1 (worst) to 4; 3 when left out."`
	Labels      map[string]string `yaml:"labels,omitempty" json:"labels,omitempty" doc:"Further labels of its alerts."`
	Service     string            `yaml:"service,omitempty" json:"service,omitempty" doc:"Service that the alerts are for; when left out, the series' label service says it."`
	Component   string            `yaml:"component,omitempty" json:"component,omitempty" doc:"Component that the alerts are about; when left out, the series' label component says it."`
	Owner       string            `yaml:"owner,omitempty" json:"owner,omitempty" doc:"Team that keeps this rule right."`
	SOP         string            `yaml:"sop,omitempty" json:"sop,omitempty" doc:"What to do when it fires: an address or a text. It goes with the alert."`
	Hours       string            `yaml:"hours,omitempty" json:"hours,omitempty" doc:"Calendar outside of whose hours nothing is raised."`
	Test        bool              `yaml:"test,omitempty" json:"test,omitempty" doc:"Nothing is raised: what would have fired is counted and shown."`
}

const (
	defaultInterval   = group.Span(5 * time.Minute)
	defaultFor        = group.Span(15 * time.Minute)
	defaultDeviations = 4.0
	defaultWeeks      = 4
	defaultSeverity   = 3
)

// Every is how often it is judged at the least.
func (s Spec) Every() time.Duration {
	if s.Interval == 0 {
		return defaultInterval.Duration()
	}
	return s.Interval.Duration()
}

// Waits is for how long a series must be abnormal until it fires.
func (s Spec) Waits() time.Duration {
	if s.For == 0 {
		return defaultFor.Duration()
	}
	return s.For.Duration()
}

// method is how its series are judged.
func (s Spec) method() Method {
	m := Method{Deviations: s.Deviations, Weeks: s.Weeks, Minimum: s.Minimum}
	if m.Deviations == 0 {
		m.Deviations = defaultDeviations
	}
	if m.Weeks == 0 {
		m.Weeks = defaultWeeks
	}
	return m
}

func (s Spec) severity() string {
	if s.Severity == 0 {
		return strconv.Itoa(defaultSeverity)
	}
	return strconv.Itoa(s.Severity)
}

// Terms are what counts for its alerts.
func (s Spec) Terms() group.Terms {
	return group.Terms{Service: s.Service, Component: s.Component, Owner: s.Owner, SOP: s.SOP, Hours: s.Hours, Test: s.Test}
}

// Validate collects what is wrong with the spec by itself.
func (s Spec) Validate(c *errs.Check) {
	text.Line(c, "title", s.Title)
	text.Block(c, "description", s.Description)
	c.Require(s.Expr != "" && len(s.Expr) <= group.MaxExpr, "expr", "must be an expression in PromQL of at most %d bytes", group.MaxExpr)
	c.Require(s.Interval == 0 || s.Interval >= group.Span(10*time.Second) && s.Interval <= group.Span(time.Hour), "interval", "must be 10s to 1h")
	c.Require(s.For <= group.MaxInterval, "for", "must be at most %v", group.MaxInterval)
	c.Require(slices.Contains([]string{"", "above", "below"}, s.Direction), "direction", "must be above or below, not %q", s.Direction)
	c.Require(s.Deviations == 0 || s.Deviations >= 1 && s.Deviations <= 100, "deviations", "must be 1 to 100")
	c.Require(s.Weeks == 0 || s.Weeks >= 2 && s.Weeks <= 26, "weeks", "must be 2 to 26")
	c.Require(s.Minimum >= 0 && !math.IsInf(s.Minimum, 0) && !math.IsNaN(s.Minimum), "minimum", "must not be negative")
	c.Require(s.Severity >= 0 && s.Severity <= 4, "severity", "must be 1 (worst) to 4")
	group.CheckPairs(c, "labels", s.Labels)
	group.CheckSOP(c, "sop", s.SOP)
}

// Normal leaves out what is said anyway, so that equal rules have equal specs.
func (s Spec) Normal(name string) Spec {
	if s.Title == name {
		s.Title = ""
	}
	if s.Interval == defaultInterval {
		s.Interval = 0
	}
	if s.For == defaultFor {
		s.For = 0
	}
	if s.Deviations == defaultDeviations {
		s.Deviations = 0
	}
	if s.Weeks == defaultWeeks {
		s.Weeks = 0
	}
	if s.Severity == defaultSeverity {
		s.Severity = 0
	}
	s.Labels = group.OrNone(s.Labels)
	return s
}
