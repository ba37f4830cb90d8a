package metricrule

import (
	"time"

	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/metricrule/anomaly"
	"mainstay/internal/domain/metricrule/firing"
	"mainstay/internal/domain/metricrule/group"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/signal"
)

// ID identifies a group of rules, or an anomaly rule.
type ID string

// Kind is what an item is.
type Kind string

// The kinds.
const (
	Rules   Kind = "rules"
	Anomaly Kind = "anomaly"
)

// What the two kinds are made of, under the names that others know them by.
type (
	// Spec is a group of rules.
	Spec = group.Spec
	// RuleSpec is one of its rules.
	RuleSpec = group.Rule
	// AnomalySpec is an anomaly rule.
	AnomalySpec = anomaly.Spec
	// Span is a duration of Prometheus.
	Span = group.Span

	terms = group.Terms
	row   = firing.Row
)

// Named is a group in an export.
type Named struct {
	Name string
	Spec Spec
}

// NamedAnomaly is an anomaly rule in an export.
type NamedAnomaly struct {
	Name string
	Spec AnomalySpec
}

// Labels and annotations with a meaning at the desk.
const (
	labelName      = "alertname"
	labelSeverity  = "severity"
	labelGroup     = firing.LabelGroup
	annotationSOP  = "runbook"
	annotationTeam = "owner"
)

// Item is a group of rules, or an anomaly rule.
type Item struct {
	ID      ID
	Kind    Kind
	Name    string
	Spec    Spec        // of Rules, normal
	Anomaly AnomalySpec // of Anomaly, normal
	Service catalogue.ServiceID
	Owner   people.TeamID
	Version int64 // grows with every change
	Created time.Time
	Changed time.Time
}

// Record names an item in the ledger.
func Record(id ID) ledger.Record { return ledger.Record{Kind: "metric-rule", ID: string(id)} }

// Title is the item's name for people.
func (it Item) Title() string {
	if it.Kind == Anomaly {
		if it.Anomaly.Title != "" {
			return it.Anomaly.Title
		}
		return it.Name
	}
	return it.Spec.Title(it.Name)
}

// Every is how often it is evaluated at the least.
func (it Item) Every() time.Duration {
	if it.Kind == Anomaly {
		return it.Anomaly.Every()
	}
	return it.Spec.Every()
}

// Disabled reports whether it is kept without being evaluated.
func (it Item) Disabled() bool { return it.Spec.Disabled || it.Anomaly.Disabled }

// Test reports whether all of it is in test mode.
func (it Item) Test() bool { return it.Spec.Test || it.Anomaly.Test }

// terms are what counts for each of its rules.
func (it Item) terms() []terms {
	if it.Kind == Anomaly {
		return []terms{it.Anomaly.Terms()}
	}
	out := make([]terms, len(it.Spec.Rules))
	for i, r := range it.Spec.Rules {
		out[i] = it.Spec.Terms(r)
	}
	return out
}

// group is what is evaluated of Rules.
func (it Item) group() signal.RuleGroup { return it.Spec.Evaluated(it.Name) }
