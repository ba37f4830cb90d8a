package hec_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"mainstay/internal/ingest/hec"
	"mainstay/internal/ingest/receive/receivetest"
)

// step is one request of a client and what it needs to see in the answer.
type step struct {
	what, method, path, body string
	headers                  []string
	status                   int
	says                     string
}

// replay sends the steps over one connection, as a client library does.
func replay(t *testing.T, d *receivetest.Desk, steps []step) {
	t.Helper()
	server := httptest.NewServer(d.Handler())
	defer server.Close()
	for _, s := range steps {
		r, err := http.NewRequestWithContext(t.Context(), s.method, server.URL+s.path, strings.NewReader(s.body))
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+1 < len(s.headers); i += 2 {
			r.Header.Set(s.headers[i], strings.ReplaceAll(s.headers[i+1], "KEY", d.Key))
		}
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatalf("%s: %v", s.what, err)
		}
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatalf("%s: %v", s.what, err)
		}
		if err := answer.Body.Close(); err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode != s.status || strings.TrimSpace(string(body)) != s.says {
			t.Errorf("%s: %d %s\nwant %d %s", s.what, answer.StatusCode, body, s.status, s.says)
		}
	}
}

// A session with acknowledgements, made of the requests and answers of
// https://help.splunk.com/splunk-enterprise/get-data-in/collect-http-event-data/about-http-event-collector-indexer-acknowledgment,
// .../http-event-collector-examples, .../format-events-for-http-event-collector (raw, the channel as header and in the
// query) and .../http-event-collector-rest-api-endpoints (health).
func TestASessionOfASplunkClient(t *testing.T) {
	d := receivetest.Open(t, hec.Routes)
	const channel = "FE0ECFAD-13D5-401B-847D-77833BD77131"
	auth, tagged := []string{"Authorization", "Splunk KEY"}, []string{"Authorization", "Splunk KEY", "X-Splunk-Request-Channel", channel}
	replay(t, d, []step{
		{"health", "GET", "/services/collector/health", "", nil, 200, `{"text":"HEC is healthy","code":17}`},
		{"one event, no channel", "POST", "/services/collector/event", `{"event": "hello world"}`, auth, 200, `{"text":"Success","code":0}`},
		{"a batch", "POST", "/services/collector", `{"event":"Pony 1 has left the barn"}{"event":"Pony 2 has left the barn"}{"event":"Pony 3 has left the barn","nested":{"key1":"value1"}}`,
			auth, 200, `{"text":"Success","code":0}`},
		{"a batch with a channel", "POST", "/services/collector/event", `{"host":"localhost","source":"datasource","sourcetype":"txt","index":"main","event":"one"}` + "\n" + `{"event":"two"}`,
			tagged, 200, `{"text":"Success","code":0,"ackId":0}`},
		{"raw with the channel in the query", "POST", "/services/collector/raw?channel=" + channel + "&sourcetype=mydata&host=h", "1, 2, 3... Hello, world!\n4\n",
			auth, 200, `{"text":"Success","code":0,"ackId":1}`},
		{"raw as another user of basic authentication", "POST", "/services/collector/raw/1.0?channel=" + channel, "hello", []string{"Authorization", basic(d.Key)}, 200, `{"text":"Success","code":0,"ackId":2}`},
		{"which are safe", "POST", "/services/collector/ack?channel=" + channel, `{"acks":[0,1,2,3]}`, auth, 200, `{"acks":{"0":true,"1":true,"2":true,"3":false}}`},
		{"another channel has numbers of its own", "POST", "/services/collector/ack", `{"acks":[0]}`,
			[]string{"Authorization", "Splunk KEY", "X-Splunk-Request-Channel", "11111111-2222-3333-4444-555555555555"}, 200, `{"acks":{"0":false}}`},
	})
	if n := len(d.Store.Rows()); n != 9 {
		t.Errorf("%d rows", n)
	}
}

func basic(key string) string {
	r, _ := http.NewRequest("GET", "/", nil) // a constant address
	r.SetBasicAuth("x", key)
	return r.Header.Get("Authorization")
}

// Docker's driver asks with OPTIONS and no key before a container starts
// (https://docs.docker.com/engine/logging/drivers/splunk/, splunk-verify-connection), and then sends gzip.
func TestASessionOfDockersDriver(t *testing.T) {
	d := receivetest.Open(t, hec.Routes)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := io.WriteString(w, `{"event":{"line":"my message","source":"stdout","tag":"MyImage/MyContainer"},"time":"1456609862.123000","host":"node-1"}`); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	replay(t, d, []step{
		{"is it there?", "OPTIONS", "/services/collector/event/1.0", "", nil, 200, ""},
		{"a message", "POST", "/services/collector/event/1.0", packed.String(),
			[]string{"Authorization", "Splunk KEY", "Content-Type", "application/json", "Content-Encoding", "gzip"}, 200, `{"text":"Success","code":0}`},
	})
	rows := d.Store.Rows()
	if len(rows) != 1 || rows[0].Get("_msg") != "my message" || rows[0].Get("tag") != "MyImage/MyContainer" || rows[0].Get("host") != "node-1" {
		t.Errorf("%+v", rows)
	}
}

// Vector's and the OpenTelemetry Collector's health checks, with and without a key
// (https://vector.dev/docs/reference/configuration/sinks/splunk_hec_logs/).
func TestSessionsOfForwarders(t *testing.T) {
	d := receivetest.Open(t, hec.Routes)
	auth := []string{"Authorization", "Splunk KEY", "User-Agent", "Vector"}
	replay(t, d, []step{
		{"health", "GET", "/services/collector/health/1.0", "", auth, 200, `{"text":"HEC is healthy","code":17}`},
		{"events", "POST", "/services/collector/event", `{"event":{"message":"a"},"fields":{},"time":1456609862.123,"host":"h"}{"event":{"message":"b"},"fields":{"app":"x"}}`,
			append(auth, "X-Splunk-Request-Channel", channel), 200, `{"text":"Success","code":0,"ackId":0}`},
		{"acknowledged", "POST", "/services/collector/ack?channel=" + channel, `{"acks":[0]}`, auth, 200, `{"acks":{"0":true}}`},
		{"an empty batch, as Firehose tries at first", "POST", "/services/collector/event", "", auth, 400, `{"text":"No data","code":5}`},
	})
}
