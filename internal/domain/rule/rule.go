package rule

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/signal"
)

// ID identifies a rule.
type ID string

// When is the kind of a rule's condition.
type When string

// The conditions.
const (
	Any        When = "any"
	AtLeast    When = "at-least"
	Absent     When = "absent"
	NewPattern When = "new-pattern"
	Volume     When = "volume"
)

// Conditions lists every kind.
var Conditions = []When{Any, AtLeast, Absent, NewPattern, Volume}

// The directions in which a volume can leave its normal; "" is both.
const (
	Above = "above"
	Below = "below"
)

// Rule is one log rule.
type Rule struct {
	ID      ID
	Name    string
	Spec    Spec // as people write it, normal
	Service catalogue.ServiceID
	// Sees are the lines that it is shown: those that whoever saved it last may read.
	Sees    signal.Scope
	Given   bool  // came with the installation
	Version int64 // grows with every change
	Created time.Time
	Changed time.Time
}

// Record names a rule in the ledger.
func Record(id ID) ledger.Record { return ledger.Record{Kind: "rule", ID: string(id)} }

// Title is the rule's name for people.
func (r Rule) Title() string {
	if r.Spec.Title != "" {
		return r.Spec.Title
	}
	return r.Name
}

// Spec is a rule as people write it.
type Spec struct {
	Title       string   `yaml:"title,omitempty" json:"title,omitempty" doc:"Name for people; the rule's name when left out."`
	Description string   `yaml:"description,omitempty" json:"description,omitempty" doc:"What it means when this fires."`
	Disabled    bool     `yaml:"disabled,omitempty" json:"disabled,omitempty" doc:"Keep the rule without using it."`
	Filter      string   `yaml:"filter,omitempty" json:"filter,omitempty" doc:"LogsQL filter of the lines that count; it means what it means in a search. Not for volume."`
	When        When     `yaml:"when,omitempty" json:"when,omitempty" doc:"any (default), at-least, absent, new-pattern or volume."`
	Count       int      `yaml:"count,omitempty" json:"count,omitempty" doc:"For at-least: how many lines."`
	Within      Span     `yaml:"within,omitempty" json:"within,omitempty" doc:"For at-least: within what time. For absent: how long no line may be missing."`
	Hours       string   `yaml:"hours,omitempty" json:"hours,omitempty" doc:"For absent and volume: calendar outside of whose hours nothing fires."`
	Source      string   `yaml:"source,omitempty" json:"source,omitempty" doc:"For volume: source whose lines are counted."`
	Factor      float64  `yaml:"factor,omitempty" json:"factor,omitempty" doc:"For volume: how many times the normal is too much, and what part of it too little; 3 when left out."`
	Minimum     int      `yaml:"minimum,omitempty" json:"minimum,omitempty" doc:"For volume: hours of fewer lines are never too much, and a normal below it never too little; 100 when left out."`
	Direction   string   `yaml:"direction,omitempty" json:"direction,omitempty" doc:"For volume: above or below; both when left out."`
	GroupBy     []string `yaml:"group_by,omitempty" json:"group_by,omitempty" doc:"Fields whose values are told apart: each has its own count and its own alert."`
	Service     string   `yaml:"service,omitempty" json:"service,omitempty" doc:"Service that the alerts are for; when left out, the line's own service says it."`
	Component   string   `yaml:"component,omitempty" json:"component,omitempty" doc:"Component that the alerts are about; when left out, the line's own says it."`
	Severity    int      `yaml:"severity,omitempty" json:"severity,omitempty" doc:"1 (worst) to 4; 3 when left out."`
	SOP         string   `yaml:"sop,omitempty" json:"sop,omitempty" doc:"What to do when it fires: an address or a text. It goes with the alert."`
	Labels      []Label  `yaml:"labels,omitempty" json:"labels,omitempty" doc:"Further labels of its alerts."`
	Quiet       Span     `yaml:"quiet,omitempty" json:"quiet,omitempty" doc:"For how long nothing may match until the alert is resolved; 10m when left out. For any and new-pattern: when left out, a person ends it with its incident, because a crash is not over when no second one comes."`
}

