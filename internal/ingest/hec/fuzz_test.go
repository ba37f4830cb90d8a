package hec

import (
	"bytes"
	"encoding/json"
	"testing"

	"mainstay/internal/ingest/receive"
)

// FuzzParse holds that no body panics, that success means rows with something in them, and that what
// the standard library reads as events is taken.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"event":"x"}{"event":{"a":1},"time":"1.5","fields":{"b":[1]}}`, `{"event":"}\"{"}`, `{`, "\x00", `{"event":""}`, `[]`, `{"event":{"a":{"b":{}}}}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		params := receive.Params{Message: []string{"message"}}
		rows, code, number := parse(bytes.Clone(body), &params)
		if code == success && len(rows) == 0 || code != success && rows != nil || number < 0 {
			t.Fatalf("%d rows with code %d at %d", len(rows), code, number)
		}
		for _, r := range rows {
			if len(r.Fields) == 0 {
				t.Fatal("an event became nothing")
			}
		}
		if n := events(body); n > 0 && code == success && len(rows) != n {
			t.Fatalf("%d rows of %d events in %q", len(rows), n, body)
		}
	})
}

// events counts objects as the standard library reads them; -1 when it does not.
func events(body []byte) int {
	d, n := json.NewDecoder(bytes.NewReader(body)), 0
	for d.More() {
		var v map[string]json.RawMessage
		if d.Decode(&v) != nil {
			return -1
		}
		n++
	}
	return n
}
