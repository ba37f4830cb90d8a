package metricstore

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
)

func (s *Store) newEngine(places promql.QueryTracker, figures prometheus.Registerer) *promql.Engine {
	return promql.NewEngine(promql.EngineOpts{
		Logger: s.Log, Reg: figures, MaxSamples: s.Limits.Samples, Timeout: s.Limits.Timeout, ActiveQueryTracker: places,
		EnableAtModifier: true, EnableNegativeOffset: true, Parser: s.parser,
		NoStepSubqueryIntervalFn: func(int64) int64 { return time.Minute.Milliseconds() },
	})
}

// Queryable reads samples, for the library's own machinery.
func (s *Store) Queryable() storage.Queryable { return front{s} }

// Engine is the PromQL engine for rules: people's questions do not hold it up.
func (s *Store) Engine() *promql.Engine { return s.rules }

// Parser understands PromQL.
func (s *Store) Parser() parser.Parser { return s.parser }

// CheckExpr says what is wrong with an expression. It is of signal.Metrics.
func (s *Store) CheckExpr(expr string) error {
	if _, err := s.parser.ParseExpr(expr); err != nil {
		return errs.Invalidf("the expression cannot be understood: %v", err)
	}
	return nil
}

// Instant is what an expression gives at an instant. It is of signal.Metrics.
func (s *Store) Instant(ctx context.Context, expr string, at time.Time) ([]signal.Series, error) {
	if s.cluster != nil {
		return s.cluster.Ask(ctx, "query", url.Values{"query": {expr}, "time": {at.UTC().Format(time.RFC3339Nano)}})
	}
	q, err := s.engine.NewInstantQuery(ctx, front{s}, nil, expr, at)
	if err != nil {
		return nil, errs.Invalidf("the expression cannot be understood: %v", err)
	}
	defer q.Close()
	result := q.Exec(ctx)
	if result.Err != nil {
		return nil, s.failure(ctx, result.Err)
	}
	switch v := result.Value.(type) {
	case promql.Vector:
		return vector(v), nil
	case promql.Scalar:
		return []signal.Series{{Points: []signal.Point{{At: instant(v.T), Value: v.V}}}}, nil
	}
	return nil, errs.Invalidf("the expression gives a %s, which is no figure at an instant", result.Value.Type())
}

// Range is what an expression gives over a while. It is of signal.Metrics.
func (s *Store) Range(ctx context.Context, expr string, start, end time.Time, step time.Duration) ([]signal.Series, error) {
	if step <= 0 || end.Before(start) {
		return nil, errs.Invalidf("a range needs a step, and an end that is not before its start")
	}
	if s.cluster != nil {
		return s.cluster.Ask(ctx, "query_range", url.Values{"query": {expr}, "start": {start.UTC().Format(time.RFC3339Nano)},
			"end": {end.UTC().Format(time.RFC3339Nano)}, "step": {strconv.FormatFloat(step.Seconds(), 'f', -1, 64)}})
	}
	q, err := s.engine.NewRangeQuery(ctx, front{s}, nil, expr, start, end, step)
	if err != nil {
		return nil, errs.Invalidf("the expression cannot be understood: %v", err)
	}
	defer q.Close()
	result := q.Exec(ctx)
	if result.Err != nil {
		return nil, s.failure(ctx, result.Err)
	}
	m, ok := result.Value.(promql.Matrix)
	if !ok {
		return nil, errs.Invalidf("the expression gives a %s, which is no figure over time", result.Value.Type())
	}
	return matrix(m), nil
}

// failure says whose fault an error of the engine is.
func (s *Store) failure(ctx context.Context, err error) error {
	var (
		late   promql.ErrQueryTimeout
		ended  promql.ErrQueryCanceled
		stored promql.ErrStorage
	)
	switch {
	case ctx.Err() != nil && errors.As(err, &ended):
		return ctx.Err()
	case errors.Is(err, tsdb.ErrNotReady):
		return errs.Unavailablef("samples cannot be asked for now: the store is not open")
	case errors.As(err, &stored):
		return &errs.E{Kind: errs.Unavailable, Message: "samples cannot be read: " + err.Error(), Err: err}
	case errors.As(err, &late), errors.As(err, &ended):
		return &errs.E{Kind: errs.Unavailable, Message: fmt.Sprintf("the question took longer than %s: ask for less, or ask again", s.Limits.Timeout), Err: err}
	}
	return errs.Invalidf("the expression cannot be worked out: %v", err)
}

func vector(v promql.Vector) []signal.Series {
	out := make([]signal.Series, 0, len(v))
	for _, one := range v {
		if one.H == nil { // a native histogram is no figure
			out = append(out, signal.Series{Labels: plain(one.Metric), Points: []signal.Point{{At: instant(one.T), Value: one.F}}})
		}
	}
	return out
}

func matrix(m promql.Matrix) []signal.Series {
	out := make([]signal.Series, 0, len(m))
	for _, one := range m {
		series := signal.Series{Labels: plain(one.Metric), Points: make([]signal.Point, len(one.Floats))}
		for i, p := range one.Floats {
			series.Points[i] = signal.Point{At: instant(p.T), Value: p.F}
		}
		if len(series.Points) > 0 {
			out = append(out, series)
		}
	}
	return out
}

func instant(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// places bounds how many questions are worked on at once. The others wait, at most as long as a question may take.
type places struct{ free chan struct{} }

func newPlaces(n int) *places { return &places{make(chan struct{}, n)} }

// GetMaxConcurrent is how many there are.
func (p *places) GetMaxConcurrent() int { return cap(p.free) }

// Insert waits for a place.
func (p *places) Insert(ctx context.Context, _ string) (int, error) {
	select {
	case p.free <- struct{}{}:
		return 0, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// Delete leaves it.
func (p *places) Delete(int) { <-p.free }

// Close does nothing.
func (*places) Close() error { return nil }
