package flat_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive/flat"
)

func TestFieldsStayAsTheyAreWhateverIsReadNext(t *testing.T) {
	var f flat.Flattener
	var got, want [][]signal.Field
	for i := range 5000 {
		long := strings.Repeat("é", i%90*(i%7)) // from nothing to more than shares its memory
		if i%500 == 0 {
			long = strings.Repeat("x", 10_000)
		}
		fields, err := f.Object(fmt.Appendf(nil, `{"_msg":"line %d","a":{"b":%d,"c":null},"long":%q}`, i, i, long))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fields)
		want = append(want, []signal.Field{{Name: "_msg", Value: fmt.Sprint("line ", i)}, {Name: "a.b", Value: fmt.Sprint(i)}, {Name: "long", Value: long}})
	}
	for i := range want {
		if !slices.Equal(got[i], want[i]) {
			t.Fatalf("line %d is %q", i, got[i])
		}
	}
}
