package otlp

import (
	"fmt"
	"mime"
	"net/http"

	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"

	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive"
)

// MetricRoutes are the patterns of metrics.
func MetricRoutes(c receive.Config, samples signal.Samples) []receive.Route {
	h := http.HandlerFunc(metrics{handler{c}, samples}.export)
	return []receive.Route{{Pattern: "POST /v1/metrics", Handler: h}, {Pattern: "POST /prometheus/api/v1/otlp/v1/metrics", Handler: h}}
}

type metrics struct {
	handler
	samples signal.Samples
}

func (m metrics) export(w http.ResponseWriter, r *http.Request) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	asJSON := kind == "application/json"
	from, err := m.SampleSender(r, receive.Ways{})
	if err != nil {
		m.fail(w, r, asJSON, err, 0)
		return
	}
	body := signal.SampleBody{Format: signal.OTLPProto, Set: from.Source.Labels()}
	measure := metricSize
	if asJSON {
		body.Format, measure = signal.OTLPJSON, jsonSize
	}
	text, done, err := m.Tree(r, "", measure)
	if err != nil {
		m.fail(w, r, asJSON, err, 0)
		return
	}
	defer done()
	body.Body = text
	taken, err := m.samples.AppendBody(r.Context(), body)
	if err != nil {
		m.fail(w, r, asJSON, err, 0)
		return
	}
	m.answer(w, r, asJSON, taken)
}

// answer says how many points were not stored, as a partial success.
func (m metrics) answer(w http.ResponseWriter, r *http.Request, asJSON bool, taken signal.Taken) {
	response := pmetricotlp.NewExportResponse()
	if taken.Lost > 0 {
		first := taken.Refused[0]
		response.PartialSuccess().SetRejectedDataPoints(int64(taken.Lost))
		response.PartialSuccess().SetErrorMessage(fmt.Sprintf("%d points cannot be stored and are in the quarantine: the first is one of %q: %s", taken.Lost, first.Labels.Get(signal.MetricName), first.Why))
	}
	var body []byte
	var err error
	if asJSON {
		w.Header().Set("Content-Type", "application/json")
		body, err = response.MarshalJSON()
	} else {
		w.Header().Set("Content-Type", "application/x-protobuf")
		body, err = response.MarshalProto()
	}
	if err != nil {
		m.fail(w, r, asJSON, err, 0)
		return
	}
	if _, err := w.Write(body); err != nil {
		m.Log.DebugContext(r.Context(), "the sender left before the answer", "err", err)
	}
}

// metricSize is how much there is to parse in protobuf.
func metricSize(body []byte) (s receive.Size, err error) {
	err = shallow(body, metricRequest, 0, &s)
	return s, malformed(err)
}
