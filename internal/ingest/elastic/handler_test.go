package elastic_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/elastic"
	"mainstay/internal/ingest/receive"
	"mainstay/internal/ingest/receive/receivetest"
)

type result struct {
	Errors bool
	Items  []map[string]struct {
		Index  string `json:"_index"`
		ID     string `json:"_id"`
		Status int
		Error  struct{ Type, Reason string }
	}
}

func read(t *testing.T, body []byte) (out result, statuses string) {
	t.Helper()
	if err := json.Unmarshal(body, &out); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	for _, it := range out.Items {
		for action, r := range it {
			statuses += fmt.Sprintf("%s %d;", action, r.Status)
		}
	}
	return out, statuses
}

// The first is the example of https://www.elastic.co/guide/en/elasticsearch/reference/8.8/docs-bulk.html
func TestEachItemHasItsResultInOrder(t *testing.T) {
	for _, c := range []struct{ name, path, body, statuses, rows string }{
		{"the documented example", "/_bulk", `{ "index" : { "_index" : "test", "_id" : "1" } }
{ "field1" : "value1" }
{ "delete" : { "_index" : "test", "_id" : "2" } }
{ "create" : { "_index" : "test", "_id" : "3" } }
{ "field1" : "value3" }
{ "update" : {"_id" : "1", "_index" : "test"} }
{ "doc" : {"field2" : "value2"} }
`, "index 201;delete 400;create 201;update 400;", "field1=value1|index=test|\nfield1=value3|index=test|\n"},
		{"Filebeat", "/insert/elasticsearch/_bulk", `{"create":{"_index":"filebeat-8.9"}}
{"@timestamp":"2026-11-02T08:00:00.123Z","message":"started","log":{"level":"info"}}`,
			"create 201;", "2026-11-02T08:00:00.123Z _msg=started|log.level=info|index=filebeat-8.9|level=info|\n"},
		{"the index of the path", "/insert/elasticsearch/app/_bulk", "{\"index\":{}}\n{\"_msg\":\"x\"}\n", "index 201;", "_msg=x|index=app|\n"},
		{"a document that is none", "/_bulk", "{\"create\":{}}\n{\"_msg\":\"cut\n{\"create\":{}}\n{\"_msg\":\"good\"}\n",
			"create 201;create 201;", "_msg={\"_msg\":\"cut|parse_error=X|\n_msg=good|\n"},
		{"an action that is none", "/_bulk", "{\"_msg\":\"lost\"}\n{\"create\":{}}\n{\"_msg\":\"good\"}\n",
			"index 201;create 201;", "_msg={\"_msg\":\"lost\"}|parse_error=X|\n_msg=good|\n"},
		{"a document of nothing", "/_bulk", "{\"create\":{}}\n{}\n{\"create\":{}}\n{\"_msg\":\"good\"}\n", "create 400;create 201;", "_msg=good|\n"},
		{"the document is missing", "/_bulk", "{\"create\":{}}\n", "create 400;", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := receivetest.Open(t, elastic.Routes)
			w := d.Post(c.path, c.body, "Content-Type", "application/x-ndjson")
			out, statuses := read(t, w.Body.Bytes())
			if w.Code != 200 || statuses != c.statuses || out.Errors != strings.Contains(c.statuses, "400") {
				t.Errorf("%d %s %s", w.Code, statuses, w.Body)
			}
			rows := d.Store.Rows()
			for i := range rows {
				if rows[i].Get(signal.ParseError) != "" {
					rows[i].Set(signal.ParseError, "X")
				}
			}
			if got := receivetest.Texts(rows); got != c.rows {
				t.Errorf("got  %s\nwant %s", got, c.rows)
			}
			if w.Header().Get("X-Elastic-Product") != "Elasticsearch" {
				t.Error("Elastic's own clients refuse an answer without X-Elastic-Product")
			}
		})
	}
}

func TestItemsThatAreNotSafeAreTold(t *testing.T) {
	d := receivetest.Open(t, elastic.Routes)
	full := 1
	d.Store.Refuse = func(before int) error {
		if before >= full {
			return errs.Unavailablef("the spool is full")
		}
		return nil
	}
	body := strings.Repeat("{\"create\":{}}\n{\"_msg\":\"x\"}\n", receive.MaxRows+3)
	w := d.Post("/_bulk", body)
	out, _ := read(t, w.Body.Bytes())
	if w.Code != 200 || !out.Errors || len(out.Items) != receive.MaxRows+3 {
		t.Fatalf("%d with %d items", w.Code, len(out.Items))
	}
	for i, it := range out.Items {
		if want := map[bool]int{true: 201, false: 429}[i < receive.MaxRows]; it["create"].Status != want {
			t.Fatalf("item %d has %d, want %d", i, it["create"].Status, want)
		}
	}
	full = 0
	if w := d.Post("/_bulk", body); w.Code != 429 || w.Header().Get("Retry-After") == "" {
		t.Errorf("with nothing stored: %d %v", w.Code, w.Header())
	}
}

func TestProbesOfShippers(t *testing.T) {
	d := receivetest.Open(t, elastic.Routes)
	for _, c := range []struct {
		method, path string
		status       int
		says         string
	}{
		{"GET", "/insert/elasticsearch/", 200, `"number":"8.`},
		{"GET", "/insert/elasticsearch", 200, `"number":"8.`},
		{"HEAD", "/insert/elasticsearch/", 200, ""},
		{"GET", "/insert/elasticsearch/_license", 200, `"status":"active"`},
		{"GET", "/insert/elasticsearch/_ilm/policy/filebeat", 200, "{}"},
		{"PUT", "/insert/elasticsearch/_index_template/x", 200, "{}"},
		{"PUT", "/insert/elasticsearch/_ingest/pipeline/x", 200, "{}"},
		{"GET", "/insert/elasticsearch/_nodes/http", 200, "{}"},
		{"GET", "/insert/elasticsearch/app/_search", 404, "only _bulk"},
	} {
		w := d.Send(c.method, c.path, nil)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) || w.Header().Get("X-Elastic-Product") == "" {
			t.Errorf("%s %s: %d %s", c.method, c.path, w.Code, w.Body)
		}
	}
	if w := d.Send("GET", "/insert/elasticsearch/", nil, "Authorization", ""); w.Code != 401 {
		t.Error("without a key:", w.Code)
	}
	if w := d.Post("/_bulk", "x", "Authorization", "ApiKey nonsense"); w.Code != 401 || !strings.Contains(w.Body.String(), "security_exception") {
		t.Error("a wrong key:", w.Code, w.Body)
	}
}
