package evaluate

import (
	"context"
	"math"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/rules"

	"mainstay/internal/engine/signal"
)

// Asking asks whoever answers questions, such as a cluster, instead of a store in this process.
func Asking(m signal.Metrics) (rules.QueryFunc, RangeFunc) {
	instant := func(ctx context.Context, expr string, at time.Time) (promql.Vector, error) {
		list, err := m.Instant(ctx, expr, at)
		out := make(promql.Vector, 0, len(list))
		for _, s := range list {
			if len(s.Points) > 0 {
				out = append(out, promql.Sample{Metric: labelsOf(s.Labels), T: at.UnixMilli(), F: s.Points[len(s.Points)-1].Value})
			}
		}
		return out, err
	}
	span := func(ctx context.Context, expr string, start, end time.Time, step time.Duration) (promql.Matrix, error) {
		list, err := m.Range(ctx, expr, start, end, step)
		out := make(promql.Matrix, len(list))
		for i, s := range list {
			out[i].Metric = labelsOf(s.Labels)
			for _, p := range s.Points {
				out[i].Floats = append(out[i].Floats, promql.FPoint{T: nearest(p.At, start, step), F: p.Value})
			}
		}
		return out, err
	}
	return instant, span
}

// nearest is the step at which a point is meant: answers of others round their instants.
func nearest(at, start time.Time, step time.Duration) int64 {
	n := math.Round(float64(at.Sub(start)) / float64(step))
	return start.Add(time.Duration(n) * step).UnixMilli()
}

func labelsOf(list signal.Labels) labels.Labels {
	b := labels.NewScratchBuilder(len(list))
	for _, l := range list {
		b.Add(l.Name, l.Value)
	}
	b.Sort()
	return b.Labels()
}
