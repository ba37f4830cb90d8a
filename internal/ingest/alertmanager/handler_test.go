package alertmanager_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"mainstay/internal/apptest"
	"mainstay/internal/edge"
)

type kept struct {
	Items []struct{ Sender, Reason, Body string }
}

func quarantine(t *testing.T, d *apptest.Desk) kept {
	t.Helper()
	var k kept
	d.Call("GET", "/api/v1/alerts/quarantine", nil).Status(200).Into(&k)
	return k
}

func count(t *testing.T, d *apptest.Desk) int {
	t.Helper()
	var l struct{ Items []json.RawMessage }
	d.Call("GET", "/api/v1/alerts?limit=500", nil).Status(200).Into(&l)
	return len(l.Items)
}

const good = `{"labels":{"alertname":"Good","service":"x"}}`

func TestOneBadAlertIsNamedAndKeptAndDoesNotSilenceTheOthers(t *testing.T) {
	for _, c := range []struct{ name, bad, field, says string }{
		{"a wrong type", `{"labels":{"foo":7}}`, "[1].labels.foo", "must be a text"},
		{"no labels", `{"annotations":{"a":"b"}}`, "[1].labels", "at least one"},
		{"year 9999", `{"labels":{"a":"b"},"endsAt":"9999-12-31T23:59:59Z"}`, "[1].endsAt", "a year ahead"},
		{"year 1", `{"labels":{"a":"b"},"startsAt":"0001-06-01T00:00:00Z"}`, "[1].startsAt", "from 1970 to 2199"},
		{"a label twice", `{"labels":{` + strings.Repeat(`"a":"",`, 1000) + `"b":""}}`, "[1].labels.a", "twice"},
		{"many labels", `{"labels":` + labels(200) + `}`, "[1].labels", "at most 100"},
		{"a label without an end", `{"labels":{"a":"` + strings.Repeat("x", 5000) + `"}}`, "[1].labels.a", "5000 bytes"},
		{"NUL", `{"labels":{"a":"\u0000"}}`, "[1].labels.a", "NUL"},
		{"invalid UTF-8", "{\"labels\":{\"a\":\"\xff\"}}", "[1].labels.a", "UTF-8"},
		{"it ends before it starts", `{"labels":{"a":"b"},"startsAt":"2026-01-02T00:00:00Z","endsAt":"2026-01-01T00:00:00Z"}`, "[1].endsAt", "before startsAt"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := apptest.Open(t, "sqlite")
			var p edge.Problem
			answer := d.Call("POST", "/api/v2/alerts", "["+good+","+c.bad+"]")
			if err := json.Unmarshal(answer.Body, &p); err != nil || answer.Code != 422 {
				t.Fatalf("%d %s", answer.Code, answer.Body)
			}
			if len(p.Errors) == 0 || p.Errors[0].Path != c.field || !strings.Contains(p.Errors[0].Message, c.says) {
				t.Errorf("got %+v, want %s with %q", p.Errors, c.field, c.says)
			}
			if n := count(t, d); n != 1 {
				t.Errorf("%d alerts were taken, want the good one", n)
			}
			k := quarantine(t, d)
			if len(k.Items) != 1 || !strings.HasPrefix(k.Items[0].Body, strings.ToValidUTF8(c.bad[:min(len(c.bad), 12)], "\uFFFD")) || k.Items[0].Sender != "token bootstrap" {
				t.Errorf("kept %+v", k)
			}
		})
	}
}

func TestBodiesThatCannotBeReadAreRefusedAndKept(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	for i, c := range []struct {
		name, body string
		status     int
		says       string
	}{
		{"malformed", "[" + good + ",\n{\"labels\":}]", 400, "at line 2, column 11"},
		{"an object", good, 400, "JSON array"},
		{"nothing", "", 400, "empty"},
		{"binary", "\x00\x01\xff", 400, "line 1, column 1"},
		{"very deep", strings.Repeat("[", 50_000), 400, "is not JSON"},
	} {
		var p edge.Problem
		answer := d.Call("POST", "/api/v2/alerts", c.body)
		if err := json.Unmarshal(answer.Body, &p); err != nil || answer.Code != c.status || len(p.Errors) != 1 || !strings.Contains(p.Errors[0].Message, c.says) {
			t.Errorf("%s: %d %s", c.name, answer.Code, answer.Body)
		}
		if k := quarantine(t, d); len(k.Items) != i+1 || !strings.Contains(k.Items[0].Reason, c.says) {
			t.Errorf("%s: kept %+v", c.name, k)
		}
	}
	if n := count(t, d); n != 0 {
		t.Errorf("%d alerts were taken", n)
	}
	// What announces to be too large is not even read.
	d.Call("POST", "/api/v2/alerts", "["+strings.Repeat(good+",", 700_000)+good+"]").Status(413)
	d.Call("GET", "/readyz", nil).Status(200)
}

