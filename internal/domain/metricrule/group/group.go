// Package group is a group of metric rules as people write it: the fields of Prometheus, with their names, and what a
// desk needs besides.
package group

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/engine/signal"
)

// Spec is a rule group as people write it: the fields of Prometheus, with their names, and ours.
type Spec struct {
	Group       string            `yaml:"group,omitempty" json:"group,omitempty" doc:"Name of the group in Prometheus' rule files; the name when left out."`
	Description string            `yaml:"description,omitempty" json:"description,omitempty" doc:"What the group is for."`
	Disabled    bool              `yaml:"disabled,omitempty" json:"disabled,omitempty" doc:"Keep the group without evaluating it."`
	Interval    Span              `yaml:"interval,omitempty" json:"interval,omitempty" doc:"How often it is evaluated at the least; 1m when left out."`
	Limit       int               `yaml:"limit,omitempty" json:"limit,omitempty" doc:"How many alerts or series one rule may give; any number when left out."`
	QueryOffset Span              `yaml:"query_offset,omitempty" json:"query_offset,omitempty" doc:"How far back expressions look, for samples that come late."`
	Labels      map[string]string `yaml:"labels,omitempty" json:"labels,omitempty" doc:"Labels of all that its rules give."`
	Service     string            `yaml:"service,omitempty" json:"service,omitempty" doc:"Service that the alerts are for; when left out, their label service says it."`
	Component   string            `yaml:"component,omitempty" json:"component,omitempty" doc:"Component that the alerts are about; when left out, their label component says it."`
	Owner       string            `yaml:"owner,omitempty" json:"owner,omitempty" doc:"Team that keeps these rules right."`
	SOP         string            `yaml:"sop,omitempty" json:"sop,omitempty" doc:"What to do when one fires: an address or a text. It goes with the alert."`
	Hours       string            `yaml:"hours,omitempty" json:"hours,omitempty" doc:"Calendar outside of whose hours nothing is raised."`
	Test        bool              `yaml:"test,omitempty" json:"test,omitempty" doc:"Nothing is raised: what would have fired is counted and shown."`
	Rules       []Rule            `yaml:"rules" json:"rules" doc:"Evaluated in this order."`
}

// Rule is one rule of a group. What it says itself counts for it instead of what the group says.
type Rule struct {
	Record        string            `yaml:"record,omitempty" json:"record,omitempty" doc:"Name of the series that it stores."`
	Alert         string            `yaml:"alert,omitempty" json:"alert,omitempty" doc:"Name of the alerts that it raises."`
	Expr          string            `yaml:"expr" json:"expr" doc:"PromQL. An alert fires for each series that it gives."`
	For           Span              `yaml:"for,omitempty" json:"for,omitempty" doc:"For how long the expression must give a series until its alert fires."`
	KeepFiringFor Span              `yaml:"keep_firing_for,omitempty" json:"keep_firing_for,omitempty" doc:"For how long an alert fires on when the expression gives its series no more."`
	Labels        map[string]string `yaml:"labels,omitempty" json:"labels,omitempty" doc:"Further labels; of an alert they may be templates."`
	Annotations   map[string]string `yaml:"annotations,omitempty" json:"annotations,omitempty" doc:"Templates, such as summary and description."`
	Service       string            `yaml:"service,omitempty" json:"service,omitempty" doc:"As of the group."`
	Component     string            `yaml:"component,omitempty" json:"component,omitempty" doc:"As of the group."`
	Owner         string            `yaml:"owner,omitempty" json:"owner,omitempty" doc:"As of the group."`
	SOP           string            `yaml:"sop,omitempty" json:"sop,omitempty" doc:"As of the group."`
	Hours         string            `yaml:"hours,omitempty" json:"hours,omitempty" doc:"As of the group."`
	Test          bool              `yaml:"test,omitempty" json:"test,omitempty" doc:"As of the group."`
}

// Limits that anomaly rules share.
const (
	MaxInterval = Span(24 * time.Hour)
	MaxExpr     = 64 << 10 // bytes
	MaxText     = 4096     // bytes of a label or an annotation
)

const (
	defaultInterval = Span(time.Minute)
	minInterval     = Span(time.Second)
	maxRules        = 1000
	maxSOP          = 2000
	maxPairs        = 50
	maxGroup        = 200
)

// Every is how often it is evaluated at the least.
func (s Spec) Every() time.Duration {
	if s.Interval == 0 {
		return defaultInterval.Duration()
	}
	return s.Interval.Duration()
}

