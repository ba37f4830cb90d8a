package wire

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	translate "github.com/prometheus/prometheus/storage/remote/otlptranslator/prometheusremotewrite"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"

	"mainstay/internal/base/errs"
)

// lookback is PromQL's: target_info is repeated at half of it.
const lookback = 5 * 60 * 1e9

// promoted are attributes of the resource that become labels of every series, beside job and instance.
var promoted = []string{"host.name", "deployment.environment.name", "deployment.environment", "k8s.namespace.name", "k8s.pod.name", "k8s.container.name"}

// OTLP appends an ExportMetricsServiceRequest, in JSON or protobuf, as Prometheus translates it.
func OTLP(ctx context.Context, body []byte, asJSON bool, stamp Stamp, into Into) error {
	req, err := decodeOTLP(body, asJSON)
	if err != nil {
		return err
	}
	metrics := req.Metrics()
	refuseDeltas(metrics, into)
	stamped := &stamping{Into: into, stamp: stamp, builder: labels.NewBuilder(labels.EmptyLabels())}
	c := config.DefaultOTLPConfig
	c.PromoteResourceAttributes = promoted
	_, err = translate.NewPrometheusConverter(stamped).FromMetrics(ctx, metrics, translate.Settings{
		AddMetricSuffixes: c.TranslationStrategy.ShouldAddSuffixes(), AllowUTF8: !c.TranslationStrategy.ShouldEscape(),
		PromoteResourceAttributes: translate.NewPromoteResourceAttributes(c), LookbackDelta: lookback,
		LabelNameUnderscoreSanitization:      c.LabelNameUnderscoreSanitization,
		LabelNamePreserveMultipleUnderscores: c.LabelNamePreserveMultipleUnderscores,
	})
	if stamped.failed != nil {
		return stamped.failed
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil { // metrics that have no translation; the others are appended
		into.Refuse(labels.EmptyLabels(), 0, math.NaN(), err.Error())
	}
	return nil
}

// decodeOTLP reads the request. The library can panic on what no sender writes; that is a bad request.
func decodeOTLP(body []byte, asJSON bool) (req pmetricotlp.ExportRequest, err error) {
	req = pmetricotlp.NewExportRequest()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
		if err != nil {
			err = errs.Invalidf("the body cannot be read as metrics (JSON needs Content-Type: application/json): %v", err)
		}
	}()
	if asJSON {
		return req, req.UnmarshalJSON(body)
	}
	return req, req.UnmarshalProto(body)
}

// refuseDeltas takes out what counts from one sending to the next: PromQL needs counters that go on.
func refuseDeltas(metrics pmetric.Metrics, into Into) {
	for _, resource := range metrics.ResourceMetrics().All() {
		for _, scope := range resource.ScopeMetrics().All() {
			scope.Metrics().RemoveIf(func(m pmetric.Metric) bool {
				if !delta(m) {
					return false
				}
				refusePoints(m, into)
				return true
			})
		}
	}
}

func delta(m pmetric.Metric) bool {
	switch m.Type() {
	case pmetric.MetricTypeSum:
		return m.Sum().AggregationTemporality() == pmetric.AggregationTemporalityDelta
	case pmetric.MetricTypeHistogram:
		return m.Histogram().AggregationTemporality() == pmetric.AggregationTemporalityDelta
	case pmetric.MetricTypeExponentialHistogram:
		return m.ExponentialHistogram().AggregationTemporality() == pmetric.AggregationTemporalityDelta
	}
	return false
}

func refusePoints(m pmetric.Metric, into Into) {
	refuse := func(at pcommon.Timestamp, attributes pcommon.Map, value float64) {
		b := labels.NewBuilder(labels.FromStrings(labels.MetricName, m.Name()))
		for name, v := range attributes.All() {
			b.Set(name, v.AsString())
		}
		into.Refuse(b.Labels(), at.AsTime().UnixMilli(), value, "it has delta temporality: let the sender export cumulative values (OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=cumulative)")
	}
	switch m.Type() {
	case pmetric.MetricTypeSum:
		for _, p := range m.Sum().DataPoints().All() {
			refuse(p.Timestamp(), p.Attributes(), p.DoubleValue()+float64(p.IntValue()))
		}
	case pmetric.MetricTypeHistogram:
		for _, p := range m.Histogram().DataPoints().All() {
			refuse(p.Timestamp(), p.Attributes(), p.Sum())
		}
	case pmetric.MetricTypeExponentialHistogram:
		for _, p := range m.ExponentialHistogram().DataPoints().All() {
			refuse(p.Timestamp(), p.Attributes(), p.Sum())
		}
	}
}

// stamping stamps what the translator appends, and remembers why the store failed.
type stamping struct {
	Into
	stamp   Stamp
	builder *labels.Builder
	failed  error
}

// Append stamps and appends. The translator's own numbers of series mean other labels, so they are not handed on.
func (s *stamping) Append(_ storage.SeriesRef, ls labels.Labels, st, t int64, v float64, h *histogram.Histogram, fh *histogram.FloatHistogram, o storage.AOptions) (storage.SeriesRef, error) {
	ls = s.stamp.on(ls, s.builder)
	if why := wrong(ls); why != "" {
		s.Refuse(ls, t, v, strings.TrimSpace(why))
		return 0, nil
	}
	_, err := s.Into.Append(0, ls, st, t, v, h, fh, o)
	if err != nil {
		s.failed = err
	}
	return 0, err
}