func TestSendersProveThemselvesInEveryWayThatTheyKnow(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	send := func(prepare func(*http.Request)) int {
		req, err := http.NewRequest("POST", "http://"+d.Addr()+"/api/v2/alerts", bytes.NewReader([]byte("["+good+"]")))
		if err != nil {
			t.Fatal(err)
		}
		prepare(req)
		answer, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		return answer.StatusCode
	}
	var key struct{ Secret string }
	d.Call("POST", "/api/v1/services/unassigned/keys", `{"label":"x"}`).Status(201).Into(&key)
	for name, c := range map[string]struct {
		want    int
		prepare func(*http.Request)
	}{
		"bearer key":   {200, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+key.Secret) }},
		"bearer token": {200, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+apptest.Token) }},
		"basic":        {200, func(r *http.Request) { r.SetBasicAuth("grafana", key.Secret) }},
		"query":        {200, func(r *http.Request) { r.URL.RawQuery = "key=" + key.Secret }},
		"wrong query":  {401, func(r *http.Request) { r.URL.RawQuery = "key=mik_wrong" }},
		"wrong bearer": {401, func(r *http.Request) { r.Header.Set("Authorization", "Bearer mik_wrong") }},
		"nothing":      {401, func(*http.Request) {}},
		"gzip":         {400, func(r *http.Request) { r.SetBasicAuth("x", key.Secret); r.Header.Set("Content-Encoding", "gzip") }},
		"another site": {401, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "none") }},
		"form encoding": {200, func(r *http.Request) {
			r.SetBasicAuth("x", key.Secret)
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}},
	} {
		if got := send(c.prepare); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestStatusHasWhatGrafanaAsksFor(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	var s struct {
		Cluster     struct{ Status string }
		VersionInfo map[string]string
		Config      struct{ Original string }
		Uptime      string
	}
	d.Call("GET", "/api/v2/status", nil).Status(200).Into(&s)
	if s.Cluster.Status == "" || s.Uptime == "" || len(s.VersionInfo) != 6 {
		t.Errorf("got %+v", s)
	}
	d.CallAs("", "GET", "/api/v2/status", nil).Status(401)
	d.Call("GET", "/api/v2/silences", nil).Status(404)
	d.Call("GET", "/api/v2/alerts", nil).Status(405)
	d.Call("DELETE", "/api/v2/status", nil).Status(405)
}

func labels(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`,"l` + strings.Repeat("x", i) + `":""`)
	}
	return "{" + b.String()[1:] + "}"
}

// An alert counts whatever its link is; only what a page may lead to is shown as one.
func TestOnlyWebAddressesBecomeLinks(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		for _, link := range []string{"javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd",
			"//evil.example", "https://", "http://a b", "java\tscript:alert(1)"} {
			body, err := json.Marshal([]map[string]any{{"labels": map[string]string{"alertname": "A", "n": link}, "generatorURL": link}})
			if err != nil {
				t.Fatal(err)
			}
			d.Call("POST", "/api/v2/alerts", body).Status(200)
		}
		d.Call("POST", "/api/v2/alerts", `[{"labels":{"alertname":"good"},"generatorURL":"https://prometheus.bank.example/graph?g0.expr=up"}]`).Status(200)
		var alerts struct {
			Items []struct {
				Name string
				Link *string
			}
		}
		d.Call("GET", "/api/v1/alerts", nil).Status(200).Into(&alerts)
		if len(alerts.Items) != 11 {
			t.Fatalf("%d alerts", len(alerts.Items))
		}
		for _, a := range alerts.Items {
			if (a.Link != nil) != (a.Name == "good") {
				t.Errorf("%s has the link %v", a.Name, a.Link)
			}
		}
	})
}
