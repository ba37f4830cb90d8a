package evaluate

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/tsdb"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
)

// evaluation is a group that is evaluated again and again.
type evaluation struct {
	of    *Evaluator
	group signal.RuleGroup
	inner *rules.Group
	rules []rules.Rule
	keys  []string
	last  [][]signal.RuleAlert // of each rule, when it last went well
	into  *sink
}

// OpenRules makes a group ready.
func (e *Evaluator) OpenRules(g signal.RuleGroup, active []signal.RuleAlert, before signal.RuleEvaluation) (signal.RuleEvaluation, error) {
	if err := e.CheckRules(g); err != nil {
		return nil, err
	}
	ev := &evaluation{of: e, group: g, into: &sink{into: e.Appendable}, last: make([][]signal.RuleAlert, len(g.Rules))}
	for _, r := range g.Rules {
		made, err := e.rule(g, r)
		if err != nil {
			return nil, err
		}
		ev.rules = append(ev.rules, made)
	}
	ev.keys = keysOf(ev.rules)
	ev.inner = e.group(g, ev.rules, e.Query, ev.into)
	if before != nil {
		was, ok := before.(*evaluation)
		if !ok {
			return nil, errNotThisKind
		}
		ev.inner.CopyState(was.inner)
	}
	for i := range ev.rules {
		if before == nil {
			ev.seed(i, active)
		}
		ev.last[i] = ev.alertsOf(i)
	}
	return ev, nil
}

// keysOf are names that rules keep when the group is changed around them.
func keysOf(list []rules.Rule) []string {
	out, seen := make([]string, len(list)), map[string]int{}
	for i, r := range list {
		key := r.Name() + r.Labels().String()
		if seen[key]++; seen[key] > 1 {
			key += "#" + strconv.Itoa(seen[key])
		}
		out[i] = key
	}
	return out
}

// seed gives a rule the alerts that were active. Prometheus keeps them to itself, so the rule is shown samples
// that make it have them, and then told since when.
func (ev *evaluation) seed(i int, active []signal.RuleAlert) {
	rule, ok := ev.rules[i].(*rules.AlertingRule)
	if !ok {
		return
	}
	known := map[uint64]signal.RuleAlert{}
	var shown promql.Vector
	for _, a := range active {
		if a.Rule != ev.keys[i] {
			continue
		}
		l := labels.FromMap(a.Labels)
		known[l.Hash()] = a
		shown = append(shown, promql.Sample{Metric: l, F: a.Value})
	}
	if len(shown) == 0 {
		return
	}
	show := func(context.Context, string, time.Time) (promql.Vector, error) { return shown, nil }
	if _, err := rule.Eval(context.Background(), 0, time.Unix(0, 0), show, ev.of.url, 0); err != nil {
		ev.of.Log.Warn("alerts of a metric rule begin anew", "rule", rule.Name(), "err", err)
		return
	}
	rule.ForEachActiveAlert(func(a *rules.Alert) {
		was, ok := known[a.Labels.Hash()]
		if !ok { // templates of its labels give something else now: it is another alert
			a.State, a.ResolvedAt = rules.StateInactive, time.Unix(0, 0)
			return
		}
		a.State, a.ActiveAt, a.FiredAt, a.KeepFiringSince = rules.StatePending, was.Active, was.Fired, was.Kept
		a.Annotations = labels.FromMap(was.Annotations)
		if was.Firing {
			a.State = rules.StateFiring
		}
	})
}

// Evaluate evaluates all rules at an instant, in order.
func (ev *evaluation) Evaluate(ctx context.Context, at time.Time) []signal.RuleResult {
	ev.into.failed = nil
	ev.inner.Eval(ctx, at)
	out := make([]signal.RuleResult, len(ev.rules))
	for i, r := range ev.rules {
		out[i] = signal.RuleResult{Key: ev.keys[i], Err: ev.errorOf(ctx, r), Took: r.GetEvaluationDuration()}
		if out[i].Err != nil {
			ev.recover(i)
		} else {
			ev.last[i] = ev.alertsOf(i)
		}
		out[i].Alerts = ev.last[i]
	}
	if ev.into.failed != nil {
		out[0].Unstored = ev.into.failed
	}
	return out
}

// recover gives a rule its alerts back: Prometheus drops them when there are more than the limit, and they would
// have to wait for their time again.
func (ev *evaluation) recover(i int) {
	if r, ok := ev.rules[i].(*rules.AlertingRule); ok && r.ActiveAlertsCount() == 0 {
		ev.seed(i, ev.last[i])
	}
}

// errorOf says why a rule could not be evaluated, and whether that is the store's fault.
func (ev *evaluation) errorOf(ctx context.Context, r rules.Rule) error {
	err := r.LastError()
	switch {
	case r.Health() != rules.HealthBad || err == nil:
		return nil
	case ctx.Err() != nil || outage(err):
		return &errs.E{Kind: errs.Unavailable, Message: "the store of series does not answer", Err: err}
	}
	return errs.Invalidf("%s", err)
}

// outage reports whether an error is the store's and not the expression's.
func outage(err error) bool {
	var storage promql.ErrStorage
	var canceled promql.ErrQueryCanceled
	return errs.Is(err, errs.Unavailable) || errors.Is(err, tsdb.ErrNotReady) || errors.As(err, &storage) || errors.As(err, &canceled)
}

func (ev *evaluation) alertsOf(i int) (out []signal.RuleAlert) {
	rule, ok := ev.rules[i].(*rules.AlertingRule)
	if !ok {
		return nil
	}
	rule.ForEachActiveAlert(func(a *rules.Alert) {
		if a.State != rules.StatePending && a.State != rules.StateFiring {
			return
		}
		out = append(out, signal.RuleAlert{
			Rule: ev.keys[i], Labels: a.Labels.Map(), Annotations: a.Annotations.Map(), Value: a.Value, Firing: a.State == rules.StateFiring,
			Active: utc(a.ActiveAt), Fired: utc(a.FiredAt), Kept: utc(a.KeepFiringSince),
		})
	})
	return out
}

func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}

// Reads are the names of the series that its expressions read.
func (ev *evaluation) Reads() (names []string, all bool) {
	for _, r := range ev.rules {
		of, any := Reads(r.Query())
		names, all = append(names, of...), all || any
	}
	slices.Sort(names)
	return slices.Compact(names), all
}

// Reads are the names of the series that an expression reads; all says that it does not name them.
func Reads(expr parser.Expr) (names []string, all bool) {
	found := map[string]bool{}
	parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
		s, ok := n.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		name := s.Name
		for _, m := range s.LabelMatchers {
			if m.Name == signal.MetricName && m.Type == labels.MatchEqual {
				name = m.Value
			}
		}
		found[name] = true
		return nil
	})
	all = found[""]
	delete(found, "")
	return slices.Sorted(maps.Keys(found)), all
}

// Records are the names of the series that it stores.
func (ev *evaluation) Records() (names []string) {
	for _, r := range ev.group.Rules {
		if r.Record != "" {
			names = append(names, r.Record)
		}
	}
	return names
}

// End says that the series that it has stored go no further.
func (ev *evaluation) End(ctx context.Context, at time.Time) {
	none := ev.of.group(ev.group, nil, ev.of.Query, ev.into)
	none.CopyState(ev.inner)
	none.Eval(ctx, at)
}

func instantOf(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
