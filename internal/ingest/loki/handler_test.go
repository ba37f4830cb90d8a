package loki_test

import (
	"strings"
	"testing"
	"time"

	"github.com/golang/snappy"
	"google.golang.org/protobuf/encoding/protowire"

	"mainstay/internal/base/errs"
	"mainstay/internal/ingest/loki"
	"mainstay/internal/ingest/receive/receivetest"
)

const path = "/loki/api/v1/push"

// The first is the example of https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
func TestJSON(t *testing.T) {
	for _, c := range []struct{ name, query, body, want string }{
		{"the documented example", "", `{"streams": [{"stream": {"foo": "bar2"}, "values": [["1570818238000000000", "fizzbuzz"]]}]}`,
			"2019-10-11T18:23:58Z foo=bar2|_msg=fizzbuzz| {foo}\n"},
		{"structured metadata", "", `{"streams":[{"stream":{"a":"1","b":"2"},"values":[["1570818238000000001","x",{"trace_id":"t","user_id":"u"}],["1570818238000000002","y"]]}]}`,
			"2019-10-11T18:23:58.000000001Z a=1|b=2|trace_id=t|user_id=u|_msg=x| {a,b}\n2019-10-11T18:23:58.000000002Z a=1|b=2|_msg=y| {a,b}\n"},
		{"JSON in the line is taken apart", "?_msg_field=text", `{"streams":[{"stream":{"a":"1"},"values":[["1570818238000000000","{\"text\":\"x\",\"n\":{\"m\":2}}"]]}]}`,
			"2019-10-11T18:23:58Z a=1|_msg=x|n.m=2| {a}\n"},
		{"or not", "?disable_message_parsing=1", `{"streams":[{"stream":{"a":"1"},"values":[["1570818238000000000","{\"text\":\"x\"}"]]}]}`,
			"2019-10-11T18:23:58Z a=1|_msg={\"text\":\"x\"}| {a}\n"},
		{"a line that only looks like it", "", `{"streams":[{"stream":{"a":"1"},"values":[["1570818238000000000","{x}"]]}]}`,
			"2019-10-11T18:23:58Z a=1|_msg={x}| {a}\n"},
		{"a time that is none", "", `{"streams":[{"stream":{"a":"1"},"values":[["soon","x"]]}]}`,
			"a=1|_msg=x|parse_error=time: \"soon\" is not a time: write it as 2026-01-31T23:59:59.999Z or in Unix seconds| {a}\n"},
		{"other stream fields", "?_stream_fields=a", `{"streams":[{"stream":{"a":"1","b":"2"},"values":[["","x"]]}]}`, "a=1|b=2|_msg=x| {a}\n"},
		{"nothing", "", `{"streams":[]}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := receivetest.Open(t, loki.Routes)
			w := d.Post(path+c.query, c.body, "Content-Type", "application/json; charset=utf-8")
			if got := receivetest.Texts(d.Store.Rows()); w.Code != 204 || got != c.want {
				t.Errorf("%d %s\ngot  %s\nwant %s", w.Code, w.Body, got, c.want)
			}
		})
	}
}

// message makes a field that holds a message.
func message(n protowire.Number, parts ...[]byte) (b []byte) {
	var inner []byte
	for _, p := range parts {
		inner = append(inner, p...)
	}
	return protowire.AppendBytes(protowire.AppendTag(b, n, protowire.BytesType), inner)
}

func text(n protowire.Number, s string) []byte { return message(n, []byte(s)) }

func number(n protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(nil, n, protowire.VarintType), v)
}

func push(labels string, at time.Time, line string) []byte {
	entry := message(2, message(1, number(1, uint64(at.Unix())), number(2, uint64(at.Nanosecond()))), text(2, line),
		message(3, text(1, "trace_id"), text(2, "t")))
	return message(1, text(1, labels), entry, number(3, 77))
}

func TestProtobuf(t *testing.T) {
	at := time.Date(2026, 11, 2, 8, 0, 0, 5, time.UTC)
	for _, c := range []struct{ name, coding, labels, want string }{
		{"snappy by default", "", `{app="a", host="h\"1"}`, "2026-11-02T08:00:00.000000005Z app=a|host=h\"1|trace_id=t|_msg=hello| {app,host}\n"},
		{"plain", "identity", `{app="a"}`, "2026-11-02T08:00:00.000000005Z app=a|trace_id=t|_msg=hello| {app}\n"},
		{"no labels", "identity", `{}`, "2026-11-02T08:00:00.000000005Z trace_id=t|_msg=hello|\n"},
		{"labels that are none are kept", "identity", `{app=a}`,
			"2026-11-02T08:00:00.000000005Z labels={app=a}|trace_id=t|_msg=hello|parse_error=labels: they must be written name=\"value\"|\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := receivetest.Open(t, loki.Routes)
			body := push(c.labels, at, "hello")
			if c.coding == "" {
				body = snappy.Encode(nil, body)
			}
			w := d.Post("/insert"+path, string(body), "Content-Type", "application/x-protobuf", "Content-Encoding", c.coding)
			if got := receivetest.Texts(d.Store.Rows()); w.Code != 204 || got != c.want {
				t.Errorf("%d %s\ngot  %s\nwant %s", w.Code, w.Body, got, c.want)
			}
		})
	}
}

func TestWhatCannotBeReadIsRefusedWhole(t *testing.T) {
	good := `{"stream":{"a":"1"},"values":[["1570818238000000000","x"]]}`
	d := receivetest.Open(t, loki.Routes)
	for _, c := range []struct{ kind, body, says string }{
		{"application/json", ``, "JSON"},
		{"application/json", `{"streams":[` + good, "JSON"},
		{"application/json", `{}`, "streams must be"},
		{"application/json", `{"streams":[` + good + `,{"stream":[]}]}`, "streams[1].stream"},
		{"application/json", `{"streams":[` + good + `,{"stream":{}}]}`, "streams[1].values"},
		{"application/json", `{"streams":[` + good + `,{"values":[["1"]]}]}`, "streams[1].values[0]"},
		{"application/json", `{"streams":[{"values":[["1",7]]}]}`, "no text"},
		{"application/json", strings.Repeat(`{"streams":[`, 10_000), "JSON"},
		{"application/x-protobuf", "\xff\xff", "unpacked"},
		{"application/x-protobuf", string(snappy.Encode(nil, []byte("\x0a\x99"))), "protobuf"},
	} {
		w := d.Post(path, c.body, "Content-Type", c.kind)
		if w.Code != 400 || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%.40q: %d %s", c.body, w.Code, w.Body)
		}
	}
	if n := len(d.Store.Rows()); n != 0 {
		t.Errorf("%d rows were stored", n)
	}
}

func TestSuccessIsOnlyWhatTheStoreHas(t *testing.T) {
	d := receivetest.Open(t, loki.Routes)
	d.Store.Refuse = func(int) error { return errs.Unavailablef("full") }
	w := d.Post(path, `{"streams":[{"stream":{"a":"1"},"values":[["","x"]]}]}`, "Content-Type", "application/json")
	if w.Code != 429 || w.Header().Get("Retry-After") == "" {
		t.Error(w.Code, w.Body)
	}
	if w := d.Post(path, "", "Authorization", ""); w.Code != 401 {
		t.Error(w.Code)
	}
	if w := d.Send("GET", "/insert/loki/ready", nil); w.Code != 200 || w.Body.String() != "ready\n" {
		t.Error(w.Code, w.Body)
	}
}
