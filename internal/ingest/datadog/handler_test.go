package datadog_test

import (
	"strings"
	"testing"

	"mainstay/internal/base/errs"
	"mainstay/internal/ingest/datadog"
	"mainstay/internal/ingest/receive/receivetest"
)

const path = "/insert/datadog/api/v2/logs"

func TestLogs(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		// https://docs.datadoghq.com/api/latest/logs/#send-logs
		{"the documented example", `[{"ddsource":"nginx","ddtags":"env:staging,version:5.1","hostname":"i-012345678","message":"2019-11-19T14:37:58,995 INFO Hello World","service":"payment"}]`,
			"ddsource=nginx|env=staging|version=5.1|host=i-012345678|_msg=2019-11-19T14:37:58,995 INFO Hello World|service=payment| {host,ddsource}\n"},
		{"one object, status, milliseconds", `{"message":"x","status":"warning","timestamp":1793604000123,"ddtags":"a,,b:"}`,
			"2026-11-02T07:20:00.123Z _msg=x|status=warning|level=warn|a=no_label_value|b=no_label_value| {host,ddsource}\n"},
		{"the Lambda extension", `[{"message":{"message":"x","lambda":{"arn":"a","request_id":"r"}},"ddsource":"lambda"}]`,
			"_msg=x|lambda.arn=a|lambda.request_id=r|ddsource=lambda| {host,ddsource}\n"},
		{"what is no object", `["x"]`, "_msg=\"x\"|parse_error=not a JSON object but string|\n"},
		{"a tag twice", `{"message":"x","ddtags":"a:1,a:2"}`, "_msg=x|a=1|a_2=2| {host,ddsource}\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := receivetest.Open(t, datadog.Routes)
			w := d.Post(path, c.body, "Authorization", "", "DD-API-KEY", d.Key)
			if got := receivetest.Texts(d.Store.Rows()); w.Code != 202 || strings.TrimSpace(w.Body.String()) != "{}" || got != c.want {
				t.Errorf("%d %s\ngot  %s\nwant %s", w.Code, w.Body, got, c.want)
			}
		})
	}
}

func TestKeysAndErrors(t *testing.T) {
	d := receivetest.Open(t, datadog.Routes)
	if w := d.Send("GET", "/insert/datadog/api/v1/validate", nil, "Authorization", "", "DD-API-KEY", d.Key); w.Code != 200 || !strings.Contains(w.Body.String(), "true") {
		t.Error(w.Code, w.Body)
	}
	if w := d.Send("GET", "/insert/datadog/api/v1/validate", nil, "Authorization", ""); w.Code != 403 || !strings.Contains(w.Body.String(), "errors") {
		t.Error(w.Code, w.Body)
	}
	if w := d.Post(path+"?dd-api-key="+d.Key, `[]`, "Authorization", ""); w.Code != 202 {
		t.Error(w.Code, w.Body)
	}
	for _, body := range []string{"", "7", `[{"message":"x"}`, strings.Repeat("[", 10_000)} {
		if w := d.Post(path, body); w.Code != 400 {
			t.Errorf("%.20q: %d", body, w.Code)
		}
	}
	if w := d.Post(path, `{"message":"x"}`, "dd-message-timestamp", "soon"); w.Code != 400 {
		t.Error(w.Code)
	}
	if n := len(d.Store.Rows()); n != 0 {
		t.Errorf("%d rows were stored", n)
	}
	d.Store.Refuse = func(int) error { return errs.Unavailablef("full") }
	if w := d.Post(path, `{"message":"x"}`); w.Code != 429 || w.Header().Get("Retry-After") == "" {
		t.Error(w.Code)
	}
}
