package loki_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/golang/snappy"

	"mainstay/internal/ingest/loki"
	"mainstay/internal/ingest/receive/receivetest"
)

func TestMoreThanIsParsedAtOnceIsRefused(t *testing.T) {
	d := receivetest.Open(t, loki.Routes)
	proto := func(b []byte) string { return string(snappy.Encode(nil, b)) }
	const many = 1_000_000
	for _, c := range []struct{ name, kind, body string }{
		{"entries in JSON", "application/json", `{"streams":[{"stream":{},"values":[` + strings.Repeat(`["",""],`, many) + `["",""]]}]}`},
		{"empty streams", "", proto(bytes.Repeat([]byte("\x0a\x00"), many))},
		{"empty entries", "", proto(message(1, bytes.Repeat([]byte("\x12\x00"), many)))},
		{"empty metadata", "", proto(message(1, message(2, bytes.Repeat([]byte("\x1a\x00"), 2*many))))},
		{"labels", "", proto(message(1, text(1, "{"+strings.Repeat(`a="",`, 2*many)+"}")))},
		{"bytes", "", proto(text(7, strings.Repeat("x", 16<<20)))},
	} {
		w := d.Post(path, c.body, "Content-Type", c.kind)
		if w.Code != 413 {
			t.Errorf("%s: %d %.200s", c.name, w.Code, w.Body)
		}
	}
	if n := len(d.Store.Rows()); n != 0 {
		t.Errorf("%d rows were stored", n)
	}
}