// Validate collects what is wrong with the spec by itself. Its expressions, its templates and what it names are checked
// when it is applied.
func (s Spec) Validate(c *errs.Check) {
	text.Line(c, "group", s.Group)
	c.Require(len(s.Group) <= maxGroup, "group", "must be at most %d bytes", maxGroup)
	text.Block(c, "description", s.Description)
	c.Require(s.Interval == 0 || s.Interval >= minInterval && s.Interval <= MaxInterval, "interval", "must be %v to %v", minInterval, MaxInterval)
	c.Require(s.Limit >= 0, "limit", "must not be negative")
	c.Require(s.QueryOffset <= MaxInterval, "query_offset", "must be at most %v", MaxInterval)
	CheckPairs(c, "labels", s.Labels)
	CheckSOP(c, "sop", s.SOP)
	c.Require(len(s.Rules) > 0, "rules", "must have at least one rule")
	c.Require(len(s.Rules) <= maxRules, "rules", "must be at most %d", maxRules)
	for i, r := range s.Rules {
		r.validate(c, fmt.Sprintf("rules[%d].", i))
	}
}

func (r Rule) validate(c *errs.Check, at string) {
	c.Require(len(r.Expr) <= MaxExpr, at+"expr", "must be at most %d bytes", MaxExpr)
	text.Line(c, at+"alert", r.Alert)
	c.Require(len(r.Alert) <= maxGroup, at+"alert", "must be at most %d bytes", maxGroup)
	CheckPairs(c, at+"labels", r.Labels)
	CheckPairs(c, at+"annotations", r.Annotations)
	CheckSOP(c, at+"sop", r.SOP)
	if r.Alert != "" {
		return
	}
	for field, set := range map[string]bool{"service": r.Service != "", "component": r.Component != "", "sop": r.SOP != "", "hours": r.Hours != "", "test": r.Test} {
		c.Require(!set, at+field, "says nothing to a recording rule: leave it out")
	}
}

// CheckPairs refuses labels or annotations that cannot be stored.
func CheckPairs(c *errs.Check, at string, pairs map[string]string) {
	c.Require(len(pairs) <= maxPairs, at, "must have at most %d entries", maxPairs)
	for _, name := range slices.Sorted(maps.Keys(pairs)) {
		c.Require(len(name) <= maxGroup && len(pairs[name]) <= MaxText, at, "must have names of at most %d bytes and values of at most %d: %.60q has not", maxGroup, MaxText, name)
		c.Require(!strings.Contains(pairs[name], "\x00"), at, "must not have a NUL byte in %.60q", name)
	}
}

// Terms are what counts for the alerts of one rule.
type Terms struct {
	Service, Component, Owner, SOP, Hours string
	Test                                  bool
}

// CheckSOP refuses a text that no alert can carry.
func CheckSOP(c *errs.Check, at, sop string) {
	text.Block(c, at, sop)
	c.Require(len(sop) <= maxSOP, at, "must be at most %d bytes", maxSOP)
}

// Terms are those of one of its rules: what the rule says itself comes first.
func (s Spec) Terms(r Rule) Terms {
	or := func(own, group string) string {
		if own != "" {
			return own
		}
		return group
	}
	return Terms{or(r.Service, s.Service), or(r.Component, s.Component), or(r.Owner, s.Owner), or(r.SOP, s.SOP), or(r.Hours, s.Hours), r.Test || s.Test}
}

// Evaluated is the spec as it is evaluated.
func (s Spec) Evaluated(name string) signal.RuleGroup {
	g := signal.RuleGroup{Name: s.Title(name), Interval: s.Every(), Limit: s.Limit, Offset: s.QueryOffset.Duration(), Labels: s.Labels}
	for _, r := range s.Rules {
		g.Rules = append(g.Rules, signal.MetricRule{Record: r.Record, Alert: r.Alert, Expr: r.Expr, For: r.For.Duration(),
			KeepFiringFor: r.KeepFiringFor.Duration(), Labels: r.Labels, Annotations: r.Annotations})
	}
	return g
}

// Title is the group's name for people.
func (s Spec) Title(name string) string {
	if s.Group != "" {
		return s.Group
	}
	return name
}

// Normal leaves out what is said anyway, so that equal groups have equal specs.
func (s Spec) Normal(name string) Spec {
	if s.Group == name {
		s.Group = ""
	}
	if s.Interval == defaultInterval {
		s.Interval = 0
	}
	s.Labels = OrNone(s.Labels)
	s.Rules = slices.Clone(s.Rules)
	for i := range s.Rules {
		r := &s.Rules[i]
		r.Labels, r.Annotations = OrNone(r.Labels), OrNone(r.Annotations)
	}
	return s
}

// OrNone makes no labels of an empty set of them.
func OrNone(pairs map[string]string) map[string]string {
	if len(pairs) == 0 {
		return nil
	}
	return pairs
}
