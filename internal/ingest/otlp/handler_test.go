package otlp_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"google.golang.org/protobuf/encoding/protowire"

	"mainstay/internal/base/errs"
	"mainstay/internal/ingest/otlp"
	"mainstay/internal/ingest/receive/receivetest"
)

// The example of https://github.com/open-telemetry/opentelemetry-proto/blob/main/examples/logs.json
const example = `{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"my.service"}}]},
"scopeLogs":[{"scope":{"name":"my.library","version":"1.0.0","attributes":[{"key":"my.scope.attribute","value":{"stringValue":"some scope attribute"}}]},
"logRecords":[{"timeUnixNano":"1544712660300000000","observedTimeUnixNano":"1544712660300000000","severityNumber":10,"severityText":"Information",
"traceId":"5B8EFFF798038103D269B633813FC60C","spanId":"EEE19B7EC3C1B174","body":{"stringValue":"Example log record"},
"attributes":[{"key":"string.attribute","value":{"stringValue":"some string"}},{"key":"boolean.attribute","value":{"boolValue":true}},
{"key":"int.attribute","value":{"intValue":"10"}},{"key":"double.attribute","value":{"doubleValue":637.704}},
{"key":"array.attribute","value":{"arrayValue":{"values":[{"stringValue":"many"},{"stringValue":"values"}]}}},
{"key":"map.attribute","value":{"kvlistValue":{"values":[{"key":"some.map.key","value":{"stringValue":"some value"}}]}}}]}]}]}]}`

const rows = "2018-12-13T14:51:00.3Z service.name=my.service|scope.name=my.library|scope.version=1.0.0|scope.attributes.my.scope.attribute=some scope attribute|" +
	"_msg=Example log record|string.attribute=some string|boolean.attribute=true|int.attribute=10|double.attribute=637.704|" +
	"array.attribute=[\"many\",\"values\"]|map.attribute.some.map.key=some value|trace_id=5b8efff798038103d269b633813fc60c|" +
	"span_id=eee19b7ec3c1b174|severity=Information|severity_number=10|level=info|service=my.service| {service.name}\n"

func TestTheDocumentedExampleInBothEncodings(t *testing.T) {
	req := plogotlp.NewExportRequest()
	if err := req.UnmarshalJSON([]byte(example)); err != nil {
		t.Fatal(err)
	}
	proto, err := req.MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	for kind, body := range map[string]string{"application/json": example, "application/x-protobuf": string(proto)} {
		d := receivetest.Open(t, otlp.Routes)
		w := d.Post("/v1/logs", body, "Content-Type", kind)
		if got := receivetest.Texts(d.Store.Rows()); w.Code != 200 || got != rows || w.Header().Get("Content-Type") != kind {
			t.Errorf("%s: %d %s\ngot  %s\nwant %s", kind, w.Code, w.Body, got, rows)
		}
		response := plogotlp.NewExportResponse()
		read := response.UnmarshalProto
		if kind == "application/json" {
			read = response.UnmarshalJSON
		}
		if err := read(w.Body.Bytes()); err != nil || response.PartialSuccess().RejectedLogRecords() != 0 {
			t.Errorf("%s: the answer is no ExportLogsServiceResponse: %q %v", kind, w.Body, err)
		}
	}
}

func TestBodiesThatAreNoTexts(t *testing.T) {
	d := receivetest.Open(t, otlp.Routes)
	record := func(body string) string { return `{"body":` + body + `,"severityNumber":17}` }
	w := d.Post("/insert/opentelemetry/v1/logs", `{"resourceLogs":[{"scopeLogs":[{"logRecords":[`+strings.Join([]string{
		record(`{"kvlistValue":{"values":[{"key":"message","value":{"stringValue":"m"}},{"key":"n","value":{"kvlistValue":{"values":[{"key":"x","value":{"intValue":"1"}}]}}}]}}`),
		record(`{"arrayValue":{"values":[{"intValue":"1"},{"boolValue":false}]}}`),
		record(`{"intValue":"9223372036854775807"}`), record(`{}`)}, ",")+`]}]}]}`, "Content-Type", "application/json")
	const tail = "severity=Error|severity_number=17|level=error|\n"
	want := "_msg=m|n.x=1|" + tail + "_msg=[1,false]|" + tail + "_msg=9223372036854775807|" + tail + tail
	if got := receivetest.Texts(d.Store.Rows()); w.Code != 200 || !strings.HasPrefix(got, want[:len(want)-len(tail)]) {
		t.Errorf("%d %s\ngot  %s\nwant %s", w.Code, w.Body, got, want)
	}
}

