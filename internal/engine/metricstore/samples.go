package metricstore

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"

	"mainstay/internal/engine/metricstore/wire"
	"mainstay/internal/engine/signal"
)

// AppendSamples stores points of series. It is signal.Samples.
func (s *Store) AppendSamples(ctx context.Context, series []signal.Series) (signal.Taken, error) {
	into := s.Into(ctx, "own samples")
	b := labels.NewScratchBuilder(8)
	for _, one := range series {
		if err := appendSeries(into, &b, one); err != nil {
			return signal.Taken{}, errors.Join(err, into.Rollback())
		}
	}
	if err := into.Commit(); err != nil {
		return signal.Taken{}, err
	}
	return into.Taken(), nil
}

func appendSeries(into *Delivery, b *labels.ScratchBuilder, one signal.Series) error {
	ls := labelsOf(b, one.Labels)
	wrong := wire.Wrong(ls)
	var ref storage.SeriesRef
	for _, p := range one.Points {
		if wrong != "" {
			into.Refuse(ls, p.At.UnixMilli(), p.Value, wrong)
			continue
		}
		var err error
		if ref, err = into.Append(ref, ls, 0, p.At.UnixMilli(), p.Value, nil, nil, storage.AOptions{}); err != nil {
			return err
		}
	}
	return nil
}

func labelsOf(b *labels.ScratchBuilder, from signal.Labels) labels.Labels {
	b.Reset()
	for _, f := range from {
		if f.Value != "" { // a label without a value is none
			b.Add(f.Name, f.Value)
		}
	}
	if !slices.IsSortedFunc(from, func(a, b signal.Field) int { return strings.Compare(a.Name, b.Name) }) {
		b.Sort()
	}
	return b.Labels()
}
