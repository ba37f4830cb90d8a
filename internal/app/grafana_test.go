package app_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"mainstay/internal/apptest"
	"mainstay/internal/base/clock"
)

// TestTheGrafanaPluginOfTheEngineAsksUs as the VictoriaLogs data source does
// (github.com/VictoriaMetrics/victorialogs-datasource, pkg/plugin: datasource.go, query.go, fields_query.go):
// "Save & test" asks /health, panels and Explore send a POST whose arguments are all in the address,
// editors complete names by /field_names and /field_values, and the instant of every argument is in seconds.
func TestTheGrafanaPluginOfTheEngineAsksUs(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	d.StartLogs()
	now := clock.Wall().Now()
	for i, level := range []string{"error", "info", "error"} {
		line := fmt.Sprintf(`{"_msg":"payment %d","level":%q,"service":"payments","_time":%q}`, i, level, now.Add(-time.Duration(i)*time.Second).Format(time.RFC3339Nano))
		send(t, d, "/insert/jsonline?_stream_fields=service", "", strings.NewReader(line)).Status(http.StatusOK)
	}
	found(t, d)
	start, end := fmt.Sprint(now.Add(-5*time.Minute).Unix()), fmt.Sprint(now.Add(time.Minute).Unix())
	for _, c := range []struct {
		endpoint string
		args     url.Values
		want     []string
	}{
		{"query", url.Values{"query": {"payment"}, "limit": {"1000"}, "start": {start}, "end": {end}}, []string{`"_msg":"payment 2"`, `"_stream":"{service=\"payments\",`}},
		{"query", url.Values{"query": {`level:error | sort by (_time desc)`}, "limit": {"1"}, "start": {start}, "end": {end}, "extra_filters": {`service:="payments"`}}, []string{`payment 0`}},
		{"stats_query", url.Values{"query": {`_time:[` + start + `, ` + end + `] payment | stats by (level) count() lines`}, "time": {end}}, []string{`"resultType":"vector"`, `"level":"error"`, `"2"`}},
		{"stats_query_range", url.Values{"query": {`payment | stats by (level) count() lines`}, "start": {start}, "end": {end}, "step": {"15s"}}, []string{`"resultType":"matrix"`, `"level":"info"`}},
		{"hits", url.Values{"query": {`payment`}, "start": {start}, "end": {end}, "step": {"1m0s"}, "field": {"level"}, "fields_limit": {"10"}}, []string{`"hits":[`, `"level":"error"`, `"total":2`}},
		{"field_names", url.Values{"query": {`*`}, "start": {start}, "end": {end}}, []string{`"value":"level"`, `"hits":3`}},
		{"field_values", url.Values{"query": {`*`}, "field": {"level"}, "limit": {"100"}, "start": {start}, "end": {end}}, []string{`"value":"error"`}},
		{"streams", url.Values{"query": {`*`}, "start": {start}, "end": {end}}, []string{`{service=\"payments\",`}},
		{"stream_field_names", url.Values{"query": {`*`}, "start": {start}, "end": {end}}, []string{`"value":"service"`}},
		{"stream_field_values", url.Values{"query": {`*`}, "field": {"service"}, "start": {start}, "end": {end}}, []string{`"value":"payments"`}},
		{"facets", url.Values{"query": {`*`}, "start": {start}, "end": {end}}, []string{`"facets":[`}},
	} {
		got := string(send(t, d, "/select/logsql/"+c.endpoint+"?"+c.args.Encode(), "", nil).Status(http.StatusOK).Body)
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s %s: no %s in %s", c.endpoint, c.args, want, got)
			}
		}
	}
	d.CallAs("", http.MethodGet, "/health", nil).Status(http.StatusOK)
	wrong := send(t, d, "/select/logsql/query?query="+url.QueryEscape("payment | stats by ("), "", nil).Status(http.StatusUnprocessableEntity)
	if !strings.Contains(string(wrong.Body), "stats by (") {
		t.Errorf("a wrong question is answered with %s", wrong.Body)
	}
}
