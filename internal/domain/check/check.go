package check

import (
	"fmt"
	"slices"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/signal"
	"mainstay/internal/probe"
)

// ID identifies a check.
type ID string

// Check is one check.
type Check struct {
	ID        ID
	Name      string
	Spec      Spec // as people write it, normal; its secrets are "kept"
	Service   catalogue.ServiceID
	Component catalogue.ComponentID
	Version   int64 // grows with every change
	Created   time.Time
	Changed   time.Time
}

// Record names a check in the ledger.
func Record(id ID) ledger.Record { return ledger.Record{Kind: "check", ID: string(id)} }

// Title is the check's name for people.
func (c Check) Title() string {
	if c.Spec.Title != "" {
		return c.Spec.Title
	}
	return c.Name
}

// Spec is a check as people write it.
type Spec struct {
	Title       string     `yaml:"title,omitempty" json:"title,omitempty" doc:"Name for people; the check's name when left out."`
	Description string     `yaml:"description,omitempty" json:"description,omitempty" doc:"What it means when this fails."`
	Disabled    bool       `yaml:"disabled,omitempty" json:"disabled,omitempty" doc:"Keep the check without making it."`
	Probe       probe.Spec `yaml:"probe" json:"probe" doc:"What is looked at: one of its kinds."`
	Every       probe.Span `yaml:"every,omitempty" json:"every,omitempty" doc:"How often, 1s to 7d; 1m when left out."`
	Timeout     probe.Span `yaml:"timeout,omitempty" json:"timeout,omitempty" doc:"How long it may take; 10s when left out, or as long as every."`
	Retries     *int       `yaml:"retries,omitempty" json:"retries,omitempty" doc:"How many more times it is looked at before it counts as failed; 1 when left out."`
	Slow        probe.Span `yaml:"slow,omitempty" json:"slow,omitempty" doc:"Degraded when it takes longer than this."`
	From        []From     `yaml:"from,omitempty" json:"from,omitempty" doc:"From where it is made: hosts with agents, or \"server\"; the server when left out."`
	Quorum      int        `yaml:"quorum,omitempty" json:"quorum,omitempty" doc:"How many locations must say that it failed; 1 when left out."`
	Hours       string     `yaml:"hours,omitempty" json:"hours,omitempty" doc:"Calendar outside of whose hours no alert begins."`
	Service     string     `yaml:"service,omitempty" json:"service,omitempty" doc:"Service that its alerts are for."`
	Component   string     `yaml:"component,omitempty" json:"component,omitempty" doc:"Component that its alerts are about."`
	Severity    int        `yaml:"severity,omitempty" json:"severity,omitempty" doc:"Of its alerts when it is failed or unknown, 1 (worst) to 4; 3 when left out. Degraded is one less severe."`
	SOP         string     `yaml:"sop,omitempty" json:"sop,omitempty" doc:"What to do when it fails: an address or a text. It goes with the alert."`
	Labels      []Label    `yaml:"labels,omitempty" json:"labels,omitempty" doc:"Further labels of its alerts and series."`
}

// From is a location that a check is made from.
type From struct {
	Host   string `yaml:"host" json:"host" doc:"Name of a host whose agent makes it, or \"server\"."`
	Source string `yaml:"source,omitempty" json:"source,omitempty" doc:"Source whose key the agent must have. Required when the check has secrets."`
}

// Label is a label of alerts and series.
type Label struct {
	Name  string `yaml:"name" json:"name" doc:"Such as site."`
	Value string `yaml:"value" json:"value" doc:"Such as london."`
}

// Named is a check in an export.
type Named struct {
	Name string
	Spec Spec
}

// Server is the location that is this server; BeatPlace that of jobs that call in.
const (
	Server    = "server"
	BeatPlace = "job"
)

