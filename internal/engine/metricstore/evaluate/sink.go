package evaluate

import (
	"context"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
)

// sink takes what rules record and notes what could not be stored. Prometheus takes such a rule for one that could
// not be evaluated; but its alerts are as good as any.
type sink struct {
	into   storage.Appendable
	failed error // the first
}

// Appender returns an appender that never fails.
func (s *sink) Appender(ctx context.Context) storage.Appender {
	return noting{s.into.Appender(ctx), s}
}

func (s *sink) note(err error) {
	if err != nil && s.failed == nil {
		s.failed = err
	}
}

type noting struct {
	storage.Appender
	to *sink
}

// Append stores a sample.
func (n noting) Append(ref storage.SeriesRef, l labels.Labels, t int64, v float64) (storage.SeriesRef, error) {
	ref, err := n.Appender.Append(ref, l, t, v)
	n.to.note(err)
	return ref, nil
}

// AppendHistogram stores a histogram.
func (n noting) AppendHistogram(ref storage.SeriesRef, l labels.Labels, t int64, h *histogram.Histogram, fh *histogram.FloatHistogram) (storage.SeriesRef, error) {
	ref, err := n.Appender.AppendHistogram(ref, l, t, h, fh)
	n.to.note(err)
	return ref, nil
}

// Commit makes all of it visible.
func (n noting) Commit() error {
	n.to.note(n.Appender.Commit())
	return nil
}