// Label is a label of an alert.
type Label struct {
	Name  string `yaml:"name" json:"name" doc:"Such as queue."`
	Value string `yaml:"value" json:"value" doc:"Such as PAYMENTS.OUT."`
}

// Named is a rule in an export.
type Named struct {
	Name string
	Spec Spec
}

const (
	defaultSeverity = 3
	defaultQuiet    = Span(10 * time.Minute)
	defaultFactor   = 3
	defaultMinimum  = 100

	maxFilter   = 16 << 10
	maxCount    = 10_000
	maxWithin   = Span(7 * 24 * time.Hour)
	maxGroupBy  = 5
	maxLabels   = 20
	maxText     = 200 // of a label, a field or a group's value
	maxSOP      = 2000
	minWithin   = Span(time.Second)
	maxVolume   = 1_000_000_000
	maxFactor   = 1000
	minAbsence  = Span(10 * time.Second)
	labelName   = "alertname"
	labelRule   = "rule"
	labelLevel  = "severity"
	groupPrefix = "group_"
)

// kind is the condition, with its default.
func (s Spec) kind() When {
	if s.When == "" {
		return Any
	}
	return s.When
}

func (s Spec) severity() int {
	if s.Severity == 0 {
		return defaultSeverity
	}
	return s.Severity
}

// Severity is that of its alerts.
func (r Rule) Severity() int { return r.Spec.severity() }

// QuietFor is for how long nothing may match until a burst is over.
func (s Spec) QuietFor() Span {
	if s.Quiet == 0 {
		return defaultQuiet
	}
	return s.Quiet
}

// Stays reports whether what fires is ended by people: one line was enough, and that no other comes
// says nothing.
func (s Spec) Stays() bool { return s.Quiet == 0 && (s.kind() == Any || s.kind() == NewPattern) }

func (s Spec) factor() float64 {
	if s.Factor == 0 {
		return defaultFactor
	}
	return s.Factor
}

func (s Spec) minimum() int64 {
	if s.Minimum == 0 {
		return defaultMinimum
	}
	return int64(s.Minimum)
}

// Validate collects what is wrong with the spec. Whether the filter can be understood and what it
// names exists is checked when it is applied.
func (s Spec) Validate(c *errs.Check) {
	text.Line(c, "title", s.Title)
	text.Block(c, "description", s.Description)
	text.Block(c, "sop", s.SOP)
	c.Require(len(s.SOP) <= maxSOP, "sop", "must be at most %d bytes", maxSOP)
	c.Require(slices.Contains(Conditions, s.kind()), "when", "must be one of %v, not %q", Conditions, s.When)
	c.Require(s.Severity >= 0 && s.Severity <= 4, "severity", "must be 1 (worst) to 4")
	c.Require(s.Quiet >= 0 && s.Quiet <= maxWithin, "quiet", "must be at most %v", maxWithin)
	s.validateCondition(c)
	s.validateLabels(c)
}