const (
	usualEvery   = probe.Span(time.Minute)
	usualTimeout = probe.Span(10 * time.Second)
	usualRetries = 1
	usualLevel   = 3

	minEvery   = probe.Span(time.Second)
	maxEvery   = probe.Span(7 * 24 * time.Hour)
	maxTimeout = probe.Span(5 * time.Minute)
	maxRetries = 10
	maxFrom    = 50
	maxLabels  = 20
	maxText    = 200 // of a label or a host
	maxSOP     = 2000
)

// The labels that a check sets itself.
const (
	labelName     = "alertname"
	labelCheck    = "check"
	labelState    = "state"
	labelLevel    = "severity"
	labelLocation = "location"
	labelKind     = "kind"
	labelFigure   = "figure"
)

var ours = []string{labelName, labelCheck, labelState, labelLevel, labelLocation, labelKind, labelFigure, signal.Service, signal.Component,
	signal.MetricName}

// Interval is how often it is made, with its default.
func (s Spec) Interval() time.Duration {
	if s.Every == 0 {
		return usualEvery.Duration()
	}
	return s.Every.Duration()
}

// Limit is how long it may take, with its default.
func (s Spec) Limit() time.Duration {
	if s.Timeout == 0 {
		return min(usualTimeout.Duration(), s.Interval())
	}
	return s.Timeout.Duration()
}

// Tries is how many more times it is looked at, with its default.
func (s Spec) Tries() int {
	if s.Retries == nil {
		return usualRetries
	}
	return *s.Retries
}

// Level is the severity of its alerts, with its default.
func (s Spec) Level() int {
	if s.Severity == 0 {
		return usualLevel
	}
	return s.Severity
}

// Needed is how many locations must say that it failed.
func (s Spec) Needed() int { return max(1, s.Quorum) }

// Places are the names of its locations.
func (s Spec) Places() []string {
	if s.Probe.Heartbeat != nil {
		return []string{BeatPlace}
	}
	if len(s.From) == 0 {
		return []string{Server}
	}
	out := make([]string, len(s.From))
	for i, f := range s.From {
		out[i] = f.Host
	}
	return out
}

// onServer reports whether the server makes it.
func (s Spec) onServer() bool { return s.Probe.Kind().Made() && slices.Contains(s.Places(), Server) }

// Validate collects what is wrong with the spec. Whether what it names exists is checked when it is
// applied.
func (s Spec) Validate(c *errs.Check) {
	text.Line(c, "title", s.Title)
	text.Block(c, "description", s.Description)
	text.Block(c, "sop", s.SOP)
	c.Require(len(s.SOP) <= maxSOP, "sop", "must be at most %d bytes", maxSOP)
	s.Probe.Validate(c, "probe.")
	s.validateTimes(c)
	s.validateFrom(c)
	c.Require(s.Severity >= 0 && s.Severity <= 4, "severity", "must be 1 (worst) to 4")
	s.validateLabels(c)
}

func (s Spec) validateTimes(c *errs.Check) {
	c.Require(s.Every == 0 || s.Every >= minEvery && s.Every <= maxEvery, "every", "must be %v to %v", minEvery, maxEvery)
	c.Require(s.Timeout <= maxTimeout, "timeout", "must be at most %v", maxTimeout)
	c.Require(s.Limit() <= s.Interval(), "timeout", "must not be longer than every, %v", probe.Span(s.Interval()))
	c.Require(s.Retries == nil || *s.Retries >= 0 && *s.Retries <= maxRetries, "retries", "must be 0 to %d", maxRetries)
	c.Require(s.Slow == 0 || s.Slow.Duration() < s.Limit(), "slow", "must be shorter than the timeout, %v: it would never be reached", probe.Span(s.Limit()))
	h := s.Probe.Heartbeat
	if h == nil {
		return
	}
	c.Require(s.Timeout == 0 && s.Retries == nil && s.Slow == 0, "probe.heartbeat", "comes by itself: leave timeout, retries and slow out")
	c.Require(len(h.By) == 0 || s.Every == 0, "every", "says nothing beside probe.heartbeat.by: leave it out")
	c.Require(len(h.By) == 0 || s.Hours != "", "hours", "must name a calendar, whose days and zone the times of probe.heartbeat.by are of")
	validateTimesOfDay(c, h.By)
}

