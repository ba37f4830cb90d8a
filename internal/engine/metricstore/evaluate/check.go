package evaluate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
)

// CheckRules returns an Invalid error that names all that cannot be used.
func (e *Evaluator) CheckRules(g signal.RuleGroup) error {
	var c errs.Check
	for _, name := range slices.Sorted(maps.Keys(g.Labels)) {
		ok := model.UTF8Validation.IsValidLabelName(name) && name != model.MetricNameLabel
		c.Require(ok, "labels", "has the name %q, which no label can have", name)
	}
	for i, r := range g.Rules {
		e.checkRule(&c, g.Name, fmt.Sprintf("rules[%d]", i), r)
	}
	return c.Err("the rule group")
}

func (e *Evaluator) checkRule(c *errs.Check, group, at string, r signal.MetricRule) {
	prometheus := rulefmt.Rule{
		Record: r.Record, Alert: r.Alert, Expr: r.Expr, For: model.Duration(r.For), KeepFiringFor: model.Duration(r.KeepFiringFor),
		Labels: r.Labels, Annotations: r.Annotations,
	}
	for _, wrong := range prometheus.Validate(rulefmt.RuleNode{}, model.UTF8Validation, e.Parser) {
		why := wrong.Unwrap().Error()
		field, said := fieldOf(why)
		c.Add(strings.TrimSuffix(at+"."+field, "."), "of %s in group %q: %s", nameOf(r), group, said)
	}
}

// fieldOf finds the field that a message of Prometheus is about.
func fieldOf(why string) (field, said string) {
	for _, m := range []struct{ begins, field, leave string }{
		{"could not parse expression: ", "expr", ""},
		{"field 'expr' must be set", "expr", "must be an expression in PromQL"},
		{"invalid field 'annotations'", "annotations", "says nothing to a recording rule: leave it out"},
		{"invalid field 'for'", "for", "says nothing to a recording rule: leave it out"},
		{"invalid field 'keep_firing_for'", "keep_firing_for", "says nothing to a recording rule: leave it out"},
		{"invalid recording rule name", "record", ""},
		{"braces present", "record", ""},
		{"invalid label", "labels", ""},
		{"label ", "labels", ""},
		{"invalid annotation", "annotations", ""},
		{"annotation ", "annotations", ""},
	} {
		rest, ok := strings.CutPrefix(why, m.begins)
		switch {
		case !ok:
		case m.leave != "":
			return m.field, m.leave
		case m.field == "expr":
			return m.field, rest
		default:
			return m.field, why
		}
	}
	return "", why
}

func nameOf(r signal.MetricRule) string {
	switch {
	case r.Alert != "":
		return fmt.Sprintf("alert %q", r.Alert)
	case r.Record != "":
		return fmt.Sprintf("record %q", r.Record)
	}
	return "a rule without a name"
}