func (s Spec) validateCondition(c *errs.Check) {
	kind := s.kind()
	only := func(field string, set bool, kinds ...When) {
		c.Require(!set || slices.Contains(kinds, kind), field, "says nothing to a rule of the kind %s: leave it out", kind)
	}
	only("count", s.Count != 0, AtLeast)
	only("within", s.Within != 0, AtLeast, Absent)
	only("hours", s.Hours != "", Absent, Volume)
	only("source", s.Source != "", Volume)
	only("factor", s.Factor != 0, Volume)
	only("minimum", s.Minimum != 0, Volume)
	only("direction", s.Direction != "", Volume)
	only("filter", s.Filter != "", Any, AtLeast, Absent, NewPattern)
	only("group_by", len(s.GroupBy) > 0, Any, AtLeast, NewPattern)
	switch kind {
	case AtLeast:
		c.Require(s.Count >= 2 && s.Count <= maxCount, "count", "must be 2 to %d", maxCount)
		c.Require(s.Within >= minWithin && s.Within <= maxWithin, "within", "must be %v to %v", minWithin, maxWithin)
	case Absent:
		c.Require(s.Within >= minAbsence && s.Within <= maxWithin, "within", "must be %v to %v", minAbsence, maxWithin)
	case Volume:
		c.Require(s.Source != "", "source", "must name the source whose lines are counted")
		c.Require(s.Factor == 0 || s.Factor > 1 && s.Factor <= maxFactor && !math.IsNaN(s.Factor), "factor", "must be more than 1 and at most %d", maxFactor)
		c.Require(s.Minimum >= 0 && s.Minimum <= maxVolume, "minimum", "must be 0 to %d", maxVolume)
		c.Require(slices.Contains([]string{"", Above, Below}, s.Direction), "direction", "must be above or below, not %q", s.Direction)
	}
	if kind != Volume {
		c.Require(strings.TrimSpace(s.Filter) != "", "filter", "must say which lines count, such as \"level:error\"")
		c.Require(len(s.Filter) <= maxFilter, "filter", "must be at most %d bytes", maxFilter)
	}
}

func (s Spec) validateLabels(c *errs.Check) {
	c.Require(len(s.GroupBy) <= maxGroupBy, "group_by", "must have at most %d fields", maxGroupBy)
	for i, f := range s.GroupBy {
		at := fmt.Sprintf("group_by[%d]", i)
		c.Require(f != "" && len(f) <= maxText, at, "must be the name of a field, of at most %d bytes", maxText)
		text.Line(c, at, f)
		c.Require(!slices.Contains(s.GroupBy[:i], f), at, "stands here a second time")
	}
	c.Require(len(s.Labels) <= maxLabels, "labels", "must have at most %d entries", maxLabels)
	for i, l := range s.Labels {
		at := fmt.Sprintf("labels[%d]", i)
		text.Line(c, at+".name", l.Name)
		text.Line(c, at+".value", l.Value)
		c.Require(l.Name != "" && len(l.Name) <= maxText, at+".name", "must be 1 to %d bytes", maxText)
		c.Require(len(l.Value) <= maxText, at+".value", "must be at most %d bytes", maxText)
		c.Require(!ourLabel(l.Name), at+".name", "is %q, which the rule sets itself", l.Name)
	}
}

// ourLabel reports whether a label's value is not for people to choose.
func ourLabel(name string) bool {
	return slices.Contains([]string{labelName, labelRule, labelLevel, signal.Service, signal.Component}, name)
}

// normal leaves out what is said anyway, so that equal rules have equal specs.
func (s Spec) normal(name string) Spec {
	if s.Title = text.Trim(s.Title); s.Title == name {
		s.Title = ""
	}
	s.Filter = strings.TrimSpace(s.Filter)
	if s.When == Any {
		s.When = ""
	}
	if s.Severity == defaultSeverity {
		s.Severity = 0
	}
	if s.Quiet == defaultQuiet && s.kind() != Any && s.kind() != NewPattern {
		s.Quiet = 0
	}
	if s.Factor == defaultFactor {
		s.Factor = 0
	}
	if s.Minimum == defaultMinimum {
		s.Minimum = 0
	}
	return s
}

// essence identifies what a state belongs to: a rule with another essence starts anew. Titles,
// descriptions and SOPs are not part of it.
func (r Rule) essence() string {
	s := r.Spec
	s.Title, s.Description, s.SOP, s.Quiet = "", "", "", 0
	sum := sha256.Sum256([]byte(db.AsJSON(s)))
	return hex.EncodeToString(sum[:8])
}
