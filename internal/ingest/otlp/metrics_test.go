package otlp_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/metricstore"
	"mainstay/internal/ingest/otlp"
	"mainstay/internal/ingest/receive"
	"mainstay/internal/ingest/receive/receivetest"
)

func openMetrics(t *testing.T, start bool) (*receivetest.Desk, *metricstore.Store) {
	t.Helper()
	store, err := metricstore.New(metricstore.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Stop() })
	if start {
		store.Start()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := store.Ready(ctx); err != nil {
			t.Fatal(err)
		}
	}
	return receivetest.Open(t, func(c receive.Config) []receive.Route { return otlp.MetricRoutes(c, store) }), store
}

// all is a request with every kind of metric, and one whose values are deltas.
func all(at time.Time) pmetricotlp.ExportRequest {
	metrics := pmetric.NewMetrics()
	resource := metrics.ResourceMetrics().AppendEmpty()
	resource.Resource().Attributes().PutStr("service.name", "shop")
	list := resource.ScopeMetrics().AppendEmpty().Metrics()
	stamp := pcommon.NewTimestampFromTime(at)
	gauge := list.AppendEmpty()
	gauge.SetName("queue.depth")
	g := gauge.SetEmptyGauge().DataPoints().AppendEmpty()
	g.SetDoubleValue(7)
	g.SetTimestamp(stamp)
	g.Attributes().PutStr("queue", "orders")
	histogram := list.AppendEmpty()
	histogram.SetName("latency")
	histogram.SetUnit("s")
	h := histogram.SetEmptyHistogram()
	h.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	b := h.DataPoints().AppendEmpty()
	b.SetTimestamp(stamp)
	b.SetCount(3)
	b.SetSum(1.5)
	b.ExplicitBounds().FromRaw([]float64{0.1, 1, 3.7e-200}) // their bytes are no messages
	b.BucketCounts().FromRaw([]uint64{1, 1, 1, 0})
	exponential := list.AppendEmpty()
	exponential.SetName("sizes")
	e := exponential.SetEmptyExponentialHistogram()
	e.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	ep := e.DataPoints().AppendEmpty()
	ep.SetTimestamp(stamp)
	ep.SetCount(2)
	ep.Positive().BucketCounts().FromRaw([]uint64{1, 1})
	summary := list.AppendEmpty()
	summary.SetName("took")
	s := summary.SetEmptySummary().DataPoints().AppendEmpty()
	s.SetTimestamp(stamp)
	s.SetCount(2)
	q := s.QuantileValues().AppendEmpty()
	q.SetQuantile(0.5)
	q.SetValue(4)
	delta := list.AppendEmpty()
	delta.SetName("deltas")
	d := delta.SetEmptySum()
	d.SetAggregationTemporality(pmetric.AggregationTemporalityDelta)
	d.DataPoints().AppendEmpty().SetTimestamp(stamp)
	return pmetricotlp.NewExportRequestFromMetrics(metrics)
}

func TestMetricsOfEveryKindInBothEncodings(t *testing.T) {
	now := clock.Wall().Now()
	proto, err := all(now).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	json, err := all(now).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	for kind, body := range map[string]string{"application/json": string(json), "application/x-protobuf": string(proto)} {
		d, store := openMetrics(t, true)
		w := d.Post("/v1/metrics", body, "Content-Type", kind)
		response := pmetricotlp.NewExportResponse()
		read := response.UnmarshalProto
		if kind == "application/json" {
			read = response.UnmarshalJSON
		}
		if err := read(w.Body.Bytes()); err != nil || w.Code != 200 || response.PartialSuccess().RejectedDataPoints() != 1 || !strings.Contains(response.PartialSuccess().ErrorMessage(), "delta") {
			t.Errorf("%s: %d %q %v", kind, w.Code, w.Body, err)
		}
		list, err := store.Instant(context.Background(), `sort(queue_depth{queue="orders",job="shop"} or latency_seconds_sum or latency_seconds_bucket{le="+Inf"} or took{quantile="0.5"})`, now.Add(time.Second))
		if err != nil || len(list) != 4 {
			t.Errorf("%s: found %+v %v", kind, list, err)
		}
		native, err := store.Instant(context.Background(), `histogram_count(sizes)`, now.Add(time.Second))
		if err != nil || len(native) != 1 || native[0].Points[0].Value != 2 {
			t.Errorf("%s: the native histogram: %+v %v", kind, native, err)
		}
	}
}

func TestMetricsThatCannotBeTaken(t *testing.T) {
	d, _ := openMetrics(t, false)
	proto, err := all(clock.Wall().Now()).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	const kind = "application/x-protobuf"
	if w := d.Post("/v1/metrics", string(proto), "Content-Type", kind); w.Code != 429 || w.Header().Get("Retry-After") == "" {
		t.Errorf("the store is down: %d %s", w.Code, w.Body)
	}
	if w := d.Post("/v1/metrics", "\x0a\x99", "Content-Type", kind); w.Code != 400 {
		t.Errorf("no protobuf: %d %s", w.Code, w.Body)
	}
	if w := d.Post("/v1/metrics", string(proto), "Content-Type", kind, "Authorization", "Bearer msk_x"); w.Code != 401 {
		t.Errorf("nobody: %d %s", w.Code, w.Body)
	}
	many := bytes.Repeat(within(nil, 1), 2_000_000) // points
	if w := d.Post("/v1/metrics", string(within(many, 5, 2, 2, 1)), "Content-Type", kind); w.Code != 413 {
		t.Errorf("too much: %d %.100s", w.Code, w.Body)
	}
}
