package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/annotations"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
)

// maxAnswer is how much of an answer is read.
const maxAnswer = 256 << 20

// Ask asks an endpoint whose answer is series, and reads it.
func (c *Cluster) Ask(ctx context.Context, endpoint string, form url.Values) ([]signal.Series, error) {
	var data struct {
		ResultType string          `json:"resultType"`
		Result     json.RawMessage `json:"result"`
	}
	if err := c.read(ctx, endpoint, form, &data); err != nil {
		return nil, err
	}
	if data.ResultType == "scalar" {
		var p point
		if err := json.Unmarshal(data.Result, &p); err != nil {
			return nil, errs.Unavailablef("the cluster's answer cannot be read: %v", err)
		}
		return []signal.Series{{Points: []signal.Point{signal.Point(p)}}}, nil
	}
	var list []struct {
		Metric map[string]string `json:"metric"`
		Value  *point            `json:"value"`
		Values []point           `json:"values"`
	}
	if err := json.Unmarshal(data.Result, &list); err != nil {
		return nil, errs.Invalidf("the expression gives a %s, which is no figure", data.ResultType)
	}
	out := make([]signal.Series, 0, len(list))
	for _, one := range list {
		s := signal.Series{Labels: labelsOf(one.Metric)}
		if one.Value != nil {
			one.Values = append(one.Values, *one.Value)
		}
		for _, p := range one.Values {
			s.Points = append(s.Points, signal.Point(p))
		}
		if len(s.Points) > 0 {
			out = append(out, s)
		}
	}
	return out, nil
}

// point is [1700000000.123, "1.5"].
type point signal.Point

// UnmarshalJSON reads it.
func (p *point) UnmarshalJSON(text []byte) error {
	var at float64
	var value string
	if err := json.Unmarshal(text, &[]any{&at, &value}); err != nil {
		return err
	}
	v, err := strconv.ParseFloat(value, 64)
	*p = point{At: time.UnixMilli(int64(math.Round(at * 1000))).UTC(), Value: v}
	return err
}

func (c *Cluster) read(ctx context.Context, endpoint string, form url.Values, data any) error {
	answer, err := c.Select(ctx, endpoint, form)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return &errs.E{Kind: errs.Unavailable, Message: "the cluster's answer was cut off", Err: err}
	}
	var whole struct {
		Status, Error string
		Data          json.RawMessage
	}
	if err := json.Unmarshal(text, &whole); err != nil || whole.Status != "success" {
		if whole.Error != "" && answer.Status/100 == 4 {
			return errs.Invalidf("the cluster says: %s", whole.Error)
		}
		return errs.Unavailablef("the cluster of time series answers %d: %.300s", answer.Status, text)
	}
	return json.Unmarshal(whole.Data, data)
}

func labelsOf(m map[string]string) signal.Labels {
	var out signal.Labels
	labels.FromMap(m).Range(func(l labels.Label) { out = append(out, signal.Field{Name: l.Name, Value: l.Value}) })
	return out
}

// Querier fetches samples for an engine here.
func (c *Cluster) Querier(from, to int64) (storage.Querier, error) {
	return &querier{c, from, to}, nil
}

type querier struct {
	cluster  *Cluster
	from, to int64 // milliseconds
}

// Select fetches the samples of some series.
func (q *querier) Select(ctx context.Context, _ bool, hints *storage.SelectHints, matchers ...*labels.Matcher) storage.SeriesSet {
	from, to := q.from, q.to
	if hints != nil {
		from, to = hints.Start, hints.End
	}
	form := url.Values{
		"query": {fmt.Sprintf("%s[%dms]", selector(matchers), to-from+1)}, // the range is open at its start
		"time":  {strconv.FormatFloat(float64(to)/1000, 'f', 3, 64)},
	}
	list, err := q.cluster.Ask(ctx, "query", form)
	if err != nil {
		return storage.ErrSeriesSet(err)
	}
	series := make([]storage.Series, len(list))
	for i, one := range list {
		b := labels.NewScratchBuilder(len(one.Labels))
		for _, f := range one.Labels {
			b.Add(f.Name, f.Value)
		}
		samples := make([]chunks.Sample, len(one.Points))
		for j, p := range one.Points {
			samples[j] = sample{p.At.UnixMilli(), p.Value}
		}
		series[i] = storage.NewListSeries(b.Labels(), samples)
	}
	slices.SortFunc(series, func(a, b storage.Series) int { return labels.Compare(a.Labels(), b.Labels()) })
	return &set{list: series, at: -1}
}

func selector(matchers []*labels.Matcher) string {
	parts := make([]string, len(matchers))
	for i, m := range matchers {
		parts[i] = m.String()
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// set hands out series.
type set struct {
	list []storage.Series
	at   int
}

// Next goes to the next one.
func (s *set) Next() bool { s.at++; return s.at < len(s.list) }

// At is the present one.
func (s *set) At() storage.Series { return s.list[s.at] }

// Err is none.
func (*set) Err() error { return nil }

// Warnings are none.
func (*set) Warnings() annotations.Annotations { return nil }

// LabelValues are asked for at the query API, not here.
func (*querier) LabelValues(context.Context, string, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, errs.Unavailablef("values of labels are asked for at the query API")
}

// LabelNames are asked for at the query API, not here.
func (*querier) LabelNames(context.Context, *storage.LabelHints, ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	return nil, nil, errs.Unavailablef("names of labels are asked for at the query API")
}

// Close does nothing.
func (*querier) Close() error { return nil }

// sample is one float.
type sample struct {
	t int64
	v float64
}

func (s sample) T() int64                    { return s.t }
func (sample) ST() int64                     { return 0 }
func (s sample) F() float64                  { return s.v }
func (sample) H() *histogram.Histogram       { return nil }
func (sample) FH() *histogram.FloatHistogram { return nil }
func (sample) Type() chunkenc.ValueType      { return chunkenc.ValFloat }
func (s sample) Copy() chunks.Sample         { return s }
