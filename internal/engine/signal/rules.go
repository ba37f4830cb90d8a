package signal

import (
	"context"
	"time"
)

// RuleGroup is a group of rules over series, as Prometheus has them: evaluated together, in order, at one instant.
type RuleGroup struct {
	Name string
	// Interval is how often it is evaluated at the least.
	Interval time.Duration
	// Limit is how many alerts or series one rule may give, 0 for any number.
	Limit int
	// Offset is how far back expressions look, for samples that come late.
	Offset time.Duration
	Labels map[string]string
	Rules  []MetricRule
}

// MetricRule is a recording rule, which has Record, or an alerting one, which has Alert.
type MetricRule struct {
	Record, Alert      string
	Expr               string
	For, KeepFiringFor time.Duration
	Labels             map[string]string
	Annotations        map[string]string // templates
}

// RuleAlert is an alert of a rule that is pending or firing. Instants are those at which it was evaluated.
type RuleAlert struct {
	Rule        string // see RuleResult.Key
	Labels      map[string]string
	Annotations map[string]string
	Value       float64
	Firing      bool
	Active      time.Time // since when the expression gives it
	Fired       time.Time // since when it fires, zero while it is pending
	Kept        time.Time // since when the expression no longer gives it and it fires on all the same; zero mostly
}

// RuleResult is what came of one rule at an evaluation.
type RuleResult struct {
	// Key tells the rule from the others of its group, whatever changes around it: its name and its labels.
	Key string
	// Err says why it could not be evaluated: its alerts are then as they were. An Unavailable error says that the
	// store could not be asked, which is not the rule's fault.
	Err  error
	Took time.Duration
	// Unstored says that something of what the group records could not be stored; its first rule has it.
	Unstored error
	// Alerts are the active ones.
	Alerts []RuleAlert
}

// RuleEvaluation is a group that is being evaluated again and again. It may be used by one goroutine at a time.
type RuleEvaluation interface {
	// Evaluate evaluates all rules at an instant, in order, and stores what they record, and the series ALERTS and
	// ALERTS_FOR_STATE. There is a result for each rule.
	Evaluate(ctx context.Context, at time.Time) []RuleResult
	// Reads are the names of the series that its expressions read; all says that any series may matter.
	Reads() (names []string, all bool)
	// Records are the names of the series that it stores.
	Records() []string
	// End says that the series that it has stored go no further.
	End(ctx context.Context, at time.Time)
}

// RuleSpan is a stretch of time in which an alert would have fired.
type RuleSpan struct {
	Rule        string // see RuleResult.Key
	Name        string
	Labels      map[string]string
	Annotations map[string]string // as they were when it fired
	Value       float64           // when it fired
	Active      time.Time
	Start       time.Time
	End         time.Time // zero when it fires at the end
}

// Rules makes groups of rules ready.
type Rules interface {
	// CheckRules returns an Invalid error that names all that cannot be used, by fields such as "rules[2].expr".
	CheckRules(RuleGroup) error
	// OpenRules makes a group ready. It goes on with the alerts that were active; before, nil mostly, is the evaluation of
	// the same group as it was until now, whose alerts go on instead.
	OpenRules(g RuleGroup, active []RuleAlert, before RuleEvaluation) (RuleEvaluation, error)
	// PreviewRules works out when alerts of a group would have fired between two instants, every interval. It stores
	// nothing, so what the group itself would record is found only as far as it is stored.
	PreviewRules(ctx context.Context, g RuleGroup, from, to time.Time) ([]RuleSpan, error)
}
