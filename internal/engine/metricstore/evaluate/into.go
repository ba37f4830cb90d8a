package evaluate

import (
	"context"
	"errors"
	"fmt"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"

	"mainstay/internal/engine/signal"
)

// Into stores what rules record the way all samples are stored, here or in a cluster.
func Into(samples signal.Samples) storage.Appendable { return into{samples} }

type into struct{ samples signal.Samples }

// Appender gathers samples and stores them together.
func (i into) Appender(ctx context.Context) storage.Appender {
	return &gathering{ctx: ctx, samples: i.samples}
}

// gathering has of an appender what rules use.
type gathering struct {
	storage.Appender
	ctx     context.Context //nolint:containedctx // an appender is made for one commit
	samples signal.Samples
	series  []signal.Series
}

// SetOptions does nothing: what is too old is refused.
func (*gathering) SetOptions(*storage.AppendOptions) {}

// Append takes a sample.
func (g *gathering) Append(_ storage.SeriesRef, l labels.Labels, t int64, v float64) (storage.SeriesRef, error) {
	fields := make(signal.Labels, 0, l.Len())
	l.Range(func(one labels.Label) { fields = append(fields, signal.Field{Name: one.Name, Value: one.Value}) })
	g.series = append(g.series, signal.Series{Labels: fields, Points: []signal.Point{{At: instantOf(t), Value: v}}})
	return 0, nil
}

var errHistogram = errors.New("a recording rule gives native histograms, which are not stored")

// AppendHistogram refuses.
func (*gathering) AppendHistogram(storage.SeriesRef, labels.Labels, int64, *histogram.Histogram, *histogram.FloatHistogram) (storage.SeriesRef, error) {
	return 0, errHistogram
}

// Commit stores them.
func (g *gathering) Commit() error {
	if len(g.series) == 0 {
		return nil
	}
	taken, err := g.samples.AppendSamples(g.ctx, g.series)
	if err != nil || taken.Lost == 0 {
		return err
	}
	why := ""
	if len(taken.Refused) > 0 {
		why = ": " + taken.Refused[0].Why
	}
	return fmt.Errorf("%d of %d samples were refused%s", taken.Lost, len(g.series), why)
}

// Rollback forgets them.
func (g *gathering) Rollback() error {
	g.series = nil
	return nil
}
