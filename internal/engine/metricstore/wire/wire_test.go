package wire_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/prompb"
	write2 "github.com/prometheus/prometheus/prompb/io/prometheus/write/v2"
	"github.com/prometheus/prometheus/storage"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/metricstore/wire"
	"mainstay/internal/engine/signal"
)

// sink writes down what comes.
type sink struct {
	lines   []string
	refused []string
	fail    error
}

func (s *sink) Append(ref storage.SeriesRef, ls labels.Labels, _, t int64, v float64, h *histogram.Histogram, fh *histogram.FloatHistogram, o storage.AOptions) (storage.SeriesRef, error) {
	if s.fail != nil {
		return 0, s.fail
	}
	line := fmt.Sprintf("%s %v @%d", ls, v, t)
	if h != nil || fh != nil {
		line = fmt.Sprintf("%s histogram @%d", ls, t)
	}
	if len(o.Exemplars) > 0 {
		line += " # " + o.Exemplars[0].Labels.String()
	}
	s.lines = append(s.lines, line)
	return ref + 1, nil
}

func (s *sink) Refuse(ls labels.Labels, t int64, v float64, why string) {
	s.refused = append(s.refused, fmt.Sprintf("%s %v @%d: %s", ls, v, t, why))
}

func (*sink) Commit() error   { return nil }
func (*sink) Rollback() error { return nil }

func (s *sink) want(t *testing.T, err error, stored, refused []string) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
	if got, want := strings.Join(s.lines, "\n"), strings.Join(stored, "\n"); got != want {
		t.Errorf("stored\n%s\nwant\n%s", got, want)
	}
	if len(s.refused) != len(refused) {
		t.Fatalf("refused %q", s.refused)
	}
	for i, want := range refused {
		if !strings.Contains(s.refused[i], want) {
			t.Errorf("refused %q, want %q", s.refused[i], want)
		}
	}
}

var stamp = wire.Stamp{Set: signal.Labels{{Name: "environment", Value: "prod"}, {Name: "service", Value: "payments"}}}

const at = 1_700_000_000_000

func text(t *testing.T, body, contentType string, s wire.Stamp) (*sink, error) {
	t.Helper()
	var into sink
	return &into, wire.Text([]byte(body), contentType, time.UnixMilli(at), s, &into)
}

func TestTextOfBothKinds(t *testing.T) {
	got, err := text(t, "# HELP up x\n# TYPE up gauge\nup 1\nup{a=\"b\"} 0 1500\n\nx_bucket{le=\"+Inf\"} NaN\n", "", wire.Stamp{})
	got.want(t, err, []string{`{__name__="up"} 1 @1700000000000`, `{__name__="up", a="b"} 0 @1500`, `{__name__="x_bucket", le="+Inf"} NaN @1700000000000`}, nil)
	got, err = text(t, "# TYPE c counter\nc_total 3 1.5 # {trace=\"t\"} 1 1.25\n# EOF\n", "application/openmetrics-text; version=1.0.0", wire.Stamp{})
	got.want(t, err, []string{`{__name__="c_total"} 3 @1500 # {trace="t"}`}, nil)
}

func TestTheFirstWrongLineIsNamed(t *testing.T) {
	for body, want := range map[string]string{
		"good 1\nbad{ 2\n":                 "line 2",
		"good 1\n\n# a comment\nworse x\n": "line 4",
		"good 1\r\nm{a=\"b\"} 1 2 3\n":     "line 2",
		"=\n":                              "line 1",
	} {
		if _, err := text(t, body, "text/plain", wire.Stamp{}); !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), want+" ") {
			t.Errorf("%q: %v", body, err)
		}
	}
	if _, err := text(t, "a 1\nb{ 2\n# EOF\n", "application/openmetrics-text", wire.Stamp{}); !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("OpenMetrics: %v", err)
	}
}