func (s Spec) validateFrom(c *errs.Check) {
	c.Require(len(s.From) <= maxFrom, "from", "must be at most %d", maxFrom)
	c.Require(len(s.From) == 0 || s.Probe.Heartbeat == nil, "from", "says nothing to a heartbeat: leave it out")
	c.Require(s.Quorum >= 0 && s.Quorum <= len(s.Places()), "quorum", "must be at most the number of locations, %d", len(s.Places()))
	local := s.Probe.Kind().Local()
	c.Require(!local || len(s.From) > 0, "from", "must name the hosts whose agents make it: %s looks at a machine", s.Probe.Kind())
	hidden := len(s.Probe.Secrets()) > 0
	for i, f := range s.From {
		at := fmt.Sprintf("from[%d].", i)
		text.Line(c, at+"host", f.Host)
		c.Require(f.Host != "" && len(f.Host) <= maxText && f.Host != BeatPlace, at+"host", "must be the name of a host, or %q", Server)
		c.Require(!slices.ContainsFunc(s.From[:i], func(g From) bool { return g.Host == f.Host }), at+"host", "stands here a second time")
		c.Require(!local || f.Host != Server, at+"host", "must be a host with an agent: %s is not made on the server", s.Probe.Kind())
		c.Require(f.Host != Server || f.Source == "", at+"source", "says nothing to the server: leave it out")
		c.Require(!hidden || f.Host == Server || f.Source != "", at+"source", "must name the source whose key the agent has: the check has secrets, which nobody else may fetch")
	}
}

func (s Spec) validateLabels(c *errs.Check) {
	c.Require(len(s.Labels) <= maxLabels, "labels", "must have at most %d entries", maxLabels)
	for i, l := range s.Labels {
		at := fmt.Sprintf("labels[%d]", i)
		text.Line(c, at+".name", l.Name)
		text.Line(c, at+".value", l.Value)
		c.Require(labelable(l.Name), at+".name", "must be 1 to %d letters, digits and underscores, and begin with a letter", maxText)
		c.Require(l.Value != "" && len(l.Value) <= maxText, at+".value", "must be 1 to %d bytes", maxText)
		c.Require(!slices.Contains(ours, l.Name), at+".name", "is %q, which the check sets itself", l.Name)
		c.Require(!slices.ContainsFunc(s.Labels[:i], func(m Label) bool { return m.Name == l.Name }), at+".name", "stands here a second time")
	}
}

// labelable reports whether a text can be the name of a label of a series.
func labelable(s string) bool {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' && i > 0
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != "" && len(s) <= maxText
}

// normal leaves out what goes without saying, so that equal checks have equal specs.
func (s Spec) normal(name string) Spec {
	if s.Title = text.Trim(s.Title); s.Title == name {
		s.Title = ""
	}
	if s.Every == usualEvery {
		s.Every = 0
	}
	if s.Timeout.Duration() == min(usualTimeout.Duration(), s.Interval()) {
		s.Timeout = 0
	}
	if s.Retries != nil && *s.Retries == usualRetries {
		s.Retries = nil
	}
	if s.Severity == usualLevel {
		s.Severity = 0
	}
	if s.Quorum == 1 {
		s.Quorum = 0
	}
	if len(s.From) == 1 && s.From[0].Host == Server {
		s.From = nil
	}
	if len(s.Labels) == 0 {
		s.Labels = nil
	}
	s.Probe = s.Probe.Clone()
	return s
}

// job is what is made at a location.
func (c Check) job(place string) probe.Job {
	return probe.Job{ID: string(c.ID), Name: c.Name, Place: place, Spec: c.Spec.Probe, Every: probe.Span(c.Spec.Interval()),
		Timeout: probe.Span(c.Spec.Limit()), Retries: c.Spec.Tries(), Slow: c.Spec.Slow}
}
