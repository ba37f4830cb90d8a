package journald

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"mainstay/internal/ingest/receive"
)

// FuzzEntries holds that no journal panics or is read without end.
func FuzzEntries(f *testing.F) {
	f.Add([]byte("__REALTIME_TIMESTAMP=1\nMESSAGE=x\n\nMESSAGE\n\x01\x00\x00\x00\x00\x00\x00\x00y\n\n"))
	f.Add([]byte("MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xffy"))
	f.Fuzz(func(t *testing.T, body []byte) {
		list, n := newEntries(bytes.NewReader(body)), 0
		for {
			fields, err := list.next()
			if err != nil {
				if !errors.Is(err, io.EOF) && fields != nil {
					t.Fatal("half an entry")
				}
				return
			}
			if len(fields) == 0 {
				t.Fatal("an entry without fields")
			}
			rowOf(fields, &receive.Params{Time: []string{"__REALTIME_TIMESTAMP"}, Message: []string{"MESSAGE"}})
			if n++; n > len(body) {
				t.Fatal("more entries than bytes")
			}
		}
	})
}
