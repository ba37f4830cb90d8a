package check

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"
	"time"

	"mainstay/internal/base/worker"
	"mainstay/internal/engine/signal"
	"mainstay/internal/probe"
)

// The series of a check, for each location.
const (
	seriesUp       = "check_up"               // 1 when ok or degraded, 0 when failed; none when unknown
	seriesState    = "check_state"            // 0 ok, 1 degraded, 2 failed, 3 unknown: as the result says, before retries
	seriesDuration = "check_duration_seconds" //
	seriesValue    = "check_value"            // a figure, whose name is the label figure
)

// maxBuffered is how many samples wait for a store that does not answer.
const maxBuffered = 200_000

// buffer is samples on their way.
type buffer struct {
	list []signal.Series
	lost atomic.Int64
}

// sample notes a result for the series. The caller holds the lock.
func (s *Service) sample(e *entry, sp *spot, r probe.Result, at time.Time) {
	if s.Samples == nil {
		return
	}
	add := func(metric, figure string, v float64) {
		s.series.list = append(s.series.list, signal.Series{Labels: sp.series(e, metric, figure), Points: []signal.Point{{At: at, Value: v}}})
	}
	switch r.State {
	case probe.OK, probe.Degraded:
		add(seriesUp, "", 1)
	case probe.Failed:
		add(seriesUp, "", 0)
	case probe.Unknown:
	}
	add(seriesState, "", float64(slices.Index(probe.States, r.State)))
	add(seriesDuration, "", r.Duration.Seconds())
	for _, f := range r.Figures {
		add(seriesValue, f.Name, f.Value)
	}
	if over := len(s.series.list) - maxBuffered; over > 0 {
		s.series.list = slices.Delete(s.series.list, 0, over)
		s.series.lost.Add(int64(over))
	}
}

// series are the labels of a series of a location, which are made once.
func (sp *spot) series(e *entry, metric, figure string) signal.Labels {
	key := metric + "/" + figure
	if l, ok := sp.labels[key]; ok {
		return l
	}
	l := signal.Labels{{Name: signal.MetricName, Value: metric}, {Name: labelCheck, Value: e.Name}, {Name: labelLocation, Value: sp.Name},
		{Name: labelKind, Value: string(e.Spec.Probe.Kind())}}
	add := func(name, value string) {
		if value != "" {
			l = append(l, signal.Field{Name: name, Value: value})
		}
	}
	add(labelFigure, figure)
	add(signal.Service, e.Spec.Service)
	add(signal.Component, e.Spec.Component)
	for _, more := range e.Spec.Labels {
		add(more.Name, more.Value)
	}
	slices.SortFunc(l, func(a, b signal.Field) int { return cmp.Compare(a.Name, b.Name) })
	if sp.labels == nil || len(sp.labels) > 2*maxFigures {
		sp.labels = map[string]signal.Labels{}
	}
	sp.labels[key] = l
	return l
}

// maxFigures is about how many figures a check has; one whose figures have ever other names keeps no more.
const maxFigures = 100

// Flush stores the samples that have come since the last time.
func (s *Service) Flush(ctx context.Context) (worker.Result, error) {
	s.mu.Lock()
	list := s.series.list
	s.series.list = nil
	s.mu.Unlock()
	if len(list) == 0 || s.Samples == nil {
		return worker.Result{}, nil
	}
	if _, err := s.Samples.AppendSamples(ctx, list); err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.series.list = append(list, s.series.list...)
		return worker.Result{}, err
	}
	return worker.Result{Did: 0}, nil
}

// Lost is how many samples were given up because the store did not answer for long.
func (s *Service) Lost() int64 { return s.series.lost.Load() }