// nested is a request in protobuf whose body is lists in lists.
func nested(depth int) []byte {
	wrap := func(n protowire.Number, b []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(nil, n, protowire.BytesType), b)
	}
	var b []byte
	for range depth {
		b = wrap(5, wrap(1, b))
	}
	return wrap(1, wrap(2, wrap(2, wrap(5, b))))
}

func TestHostileBodiesAreRefused(t *testing.T) {
	d := receivetest.Open(t, otlp.Routes)
	deep := strings.Repeat(`{"arrayValue":{"values":[`, 10_000)
	for _, c := range []struct{ kind, body string }{
		{"application/json", ``}, {"application/json", `{"resourceLogs":[`}, {"application/json", `[]`},
		{"application/json", `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":` + deep},
		{"application/x-protobuf", "\x0a\x99"}, {"application/x-protobuf", example}, {"application/x-protobuf", string(nested(10_000))},
	} {
		w := d.Post("/v1/logs", c.body, "Content-Type", c.kind)
		if w.Code != 400 {
			t.Errorf("%s %.60q: %d %.200s", c.kind, c.body, w.Code, w.Body)
		}
	}
	if n := len(d.Store.Rows()); n != 0 {
		t.Errorf("%d rows were stored", n)
	}
	if w := d.Post("/v1/logs", string(nested(100)), "Content-Type", "application/x-protobuf"); w.Code != 200 {
		t.Error("a hundred levels:", w.Code, w.Body)
	}
}

func TestFailuresAreStatuses(t *testing.T) {
	d := receivetest.Open(t, otlp.Routes)
	d.Store.Refuse = func(int) error { return errs.Unavailablef("full") }
	var status struct {
		Code    int
		Message string
	}
	w := d.Post("/v1/logs", example, "Content-Type", "application/json")
	if err := json.Unmarshal(w.Body.Bytes(), &status); err != nil || w.Code != 429 || status.Code != 8 || w.Header().Get("Retry-After") == "" {
		t.Error(w.Code, w.Body, err)
	}
	if w := d.Post("/v1/logs", "", "Content-Type", "application/x-protobuf", "Authorization", "Bearer msk_x"); w.Code != 401 || !strings.HasPrefix(w.Body.String(), "\x08\x10") {
		t.Errorf("%d %q", w.Code, w.Body)
	}
}

func BenchmarkOTLP(b *testing.B) {
	const n = 20_000
	logs := plog.NewLogs()
	resource := logs.ResourceLogs().AppendEmpty()
	resource.Resource().Attributes().PutStr("service.name", "payments")
	records := resource.ScopeLogs().AppendEmpty().LogRecords()
	for range n {
		r := records.AppendEmpty()
		r.SetTimestamp(pcommon.NewTimestampFromTime(time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)))
		r.SetSeverityNumber(plog.SeverityNumberInfo)
		r.Body().SetStr("payment accepted")
		r.Attributes().PutStr("host", "app-1")
		r.Attributes().PutInt("status", 200)
	}
	proto, err := plogotlp.NewExportRequestFromLogs(logs).MarshalProto()
	if err != nil {
		b.Fatal(err)
	}
	d := receivetest.Open(b, otlp.Routes)
	d.Store.Discard = true
	b.SetBytes(int64(len(proto)))
	for b.Loop() {
		if w := d.Post("/v1/logs", string(proto), "Content-Type", "application/x-protobuf"); w.Code != 200 {
			b.Fatal(w.Code, w.Body)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}