func TestTheServersLabelsGoFirst(t *testing.T) {
	got, err := text(t, `m{service="own",environment="prod",exported_service="older"} 1`+"\nn 2\n", "", stamp)
	got.want(t, err, []string{
		`{__name__="m", environment="prod", exported_exported_service="own", exported_service="older", service="payments"} 1 @1700000000000`,
		`{__name__="n", environment="prod", service="payments"} 2 @1700000000000`,
	}, nil)
	got, err = text(t, `m{job="own",x="1"} 1`+"\n", "", wire.Stamp{Group: signal.Labels{{Name: "job", Value: "backup"}}})
	got.want(t, err, []string{`{__name__="m", job="backup", x="1"} 1 @1700000000000`}, nil)
}

func TestRemoteWriteOfBothVersions(t *testing.T) {
	native := histogram.Histogram{Schema: 1, Count: 3, Sum: 4, PositiveSpans: []histogram.Span{{Offset: 0, Length: 1}}, PositiveBuckets: []int64{3}}
	one := prompb.WriteRequest{Timeseries: []prompb.TimeSeries{
		{Labels: []prompb.Label{{Name: "x", Value: "1"}, {Name: "__name__", Value: "m"}}, Samples: []prompb.Sample{{Value: 1, Timestamp: 10}, {Value: 2, Timestamp: 20}},
			Exemplars: []prompb.Exemplar{{Labels: []prompb.Label{{Name: "trace", Value: "t"}}, Value: 1, Timestamp: 10}}},
		{Labels: []prompb.Label{{Name: "x", Value: "1"}}, Samples: []prompb.Sample{{Value: 3, Timestamp: 30}}},
		{Labels: []prompb.Label{{Name: "__name__", Value: "h"}}, Histograms: []prompb.Histogram{prompb.FromIntHistogram(40, &native)}},
	}}
	body, err := one.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	stored := []string{
		`{__name__="m", environment="prod", service="payments", x="1"} 1 @10 # {trace="t"}`,
		`{__name__="m", environment="prod", service="payments", x="1"} 2 @20`,
		`{__name__="h", environment="prod", service="payments"} histogram @40`,
	}
	var got1 sink
	got1.want(t, wire.RemoteWrite1(body, stamp, &got1), stored, []string{`{x="1"} 3 @30: it has no metric name`})

	two := write2.Request{Symbols: []string{"", "__name__", "m", "x", "1", "h", "trace", "t"}, Timeseries: []write2.TimeSeries{
		{LabelsRefs: []uint32{1, 2, 3, 4}, Samples: []write2.Sample{{Value: 1, Timestamp: 10}, {Value: 2, Timestamp: 20}}, Exemplars: []write2.Exemplar{{LabelsRefs: []uint32{6, 7}, Value: 1, Timestamp: 10}}},
		{LabelsRefs: []uint32{99, 2}, Samples: []write2.Sample{{Value: 3, Timestamp: 30}}},
		{LabelsRefs: []uint32{1, 5}, Histograms: []write2.Histogram{write2.FromIntHistogram(0, 40, &native)}},
	}}
	if body, err = two.Marshal(); err != nil {
		t.Fatal(err)
	}
	var got2 sink
	got2.want(t, wire.RemoteWrite2(body, stamp, &got2), stored, []string{"its labels cannot be read"})
	for _, decode := range []func([]byte, wire.Stamp, wire.Into) error{wire.RemoteWrite1, wire.RemoteWrite2} {
		if err := decode([]byte("\x0a\x99no protobuf"), stamp, &sink{}); !errs.Is(err, errs.Invalid) {
			t.Error(err)
		}
		down := errors.New("down")
		if err := decode(body, stamp, &sink{fail: down}); err != nil && !errors.Is(err, down) && !errs.Is(err, errs.Invalid) {
			t.Error(err)
		}
	}
}

