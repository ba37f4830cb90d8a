package elastic_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"mainstay/internal/ingest/elastic"
	"mainstay/internal/ingest/receive/receivetest"
)

// step is one request of a shipper and what it needs to see in the answer.
type step struct {
	method, path, body string
	status             int
	says               string
}

const base = "/insert/elasticsearch"

// The clients of https://www.elastic.co/guide/en/elasticsearch/client/index.html refuse to go on when an answer of success
// lacks the header X-Elastic-Product. Bulk bodies are those of
// https://www.elastic.co/guide/en/elasticsearch/reference/8.8/docs-bulk.html; what is asked before is what each shipper's own
// documentation of its output names: licence, templates, lifecycle policies, health.
func TestSessionsOfShippers(t *testing.T) {
	const created = `"status":201,"result":"created"`
	for _, c := range []struct {
		name    string
		headers []string
		pack    bool
		steps   []step
		rows    string
	}{
		// https://www.elastic.co/guide/en/beats/filebeat/8.9/elasticsearch-output.html and .../ilm.html
		{"Filebeat", []string{"User-Agent", "Elastic-Filebeat/8.9.0 (linux; amd64)", "Accept", "application/vnd.elasticsearch+json; compatible-with=8",
			"Content-Type", "application/vnd.elasticsearch+json; compatible-with=8", "Authorization", "ApiKey KEY"}, true, []step{
			{"GET", "/", "", 200, `"version":{"build_flavor":"default","number":"8.9.0"}`},
			{"GET", "/_license?human=false", "", 200, `"status":"active"`},
			{"GET", "/_ilm/policy/filebeat", "", 200, ""},
			{"HEAD", "/_index_template/filebeat-8.9.0", "", 200, ""},
			{"PUT", "/_index_template/filebeat-8.9.0", `{"index_patterns":["filebeat-8.9.0"]}`, 200, ""},
			{"GET", "/_data_stream/filebeat-8.9.0", "", 200, ""},
			{"POST", "/_bulk", `{"create":{"_index":"filebeat-8.9.0"}}` + "\n" +
				`{"@timestamp":"2026-11-02T08:00:00.123Z","message":"started","host":{"name":"web-1"},"log":{"level":"INFO","file":{"path":"/var/log/a"}},"service":{"name":"payments"}}` + "\n", 200, created},
		}, "2026-11-02T08:00:00.123Z _msg=started|host.name=web-1|log.level=INFO|log.file.path=/var/log/a|service.name=payments|index=filebeat-8.9.0|host=web-1|service=payments|level=info|"},
		// https://www.elastic.co/guide/en/logstash/8.9/plugins-outputs-elasticsearch.html
		{"Logstash", []string{"User-Agent", "Elastic-logstash/8.9.0", "Content-Type", "application/json", "Authorization", "Bearer KEY"}, true, []step{
			{"HEAD", "/", "", 200, ""},
			{"GET", "/", "", 200, `"tagline":"You Know, for Search"`},
			{"GET", "/_license", "", 200, `"type":"basic"`},
			{"GET", "/_xpack", "", 200, ""},
			{"HEAD", "/_index_template/ecs-logstash", "", 200, ""},
			{"GET", "/_ilm/policy/logstash-policy", "", 200, ""},
			{"POST", "/_bulk?filter_path=errors,items.*.error,items.*.status", `{"create":{"_index":"ecs-logstash","routing":null}}` + "\n" +
				`{"@timestamp":"2026-11-02T08:00:00Z","@version":"1","message":"hello"}` + "\n", 200, created},
		}, "2026-11-02T08:00:00Z @version=1|_msg=hello|index=ecs-logstash|"},
		// https://docs.fluentbit.io/manual/data-pipeline/outputs/elasticsearch
		{"Fluent Bit", []string{"User-Agent", "Fluent-Bit", "Content-Type", "application/x-ndjson", "Authorization", "Basic BASIC"}, false, []step{
			{"POST", "/_bulk", `{"create":{"_index":"fluent-bit"}}` + "\n" + `{"@timestamp":"2026-11-02T08:00:00.000Z","log":"hello","level":"warn"}` + "\n", 200, created},
		}, "2026-11-02T08:00:00Z _msg=hello|level=warn|index=fluent-bit|"},
		// https://vector.dev/docs/reference/configuration/sinks/elasticsearch/
		{"Vector", []string{"User-Agent", "Vector/0.40", "Content-Type", "application/x-ndjson", "Authorization", "Basic BASIC"}, true, []step{
			{"GET", "/", "", 200, `"number":"8.9.0"`},
			{"GET", "/_cluster/health", "", 200, ""},
			{"POST", "/_bulk?timeout=60s", `{"create":{"_index":"vector-2026.11.02"}}` + "\n" + `{"@timestamp":"2026-11-02T08:00:00Z","message":"a","host":"h"}` + "\n" +
				`{"create":{"_index":"vector-2026.11.02"}}` + "\n" + `{"@timestamp":"2026-11-02T08:00:00Z","message":"b","host":"h"}` + "\n", 200, `"errors":false`},
		}, "2026-11-02T08:00:00Z _msg=a|host=h|index=vector-2026.11.02|\n2026-11-02T08:00:00Z _msg=b|host=h|index=vector-2026.11.02|"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := receivetest.Open(t, elastic.Routes)
			server := httptest.NewServer(d.Handler())
			defer server.Close()
			for _, s := range c.steps {
				body := s.body
				if c.pack && strings.HasSuffix(strings.SplitN(s.path, "?", 2)[0], "_bulk") {
					body = packed(t, body)
				}
				r, err := http.NewRequestWithContext(t.Context(), s.method, server.URL+base+s.path, strings.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				if body != s.body {
					r.Header.Set("Content-Encoding", "gzip")
				}
				for i := 0; i+1 < len(c.headers); i += 2 {
					r.Header.Set(c.headers[i], strings.ReplaceAll(c.headers[i+1], "KEY", d.Key))
				}
				if strings.Contains(r.Header.Get("Authorization"), "BASIC") {
					r.SetBasicAuth("mainstay", d.Key)
				}
				says := ask(t, server.Client(), r, s.status)
				if !strings.Contains(says, s.says) {
					t.Errorf("%s %s: %s\nhas not %s", s.method, s.path, says, s.says)
				}
			}
			if got := strings.TrimSpace(receivetest.Texts(d.Store.Rows())); got != c.rows {
				t.Errorf("got  %s\nwant %s", got, c.rows)
			}
		})
	}
}

func ask(t *testing.T, client *http.Client, r *http.Request, status int) string {
	t.Helper()
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != status || answer.Header.Get("X-Elastic-Product") != "Elasticsearch" || !strings.HasPrefix(answer.Header.Get("Content-Type"), "application/json") {
		t.Errorf("%s %s: %d %v %s", r.Method, r.URL, answer.StatusCode, answer.Header, body)
	}
	return string(body)
}

func packed(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
