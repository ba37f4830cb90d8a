package wire

import (
	"github.com/prometheus/prometheus/model/exemplar"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/metadata"
	"github.com/prometheus/prometheus/prompb"
	write2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
	"github.com/prometheus/prometheus/storage"

	"mainstay/internal/base/errs"
)

// RemoteWrite1 appends a WriteRequest of remote write 1.0, unpacked.
func RemoteWrite1(body []byte, stamp Stamp, into Into) error {
	var req prompb.WriteRequest
	if err := unmarshal(&req, body); err != nil {
		return err
	}
	s := newSeries(stamp, into)
	for i := range req.Timeseries {
		ts := &req.Timeseries[i]
		s.begin(ts.ToLabels(&s.scratch, nil))
		for j := range ts.Exemplars {
			s.exemplars = append(s.exemplars, ts.Exemplars[j].ToExemplar(&s.scratch, nil))
		}
		for _, p := range ts.Samples {
			if err := s.add(0, p.Timestamp, p.Value, nil, nil); err != nil {
				return err
			}
		}
		for _, h := range ts.Histograms {
			whole, floats := (*histogram.Histogram)(nil), (*histogram.FloatHistogram)(nil)
			if h.IsFloatHistogram() {
				floats = h.ToFloatHistogram()
			} else {
				whole = h.ToIntHistogram()
			}
			if err := s.add(0, h.Timestamp, 0, whole, floats); err != nil {
				return err
			}
		}
	}
	return nil
}

// RemoteWrite2 appends a Request of remote write 2.0, unpacked.
func RemoteWrite2(body []byte, stamp Stamp, into Into) error {
	var req write2.Request
	if err := unmarshal(&req, body); err != nil {
		return err
	}
	s := newSeries(stamp, into)
	for i := range req.Timeseries {
		ts := &req.Timeseries[i]
		ls, err := ts.ToLabels(&s.scratch, req.Symbols)
		if err != nil {
			s.refuseAll(ts, err)
			continue
		}
		s.begin(ls)
		if s.meta, err = ts.ToMetadata(req.Symbols); err != nil {
			s.meta = metadata.Metadata{} // what a metric means is no reason to lose its samples
		}
		for j := range ts.Exemplars {
			if e, err := ts.Exemplars[j].ToExemplar(&s.scratch, req.Symbols); err == nil {
				s.exemplars = append(s.exemplars, e)
			}
		}
		if err := s.addAll2(ts); err != nil {
			return err
		}
	}
	return nil
}

func (s *series) addAll2(ts *write2.TimeSeries) error {
	for _, p := range ts.Samples {
		if err := s.add(p.StartTimestamp, p.Timestamp, p.Value, nil, nil); err != nil {
			return err
		}
	}
	for _, h := range ts.Histograms {
		whole, floats := (*histogram.Histogram)(nil), (*histogram.FloatHistogram)(nil)
		if h.IsFloatHistogram() {
			floats = h.ToFloatHistogram()
		} else {
			whole = h.ToIntHistogram()
		}
		if err := s.add(h.StartTimestamp, h.Timestamp, 0, whole, floats); err != nil {
			return err
		}
	}
	return nil
}

// refuseAll keeps samples beside whose labels cannot be read.
func (s *series) refuseAll(ts *write2.TimeSeries, err error) {
	for _, p := range ts.Samples {
		s.into.Refuse(labels.EmptyLabels(), p.Timestamp, p.Value, "its labels cannot be read: "+err.Error())
	}
	for _, h := range ts.Histograms {
		s.into.Refuse(labels.EmptyLabels(), h.Timestamp, 0, "its labels cannot be read: "+err.Error())
	}
}

// unmarshal reads a message. The library can panic on what no sender writes; that is a bad request.
func unmarshal(m interface{ Unmarshal([]byte) error }, body []byte) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errs.Invalidf("the body cannot be read as remote write: %v", p)
		}
	}()
	if err := m.Unmarshal(body); err != nil {
		return errs.Invalidf("the body cannot be read as remote write: %v", err)
	}
	return nil
}

// series appends the samples of one series after another.
type series struct {
	stamp   Stamp
	into    Into
	scratch labels.ScratchBuilder
	builder *labels.Builder

	ls        labels.Labels
	ref       storage.SeriesRef
	wrong     string
	meta      metadata.Metadata
	exemplars []exemplar.Exemplar // go with the first sample
}

func newSeries(stamp Stamp, into Into) *series {
	return &series{stamp: stamp, into: into, scratch: labels.NewScratchBuilder(16), builder: labels.NewBuilder(labels.EmptyLabels())}
}

func (s *series) begin(ls labels.Labels) {
	if s.wrong = wrong(ls); s.wrong == "" {
		ls = s.stamp.on(ls, s.builder)
	}
	s.ls, s.ref, s.meta, s.exemplars = ls, 0, metadata.Metadata{}, s.exemplars[:0]
}

func (s *series) add(start, at int64, value float64, h *histogram.Histogram, fh *histogram.FloatHistogram) error {
	why := s.wrong
	if why == "" {
		why = coarser(h, fh)
	}
	if why != "" {
		s.into.Refuse(s.ls, at, value, why)
		return nil
	}
	var err error
	s.ref, err = s.into.Append(s.ref, s.ls, start, at, value, h, fh, storage.AOptions{Metadata: s.meta, Exemplars: s.exemplars})
	s.exemplars = s.exemplars[:0]
	return err
}

// coarser makes native histograms as fine as the TSDB keeps them, and says why that cannot be.
func coarser(h *histogram.Histogram, fh *histogram.FloatHistogram) string {
	var err error
	switch {
	case h != nil && histogram.IsExponentialSchemaReserved(h.Schema) && h.Schema > histogram.ExponentialSchemaMax:
		err = h.ReduceResolution(histogram.ExponentialSchemaMax)
	case fh != nil && histogram.IsExponentialSchemaReserved(fh.Schema) && fh.Schema > histogram.ExponentialSchemaMax:
		err = fh.ReduceResolution(histogram.ExponentialSchemaMax)
	}
	if err != nil {
		return "the native histogram is not sound: " + err.Error()
	}
	return ""
}