func TestOTLPIsTranslatedAsPrometheusDoes(t *testing.T) {
	metrics := pmetric.NewMetrics()
	resource := metrics.ResourceMetrics().AppendEmpty()
	resource.Resource().Attributes().PutStr("service.name", "shop")
	resource.Resource().Attributes().PutStr("service.instance.id", "i1")
	resource.Resource().Attributes().PutStr("host.name", "app1")
	list := resource.ScopeMetrics().AppendEmpty().Metrics()
	sum := list.AppendEmpty()
	sum.SetName("http.requests")
	sum.SetUnit("{request}")
	s := sum.SetEmptySum()
	s.SetIsMonotonic(true)
	s.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	p := s.DataPoints().AppendEmpty()
	p.SetIntValue(7)
	p.SetTimestamp(pcommon.Timestamp(at * 1e6))
	p.Attributes().PutStr("http.method", "GET")
	delta := list.AppendEmpty()
	delta.SetName("deltas")
	d := delta.SetEmptySum()
	d.SetAggregationTemporality(pmetric.AggregationTemporalityDelta)
	dp := d.DataPoints().AppendEmpty()
	dp.SetDoubleValue(2)
	dp.SetTimestamp(pcommon.Timestamp(at * 1e6))
	req := pmetricotlp.NewExportRequestFromMetrics(metrics)
	asProto, err := req.MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := req.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		body []byte
		json bool
	}{{asProto, false}, {asJSON, true}} {
		var got sink
		got.want(t, wire.OTLP(context.Background(), c.body, c.json, stamp, &got), []string{
			`{__name__="http_requests_total", environment="prod", host_name="app1", http_method="GET", instance="i1", job="shop", service="payments"} 7 @1700000000000`,
			`{__name__="target_info", environment="prod", host_name="app1", instance="i1", job="shop", service="payments"} 1 @1700000000000`,
		}, []string{`{__name__="deltas"} 2 @1700000000000: it has delta temporality`})
	}
	if err := wire.OTLP(context.Background(), []byte("{"), true, stamp, &sink{}); !errs.Is(err, errs.Invalid) {
		t.Error(err)
	}
	down := errs.Unavailablef("down")
	if err := wire.OTLP(context.Background(), asProto, false, stamp, &sink{fail: down}); !errs.Is(err, errs.Unavailable) {
		t.Error(err)
	}
}

// FuzzText: whatever is sent, it is stored as series that are sound, or refused with a reason.
func FuzzText(f *testing.F) {
	for _, seed := range []string{"up 1\n", "m{a=\"b\",c=\"\\n\"} -Inf 5\n", "# TYPE h histogram\nh_bucket{le=\"1\"} 2 # {x=\"y\"} 1 2\n# EOF\n", "{\"with space\",a=\"b\"} 0x1p-3\n", "m 1 9223372036854775807\n", "bad{\n", "\x00", "m{a=\"\xff\"} 1\n"} {
		f.Add(seed, "")
		f.Add(seed, "application/openmetrics-text; version=1.0.0")
	}
	f.Add("\x0a\x00", "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited")
	f.Fuzz(func(t *testing.T, body, contentType string) {
		if len(body) > 1<<16 || len(contentType) > 200 {
			return
		}
		var into sound
		err := wire.Text([]byte(body), contentType, time.UnixMilli(at), stamp, &into)
		if err != nil && (!errs.Is(err, errs.Invalid) || err.Error() == "") {
			t.Errorf("%v", err)
		}
		if into.wrong != "" {
			t.Errorf("%q was appended: %s", body, into.wrong)
		}
	})
}

// sound looks whether what comes are series.
type sound struct {
	sink
	wrong string
}

func (s *sound) Append(_ storage.SeriesRef, ls labels.Labels, _, _ int64, _ float64, _ *histogram.Histogram, _ *histogram.FloatHistogram, _ storage.AOptions) (storage.SeriesRef, error) {
	if why := wire.Wrong(ls); why != "" {
		s.wrong = why
	}
	if ls.Get("service") != "payments" {
		s.wrong = "the server's label is not on it"
	}
	return 1, nil
}
