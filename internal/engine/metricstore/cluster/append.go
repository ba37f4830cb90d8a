package cluster

import (
	"context"

	"github.com/golang/snappy"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/prompb"
	"github.com/prometheus/prometheus/storage"
)

// AppenderV2 begins a request to the cluster.
func (c *Cluster) AppenderV2(context.Context) storage.AppenderV2 { return &appender{cluster: c} }

// appender collects samples.
type appender struct {
	cluster *Cluster
	req     prompb.WriteRequest
	last    labels.Labels
}

// Append adds a sample.
func (a *appender) Append(_ storage.SeriesRef, ls labels.Labels, _, t int64, v float64, h *histogram.Histogram, fh *histogram.FloatHistogram, o storage.AOptions) (storage.SeriesRef, error) {
	if n := len(a.req.Timeseries); n == 0 || !labels.Equal(a.last, ls) {
		a.req.Timeseries = append(a.req.Timeseries, prompb.TimeSeries{Labels: prompb.FromLabels(ls, nil)})
		a.last = ls
	}
	ts := &a.req.Timeseries[len(a.req.Timeseries)-1]
	switch {
	case fh != nil:
		ts.Histograms = append(ts.Histograms, prompb.FromFloatHistogram(t, fh))
	case h != nil:
		ts.Histograms = append(ts.Histograms, prompb.FromIntHistogram(t, h))
	default:
		ts.Samples = append(ts.Samples, prompb.Sample{Timestamp: t, Value: v})
	}
	for _, e := range o.Exemplars {
		ts.Exemplars = append(ts.Exemplars, prompb.Exemplar{Labels: prompb.FromLabels(e.Labels, nil), Value: e.Value, Timestamp: e.Ts})
	}
	return 0, nil
}

// Commit makes the request wait for the cluster.
func (a *appender) Commit() error {
	if len(a.req.Timeseries) == 0 {
		return nil
	}
	body, err := a.req.Marshal()
	if err != nil {
		return err
	}
	return a.cluster.keep(snappy.Encode(nil, body))
}

// Rollback forgets it.
func (*appender) Rollback() error { return nil }
