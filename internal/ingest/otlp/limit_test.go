package otlp_test

import (
	"bytes"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"mainstay/internal/ingest/otlp"
	"mainstay/internal/ingest/receive/receivetest"
)

// within puts a message into the fields named, the innermost first.
func within(b []byte, fields ...protowire.Number) []byte {
	for _, n := range fields {
		b = protowire.AppendBytes(protowire.AppendTag(nil, n, protowire.BytesType), b)
	}
	return b
}

func TestMoreThanIsParsedAtOnceIsRefused(t *testing.T) {
	const many = 2_000_000
	empty := func(n protowire.Number) []byte { return bytes.Repeat(within(nil, n), many) }
	d := receivetest.Open(t, otlp.Routes)
	for name, body := range map[string][]byte{
		"resources":           empty(1),
		"scopes":              within(empty(2), 1),
		"scopes of old":       within(empty(1000), 1),
		"records":             within(empty(2), 2, 1),
		"attributes":          within(empty(6), 2, 2, 1),
		"elements":            within(empty(1), 5, 5, 2, 2, 1),
		"entities":            within(empty(3), 1, 1),
		"names of an entity":  within(empty(3), 3, 1, 1),
		"more than the bytes": within(make([]byte, 16<<20), 7),
	} {
		if w := d.Post("/v1/logs", string(body), "Content-Type", "application/x-protobuf"); w.Code != 413 {
			t.Errorf("%s: %d %.200q", name, w.Code, w.Body)
		}
	}
	body := `{"resourceLogs":[` + strings.Repeat("{},", many) + `{}]}`
	if w := d.Post("/v1/logs", body, "Content-Type", "application/json"); w.Code != 413 || !strings.Contains(w.Body.String(), "200000") {
		t.Error(w.Code, w.Body)
	}
}
