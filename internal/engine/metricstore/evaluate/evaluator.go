package evaluate

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/storage"

	"mainstay/internal/engine/signal"
)

// RangeFunc answers an expression from start to end, every step.
type RangeFunc func(ctx context.Context, expr string, start, end time.Time, step time.Duration) (promql.Matrix, error)

// Config is what an Evaluator needs.
type Config struct {
	Query rules.QueryFunc
	Range RangeFunc
	// Appendable takes what rules record.
	Appendable storage.Appendable
	// Parser reads expressions; nil reads what Prometheus reads when nothing is set.
	Parser parser.Parser
	// ExternalLabels and ExternalURL are what templates see of this installation.
	ExternalLabels map[string]string
	ExternalURL    string
	Log            *slog.Logger
}

// Evaluator makes groups of rules ready. Make it with New.
type Evaluator struct {
	Config
	external labels.Labels
	url      *url.URL
	metrics  *rules.Metrics
}

var _ signal.Rules = (*Evaluator)(nil)

// New returns an evaluator.
func New(c Config) *Evaluator {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Parser == nil {
		c.Parser = parser.NewParser(parser.Options{})
	}
	u, err := url.Parse(c.ExternalURL)
	if err != nil {
		u = &url.URL{}
	}
	return &Evaluator{Config: c, external: labels.FromMap(c.ExternalLabels), url: u, metrics: rules.NewGroupMetrics(nil)}
}

// EngineRange answers from a storage.
func EngineRange(engine promql.QueryEngine, from storage.Queryable) RangeFunc {
	return func(ctx context.Context, expr string, start, end time.Time, step time.Duration) (promql.Matrix, error) {
		q, err := engine.NewRangeQuery(ctx, from, nil, expr, start, end, step)
		if err != nil {
			return nil, err
		}
		defer q.Close()
		answer := q.Exec(ctx)
		if answer.Err != nil {
			return nil, answer.Err
		}
		m, err := answer.Matrix()
		return cloned(m), err
	}
}

// cloned is a copy that outlives its query, which gives its points back when it is closed.
func cloned(m promql.Matrix) promql.Matrix {
	out := make(promql.Matrix, len(m))
	for i, s := range m {
		out[i] = promql.Series{Metric: s.Metric, Floats: append([]promql.FPoint(nil), s.Floats...)}
	}
	return out
}

// group makes Prometheus' group of ours.
func (e *Evaluator) group(g signal.RuleGroup, list []rules.Rule, query rules.QueryFunc, into storage.Appendable) *rules.Group {
	offset := g.Offset
	return rules.NewGroup(rules.GroupOptions{
		Name: g.Name, Interval: g.Interval, Limit: g.Limit, Rules: list, QueryOffset: &offset,
		Opts: &rules.ManagerOptions{
			ExternalURL: e.url, QueryFunc: query, Appendable: into, Logger: slog.New(slog.DiscardHandler), Metrics: e.metrics,
			NotifyFunc: func(context.Context, string, ...*rules.Alert) {},
		},
	})
}

// rule makes Prometheus' rule of ours.
func (e *Evaluator) rule(g signal.RuleGroup, r signal.MetricRule) (rules.Rule, error) {
	expr, err := e.Parser.ParseExpr(r.Expr)
	if err != nil {
		return nil, err
	}
	with := rules.FromMaps(g.Labels, r.Labels)
	if r.Alert == "" {
		return rules.NewRecordingRule(r.Record, expr, with), nil
	}
	return e.alerting(r, expr, with, labels.FromMap(r.Annotations)), nil
}

func (e *Evaluator) alerting(r signal.MetricRule, expr parser.Expr, with, annotations labels.Labels) *rules.AlertingRule {
	return rules.NewAlertingRule(r.Alert, expr, r.For, r.KeepFiringFor, with, annotations, e.external, e.ExternalURL, true, e.Log)
}

// errNotThisKind says that an evaluation was made by somebody else.
var errNotThisKind = errors.New("the evaluation before was not made here")
