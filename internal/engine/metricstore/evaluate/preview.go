package evaluate

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
)

// maxSteps is at how many instants a preview looks at the most.
const maxSteps = 11_000

// PreviewRules works out when alerts of a group would have fired.
func (e *Evaluator) PreviewRules(ctx context.Context, g signal.RuleGroup, from, to time.Time) (out []signal.RuleSpan, err error) {
	if err := e.CheckRules(g); err != nil {
		return nil, err
	}
	made := make([]rules.Rule, len(g.Rules))
	for i, r := range g.Rules {
		if made[i], err = e.rule(g, r); err != nil {
			return nil, err
		}
	}
	keys := keysOf(made)
	for i, r := range g.Rules {
		if r.Alert == "" {
			continue
		}
		spans, err := e.previewRule(ctx, g, r, from, to)
		if err != nil {
			return nil, err
		}
		for n := range spans {
			spans[n].Rule, spans[n].Name = keys[i], r.Alert
		}
		out = append(out, spans...)
	}
	slices.SortStableFunc(out, func(a, b signal.RuleSpan) int { return a.Start.Compare(b.Start) })
	return out, nil
}

// rehearsal is one rule that is shown stored series as if they just came.
type rehearsal struct {
	of    *Evaluator
	group signal.RuleGroup
	rule  signal.MetricRule
	expr  parser.Expr
	inner *rules.AlertingRule // without annotations, which take most of the time
	open  map[uint64]int      // by hash of the labels: the span of what fires
	spans []signal.RuleSpan
	now   promql.Vector
}

func (e *Evaluator) previewRule(ctx context.Context, g signal.RuleGroup, r signal.MetricRule, from, to time.Time) ([]signal.RuleSpan, error) {
	expr, err := e.Parser.ParseExpr(r.Expr)
	if err != nil {
		return nil, err
	}
	p := &rehearsal{of: e, group: g, rule: r, expr: expr, open: map[uint64]int{},
		inner: e.alerting(r, expr, rules.FromMaps(g.Labels, r.Labels), labels.EmptyLabels())}
	start := from.Add(-r.For).Truncate(time.Millisecond)
	step := max(g.Interval, (to.Sub(start)/maxSteps).Truncate(time.Millisecond)+time.Millisecond)
	if g.Interval >= to.Sub(start)/maxSteps {
		step = g.Interval
	}
	series, err := e.Range(ctx, expr.String(), start.Add(-g.Offset), to.Add(-g.Offset), step)
	if err != nil {
		return nil, asked(err)
	}
	if err := p.run(ctx, series, start, to, step); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(p.spans, func(s signal.RuleSpan) bool { return !s.End.IsZero() && !s.End.After(from) }), nil
}

// asked is why a question could not be answered.
func asked(err error) error {
	if errs.KindOf(err) != errs.Internal {
		return err
	}
	if outage(err) {
		return &errs.E{Kind: errs.Unavailable, Message: "the store of series does not answer", Err: err}
	}
	return errs.Invalidf("%s", err)
}

// run steps through series, as they were at start, and every step after it.
func (p *rehearsal) run(ctx context.Context, series promql.Matrix, start, to time.Time, step time.Duration) error {
	at := make([]int, len(series)) // the point of each series that is next
	for now := start; !now.After(to); now = now.Add(step) {
		p.now = p.now[:0]
		t := now.Add(-p.group.Offset).UnixMilli()
		for i, s := range series {
			for at[i] < len(s.Floats) && s.Floats[at[i]].T < t {
				at[i]++
			}
			if at[i] < len(s.Floats) && s.Floats[at[i]].T == t {
				p.now = append(p.now, promql.Sample{Metric: s.Metric, T: t, F: s.Floats[at[i]].F})
			}
		}
		if len(p.now) == 0 && p.inner.ActiveAlertsCount() == 0 {
			continue
		}
		if _, err := p.inner.Eval(ctx, 0, now, p.ask, p.of.url, p.group.Limit); err != nil {
			return asked(err)
		}
		p.note(ctx, now)
	}
	return nil
}

// ask answers the rule's own expression with what is stored of now; templates may ask other things.
func (p *rehearsal) ask(ctx context.Context, q string, at time.Time) (promql.Vector, error) {
	if q == p.expr.String() {
		return p.now, nil
	}
	return p.of.Query(ctx, q, at)
}

// note opens and closes spans.
func (p *rehearsal) note(ctx context.Context, now time.Time) {
	firing := map[uint64]bool{}
	var begun []*rules.Alert
	p.inner.ForEachActiveAlert(func(a *rules.Alert) {
		if a.State != rules.StateFiring {
			return
		}
		h := a.Labels.Hash()
		firing[h] = true
		if _, ok := p.open[h]; !ok {
			begun = append(begun, a)
		}
	})
	for h, i := range p.open {
		if !firing[h] {
			p.spans[i].End = now.UTC()
			delete(p.open, h)
		}
	}
	slices.SortFunc(begun, func(a, b *rules.Alert) int { return cmp.Compare(a.Labels.String(), b.Labels.String()) })
	for _, a := range begun {
		p.open[a.Labels.Hash()] = len(p.spans)
		p.spans = append(p.spans, signal.RuleSpan{Labels: a.Labels.Map(), Annotations: p.annotations(ctx, a, now), Value: a.Value,
			Active: a.ActiveAt.UTC(), Start: now.UTC()})
	}
}

// annotations expands those of an alert that begins to fire.
func (p *rehearsal) annotations(ctx context.Context, of *rules.Alert, now time.Time) (out map[string]string) {
	whole := p.of.alerting(p.rule, p.expr, rules.FromMaps(p.group.Labels, p.rule.Labels), labels.FromMap(p.rule.Annotations))
	if _, err := whole.Eval(ctx, 0, now, p.ask, p.of.url, 0); err != nil {
		return nil
	}
	whole.ForEachActiveAlert(func(a *rules.Alert) {
		if labels.Equal(a.Labels, of.Labels) {
			out = a.Annotations.Map()
		}
	})
	return out
}
