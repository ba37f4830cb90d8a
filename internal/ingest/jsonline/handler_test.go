package jsonline_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/golang/snappy"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"

	"mainstay/internal/base/errs"
	"mainstay/internal/domain/source"
	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/jsonline"
	"mainstay/internal/ingest/receive"
	"mainstay/internal/ingest/receive/receivetest"
)

const path = "/insert/jsonline"

func outcome(t *testing.T, body []byte) (o receive.Outcome) {
	t.Helper()
	if err := json.Unmarshal(body, &o); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return o
}

func TestLinesBecomeRows(t *testing.T) {
	for _, c := range []struct{ name, query, body, want string }{
		// https://docs.victoriametrics.com/victorialogs/data-ingestion/#json-stream-api
		{"the documented example", "?_stream_fields=stream&_time_field=date&_msg_field=log.message",
			`{ "log": { "level": "info", "message": "hello world" }, "date": "2026-11-02T08:59:59Z", "stream": "stream1" }`,
			"2026-11-02T08:59:59Z log.level=info|_msg=hello world|stream=stream1|level=info| {stream}\n"},
		{"nesting, lists, numbers, null", "", `{"_msg":"m","a":{"b":{"c":1.50}},"l":[1,"x",{"y":null}],"n":null,"t":true,"e":{}}`,
			"_msg=m|a.b.c=1.50|l=[1,\"x\",{\"y\":null}]|t=true|\n"},
		{"message and @timestamp", "", `{"@timestamp":"2026-11-02 08:00:00,5","message":"x"}`, "2026-11-02T08:00:00.5Z _msg=x|\n"},
		{"Unix milliseconds", "?_time_field=ts", `{"ts":1793604000123,"_msg":"x"}`, "2026-11-02T07:20:00.123Z _msg=x|\n"},
		{"no time", "", `{"_msg":"x","_time":"0"}`, "_msg=x|\n"},
		{"a time that is none is kept", "", `{"_msg":"x","_time":"soon"}`,
			"_msg=x|sent__time=soon|parse_error=field _time: \"soon\" is not a time: write it as 2026-01-31T23:59:59.999Z or in Unix seconds|\n"},
		{"no object", "", `[1,2]`, "_msg=[1,2]|parse_error=not a JSON object but array|\n"},
		{"ignore, decolorize, extra", "?ignore_fields=a,b*&decolorize_fields=_msg&extra_fields=dc=lon,x=1=2",
			`{"_msg":"\u001b[31mred\u001b[0m","a":1,"bb":2,"c":3,"x":"was"}`, "_msg=red|c=3|x=1=2|dc=lon|\n"},
		{"a name twice", "", `{"_msg":"m","a":"1","a":"2","a":"1"}`, "_msg=m|a=1|a_2=2|\n"},
		{"another message than _msg", "?_msg_field=text", `{"_msg":"old","text":"new"}`, "_msg_2=old|_msg=new|\n"},
		{"no name", "", `{"_msg":"m","":"x"}`, "_msg=m|unnamed=x|\n"},
		{"invalid UTF-8 and NUL", "", "{\"_msg\":\"a\xffb\",\"n\":\"\\u0000\"}", "_msg=a\uFFFDb|n=\x00|\n"},
		{"CR LF and empty lines", "", "\r\n{\"_msg\":\"x\"}\r\n\n", "_msg=x|\n"},
		{"a huge number", "", `{"_msg":"x","n":` + strings.Repeat("9", 400) + `}`, "_msg=x|n=" + strings.Repeat("9", 400) + "|\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := receivetest.Open(t, jsonline.Routes)
			w := d.Post(path+c.query, c.body)
			if w.Code != 200 || outcome(t, w.Body.Bytes()).Taken != 1 {
				t.Errorf("%d %s", w.Code, w.Body)
			}
			if got := receivetest.Texts(d.Store.Rows()); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestUnparsedLinesAreKeptWholeAndNamed(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000)
	d := receivetest.Open(t, jsonline.Routes)
	w := d.Post(path, `{"_msg":"good"}`+"\n"+`{"_msg":"cut`+"\n"+deep+"\n"+`{"_msg":"good"} x`+"\n")
	o := outcome(t, w.Body.Bytes())
	if w.Code != 200 || o.Taken != 4 || o.UnparsedCount != 3 || len(o.Unparsed) != 3 || o.Unparsed[0].Line != 2 {
		t.Fatalf("%d %.600s", w.Code, w.Body)
	}
	rows := d.Store.Rows()
	if rows[2].Get(signal.Message) != deep || rows[2].Get(signal.ParseError) == "" {
		t.Error("the deep line was not kept whole")
	}
	for _, n := range o.Unparsed {
		if len(n.Error) > 300 {
			t.Errorf("an error repeats the line: %d bytes", len(n.Error))
		}
	}
}

func TestAllFormsOfBodiesAreTaken(t *testing.T) {
	const line = `{"_msg":"x=1&y=2"}` + "\n"
	pack := map[string]func() []byte{
		"": func() []byte { return []byte(line) },
		"gzip": func() []byte {
			var b bytes.Buffer
			w := gzip.NewWriter(&b)
			w.Write([]byte(line))
			w.Close()
			return b.Bytes()
		},
		"deflate": func() []byte {
			var b bytes.Buffer
			w := zlib.NewWriter(&b)
			w.Write([]byte(line))
			w.Close()
			return b.Bytes()
		},
		"zstd": func() []byte {
			w, _ := zstd.NewWriter(nil)
			return w.EncodeAll([]byte(line), nil)
		},
		"snappy": func() []byte { return snappy.Encode(nil, []byte(line)) },
	}
	for coding, body := range pack {
		for _, kind := range []string{"", "application/x-www-form-urlencoded", "application/json", "text/plain"} {
			d := receivetest.Open(t, jsonline.Routes)
			w := d.Post(path, string(body()), "Content-Encoding", coding, "Content-Type", kind)
			if got := receivetest.Texts(d.Store.Rows()); w.Code != 200 || got != "_msg=x=1&y=2|\n" {
				t.Errorf("%q %q: %d %s %s", coding, kind, w.Code, w.Body, got)
			}
		}
	}
	var framed, form bytes.Buffer
	s := snappy.NewBufferedWriter(&framed)
	s.Write([]byte(line))
	s.Close()
	d := receivetest.Open(t, jsonline.Routes)
	if w := d.Post(path, framed.String(), "Content-Encoding", "snappy"); w.Code != 200 || len(d.Store.Rows()) != 1 {
		t.Error("framed snappy:", w.Code, w.Body)
	}
	m := multipart.NewWriter(&form)
	m.WriteField("note", "no line")
	part, _ := m.CreateFormFile("file", "a.ndjson")
	part.Write([]byte(line + line))
	m.Close()
	if w := d.Post(path, form.String(), "Content-Type", m.FormDataContentType()); w.Code != 200 || len(d.Store.Rows()) != 3 {
		t.Error("form:", w.Code, w.Body)
	}
}

func TestBadBodiesAreRefusedAndWhatCameBeforeIsCounted(t *testing.T) {
	var bomb bytes.Buffer
	z, _ := gzip.NewWriterLevel(&bomb, gzip.BestSpeed)
	line := []byte(`{"_msg":"` + strings.Repeat("a", 100_000) + "\"}\n")
	for range 700 {
		z.Write(line)
	}
	z.Close()
	for _, c := range []struct {
		name, coding, body string
		status             int
		taken              bool
	}{
		{"a bomb", "gzip", bomb.String(), 413, true},
		{"no gzip", "gzip", "plain", 400, false},
		{"cut gzip", "gzip", bomb.String()[:bomb.Len()/2], 400, true},
		{"no snappy", "snappy", "\xff\xff\xff\xff\xff\xff", 400, false},
		{"a snappy length that is a lie", "snappy", "\xff\xff\xff\xff\x0f", 413, false},
		{"no zstd", "zstd", "plain", 400, false},
		{"an unknown coding", "br", "x", 400, false},
	} {
		d := receivetest.Open(t, jsonline.Routes)
		w := d.Post(path, c.body, "Content-Encoding", c.coding)
		o := outcome(t, w.Body.Bytes())
		if w.Code != c.status || o.Error == "" || o.Taken != len(d.Store.Rows()) || (o.Taken > 0) != c.taken {
			t.Errorf("%s: %d %.300s with %d rows", c.name, w.Code, w.Body, len(d.Store.Rows()))
		}
	}
}

func TestSuccessIsOnlyWhatTheStoreHas(t *testing.T) {
	d := receivetest.Open(t, jsonline.Routes)
	d.Store.Refuse = func(before int) error {
		if before > 0 {
			return errs.Unavailablef("the spool is full")
		}
		return nil
	}
	body := strings.Repeat("{\"_msg\":\"x\"}\n", receive.MaxRows+5)
	w := d.Post(path, body)
	if o := outcome(t, w.Body.Bytes()); w.Code != 429 || w.Header().Get("Retry-After") == "" || o.Taken != receive.MaxRows ||
		!strings.Contains(o.Error, fmt.Sprint("first ", receive.MaxRows)) {
		t.Errorf("%d %v %.300s", w.Code, w.Header(), w.Body)
	}
	d.Store.Refuse = func(int) error { return fmt.Errorf("secret disk trouble") }
	if w := d.Post(path, body); w.Code != 500 || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestADayThatIsFullAnswers429(t *testing.T) {
	d := receivetest.Open(t, jsonline.Routes)
	d.Put(source.Spec{DailyLimit: "10B"})
	w := d.Post(path, `{"_msg":"longer than ten bytes"}`)
	if w.Code != 429 || w.Header().Get("Retry-After") != "54000" { // 09:00 to midnight
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}

func TestWhoMaySend(t *testing.T) {
	d := receivetest.Open(t, jsonline.Routes)
	basic := func(user, password string) string {
		r, _ := http.NewRequest("GET", "/", nil)
		r.SetBasicAuth(user, password)
		return r.Header.Get("Authorization")
	}
	for _, c := range []struct {
		query, auth string
		status      int
		source      string
	}{
		{"", "Bearer " + d.Key, 200, "app"},
		{"", "Splunk " + d.Key, 200, "app"},
		{"", "ApiKey " + d.Key, 200, "app"},
		{"", "ApiKey aWQ6" + "x", 401, ""},
		{"", basic("x", d.Key), 200, "app"},
		{"", basic(d.Key, ""), 200, "app"},
		{"", "Bearer " + receivetest.Token, 200, source.Direct},
		{"?source=app", "Bearer " + receivetest.Token, 200, "app"},
		{"?source=none", "Bearer " + receivetest.Token, 400, ""},
		{"", "Bearer msk_wrong", 401, ""},
		{"", "Bearer wrong", 401, ""},
		{"", "Digest x", 401, ""},
		{"?token=" + d.Key, "", 401, ""},
		{"", "", 401, ""},
	} {
		before := len(d.Store.Rows())
		w := d.Post(path+c.query, `{"_msg":"x"}`, "Authorization", c.auth)
		rows := d.Store.Rows()[before:]
		if w.Code != c.status || (c.source == "") != (len(rows) == 0) || c.source != "" && rows[0].Get(signal.Source) != c.source {
			t.Errorf("%+v: %d %s %v", c, w.Code, w.Body, rows)
		}
	}
	w := d.Post(path, `{"_msg":"x"}`, "Authorization", "Bearer "+receivetest.Token, "X-Mainstay-Source", "app")
	if rows := d.Store.Rows(); w.Code != 200 || rows[len(rows)-1].Get(signal.Source) != "app" {
		t.Error("the header does not name the source:", w.Code)
	}
	if w := d.Post(path, "{}", "Authorization", "", "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"); w.Code != 403 {
		t.Error("another site's request:", w.Code, w.Body)
	}
	if w := d.Send("GET", path, nil); w.Code != 405 {
		t.Error("GET:", w.Code)
	}
	if w := d.Post(path+"?extra_fields=novalue", "{}"); w.Code != 400 {
		t.Error("extra_fields:", w.Code)
	}
}

func BenchmarkJSONLines(b *testing.B) {
	d := receivetest.Open(b, jsonline.Routes)
	d.Store.Discard = true
	const n = 20_000
	line := `{"_time":"2026-11-02T08:59:59.123Z","_msg":"payment accepted","level":"info","service":"payments","host":"app-1","trace":"4bf92f3577b34da6"}` + "\n"
	body := strings.Repeat(line, n)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if w := d.Post(path+"?_stream_fields=host", body); w.Code != 200 {
			b.Fatal(w.Code, w.Body)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}

func TestTheTextOfLinesIsLookedAtWhenAsked(t *testing.T) {
	d := receivetest.Open(t, jsonline.Routes)
	body := `{"_msg":"2026-11-02 08:00:00 ERROR x","host":"h"}` + "\n" + `{"_msg":"2026-11-02 08:00:00 ERROR x","_time":"2026-11-02T08:30:00Z","level":"info"}` + "\n"
	d.Post("/insert/jsonline", body)
	d.Post("/insert/jsonline?_parse_msg=auto&_zone=%2B01:00", body)
	d.Put(source.Spec{Zone: "America/New_York"}) // goes before what the sender says
	d.Post("/insert/jsonline?_parse_msg=timestamped&_zone=%2B01:00", strings.SplitAfter(body, "\n")[0])
	want := "_msg=2026-11-02 08:00:00 ERROR x|host=h|\n2026-11-02T08:30:00Z _msg=2026-11-02 08:00:00 ERROR x|level=info|\n" +
		"2026-11-02T07:00:00Z _msg=2026-11-02 08:00:00 ERROR x|host=h|level=error|\n2026-11-02T08:30:00Z _msg=2026-11-02 08:00:00 ERROR x|level=info|\n" +
		"2026-11-02T13:00:00Z _msg=2026-11-02 08:00:00 ERROR x|host=h|level=error|\n"
	if got := receivetest.Texts(d.Store.Rows()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, query := range []string{"?_parse_msg=xml", "?_zone=Mars", "?_zone=Local"} {
		if w := d.Post("/insert/jsonline"+query, body); w.Code != 400 {
			t.Errorf("%s: %d %s", query, w.Code, w.Body)
		}
	}
}
