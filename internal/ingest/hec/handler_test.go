package hec_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"mainstay/internal/base/errs"
	"mainstay/internal/ingest/hec"
	"mainstay/internal/ingest/receive"
	"mainstay/internal/ingest/receive/receivetest"
)

const (
	path    = "/services/collector/event"
	channel = "11111111-2222-3333-4444-555555555555"
)

// The examples are those of
// https://docs.splunk.com/Documentation/Splunk/latest/Data/HECExamples and .../FormateventsforHTTPEventCollector
func TestEventsBecomeRows(t *testing.T) {
	const stream = " {host,splunk_source,sourcetype,index}\n"
	for _, c := range []struct{ name, path, body, want string }{
		{"a text", path, `{"event": "hello world"}`, "_msg=hello world|" + stream},
		{"metadata", path, `{"time": 1426279439, "host": "localhost", "source": "random-data-generator", "sourcetype": "my_sample_data", "index": "main", "event": "Hello world!"}`,
			"2015-03-13T20:43:59Z _msg=Hello world!|host=localhost|splunk_source=random-data-generator|sourcetype=my_sample_data|index=main|" + stream},
		{"events one after the other", path, `{"event":"Pony 1 has left the barn"}{"event":"Pony 2 has left the barn"} ` + "\n" + `{"event":"Pony 3", "time":"1447828325.5"}`,
			"_msg=Pony 1 has left the barn|" + stream + "_msg=Pony 2 has left the barn|" + stream + "2015-11-18T06:32:05.5Z _msg=Pony 3|" + stream},
		{"an object and fields", "/services/collector", `{"event":{"message":"Something happened","severity":"INFO","a":{"b":1}},"fields":{"device":"macbook","n":[1,2]}}`,
			"_msg=Something happened|severity=INFO|a.b=1|device=macbook|n=[1,2]|level=info|" + stream},
		{"quotes and braces in texts", path, `{"event":"a } \" { \\"}{"event":"b"}`, "_msg=a } \" { \\|" + stream + "_msg=b|" + stream},
		{"a number", path, `{"event":42}`, "_msg=42|" + stream},
		{"raw", "/services/collector/raw?host=h&source=s&sourcetype=t&index=i", "one\ntwo\n\tand a half\n",
			"_msg=one|host=h|splunk_source=s|sourcetype=t|index=i|" + stream + "_msg=two\n\tand a half|host=h|splunk_source=s|sourcetype=t|index=i|" + stream},
		{"raw 1.0", "/services/collector/raw/1.0", "2026-11-02 08:00:00 ERROR x\n", "2026-11-02T08:00:00Z _msg=2026-11-02 08:00:00 ERROR x|level=error|" + stream},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := receivetest.Open(t, hec.Routes)
			w := d.Post(c.path, c.body, "Authorization", "Splunk "+d.Key)
			if w.Code != 200 || strings.TrimSpace(w.Body.String()) != `{"text":"Success","code":0}` {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if got := receivetest.Texts(d.Store.Rows()); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestErrorsHaveTheDocumentedCodesAndWhatCameBeforeIsStored(t *testing.T) {
	d := receivetest.Open(t, hec.Routes)
	deep := `{"event":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `}`
	for _, c := range []struct {
		name, path, auth, body string
		status, code           int
		text                   string
		number                 int // -1: none
	}{
		{"no token", path, "", `{"event":"x"}`, 401, 2, "Token is required", -1},
		{"no scheme", path, "Digest x", `{"event":"x"}`, 401, 3, "Invalid authorization", -1},
		{"a wrong token", path, "Splunk msk_wrong", `{"event":"x"}`, 403, 4, "Invalid token", -1},
		{"a wrong token in the query", path + "?token=wrong", "", `{"event":"x"}`, 403, 4, "Invalid token", -1},
		{"no data", path, "Splunk K", ``, 400, 5, "No data", -1},
		{"no raw data", "/services/collector/raw", "Splunk K", "\n\n", 400, 5, "No data", -1},
		{"no JSON", path, "Splunk K", `{"event":"x"}{"event":`, 400, 6, "Invalid data format", 1},
		{"text", path, "Splunk K", `hello`, 400, 6, "Invalid data format", 0},
		{"too deep", path, "Splunk K", deep, 400, 6, "Invalid data format", 0},
		{"a list", path, "Splunk K", `[{"event":"x"}]`, 400, 6, "Invalid data format", 0},
		{"a bad time", path, "Splunk K", `{"event":"x"}{"event":"x","time":"soon"}`, 400, 6, "Invalid data format", 1},
		{"no event", path, "Splunk K", `{"event":"x"}{"event":"y"}{"time":1}`, 400, 12, "Event field is required", 2},
		{"null event", path, "Splunk K", `{"event":null}`, 400, 12, "Event field is required", 0},
		{"blank event", path, "Splunk K", `{"event":""}`, 400, 13, "Event field cannot be blank", 0},
		{"fields that are none", path, "Splunk K", `{"event":"x","fields":"y"}`, 400, 15, "Error in handling indexed fields", 0},
		{"a bad channel", path + "?channel=x", "Splunk K", `{"event":"x"}`, 400, 11, "Invalid data channel", -1},
		{"an ack without a channel", "/services/collector/ack", "Splunk K", `{"acks":[0]}`, 400, 10, "Data channel is missing", -1},
	} {
		w := d.Post(c.path, c.body, "Authorization", strings.Replace(c.auth, "K", d.Key, 1))
		var got struct {
			Text   string
			Code   int
			Number *int `json:"invalid-event-number"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		number := -1
		if got.Number != nil {
			number = *got.Number
		}
		if w.Code != c.status || got.Code != c.code || got.Text != c.text || number != c.number {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
	}
	if n := len(d.Store.Rows()); n != 4 { // before "no JSON", before "a bad time", and two before "no event"
		t.Errorf("%d rows were stored", n)
	}
}

// What Splunk does with a batch in which one event is malformed is shown in
// https://github.com/moby/moby/issues/35862: the first is indexed, the second is named, the third is not looked at.
func TestABatchIsTakenUpToTheEventThatIsBad(t *testing.T) {
	d := receivetest.Open(t, hec.Routes)
	body := `{"sourcetype": "testing", "event": {"hi":"meme12345"}}

{"sourcetype": "testing", "event": "}

{"sourcetype": "testing", "event": "hi67890"}
`
	w := d.Post(path, body)
	if w.Code != 400 || !strings.HasPrefix(w.Body.String(), `{"text":"Invalid data format","code":6,"invalid-event-number":1,`) {
		t.Error(w.Code, w.Body)
	}
	if rows := d.Store.Rows(); len(rows) != 1 || rows[0].Get("hi") != "meme12345" {
		t.Error(rows)
	}
}

// https://github.com/open-telemetry/opentelemetry-collector-contrib/issues/36113 tells of the number beside code 9.
func TestABatchThatIsStoredInPartSaysFromWhereOn(t *testing.T) {
	d := receivetest.Open(t, hec.Routes)
	d.Store.Refuse = func(before int) error {
		if before > 0 {
			return errs.Unavailablef("full")
		}
		return nil
	}
	w := d.Post(path, strings.Repeat(`{"event":"x"}`, receive.MaxRows+5))
	if want := fmt.Sprintf(`{"text":"Server is busy","code":9,"invalid-event-number":%d,`, receive.MaxRows); w.Code != 503 || !strings.HasPrefix(w.Body.String(), want) {
		t.Error(w.Code, w.Body)
	}
}

func TestTokensMayStandInTheQueryOrAsPasswords(t *testing.T) {
	d := receivetest.Open(t, hec.Routes)
	if w := d.Post(path+"?token="+d.Key, `{"event":"x"}`, "Authorization", ""); w.Code != 200 {
		t.Error(w.Code, w.Body)
	}
	if w := d.Post(path+"?source=other", `{"event":"x"}`, "Authorization", "Splunk "+receivetest.Token); w.Code != 200 {
		t.Error("HEC's own source was taken for the server's:", w.Code, w.Body)
	}
}

func TestAcknowledgementsAreTrueForWhatIsSafe(t *testing.T) {
	d := receivetest.Open(t, hec.Routes)
	for i := range 2 {
		w := d.Post(path, `{"event":"x"}`, "X-Splunk-Request-Channel", channel)
		if want := fmt.Sprintf(`{"text":"Success","code":0,"ackId":%d}`, i); strings.TrimSpace(w.Body.String()) != want {
			t.Errorf("got %s, want %s", w.Body, want)
		}
	}
	d.Store.Refuse = func(int) error { return errs.Unavailablef("full") }
	if w := d.Post(path, `{"event":"x"}`, "X-Splunk-Request-Channel", channel); w.Code != 503 || !strings.Contains(w.Body.String(), `"code":9`) || w.Header().Get("Retry-After") == "" {
		t.Error("full:", w.Code, w.Body)
	}
	w := d.Post("/services/collector/ack?channel="+channel, `{"acks":[0,1,2]}`)
	if strings.TrimSpace(w.Body.String()) != `{"acks":{"0":true,"1":true,"2":false}}` {
		t.Error(w.Code, w.Body)
	}
}

func TestHealthNeedsNoKey(t *testing.T) {
	d := receivetest.Open(t, hec.Routes)
	for _, p := range []string{"/services/collector/health", "/services/collector/health/1.0"} {
		if w := d.Send("GET", p, nil, "Authorization", ""); w.Code != 200 || !strings.Contains(w.Body.String(), `"code":17`) {
			t.Error(p, w.Code, w.Body)
		}
	}
}
