package loki

import "testing"

// FuzzProto holds that no body panics, and that an error leaves nothing.
func FuzzProto(f *testing.F) {
	f.Add([]byte("\x0a\x10\x0a\x05{a=\"b\"}\x12\x07\x0a\x02\x08\x01\x12\x01x"))
	f.Add([]byte("\x0a\xff\xff\xff\xff\x0f"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, body []byte) {
		list, err := fromProto(body)
		if err != nil && list != nil {
			t.Fatal("half a request")
		}
		for _, b := range list {
			if len(b.names) > len(b.labels) {
				t.Fatal("a stream of fields that are not there")
			}
		}
	})
}
