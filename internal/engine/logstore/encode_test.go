package logstore

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/internal/engine/signal"
)

// anyRow has names and values that repeat from row to row, and some that make no tag of a stream.
func anyRow(t *rapid.T) signal.Row {
	names := []string{signal.Message, signal.Source, signal.Service, signal.Environment, "host", "file", "level"}
	values := []string{"", "a", "a", "b", strings.Repeat("x", maxStreamValue), strings.Repeat("y", maxStreamValue+1)}
	row := signal.Row{Time: time.Unix(rapid.Int64Range(0, 1<<32).Draw(t, "time"), 0).UTC()}
	for _, name := range rapid.SliceOfNDistinct(rapid.SampledFrom(names), 0, len(names), rapid.ID).Draw(t, "names") {
		row.Fields = append(row.Fields, signal.Field{Name: name, Value: rapid.SampledFrom(values).Draw(t, "value")})
	}
	row.Stream = rapid.SampledFrom([][]string{nil, {"host"}, {"host", "file"}, {"service", signal.Message}}).Draw(t, "stream")
	return row
}

// anyRows often repeats a row, whole or with one other value.
func anyRows(t *rapid.T) (rows []signal.Row) {
	for range rapid.IntRange(1, 12).Draw(t, "rows") {
		row := anyRow(t)
		if n := len(rows); n > 0 && rapid.Bool().Draw(t, "repeat") {
			row = signal.Row{Time: row.Time, Fields: slices.Clone(rows[n-1].Fields), Stream: rows[n-1].Stream}
			if at := rapid.IntRange(0, 10).Draw(t, "other"); at < len(row.Fields) {
				row.Fields[at].Value = rapid.SampledFrom([]string{"", "a", "c"}).Draw(t, "value")
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func TestARowIsEncodedTheSameWhateverCameBefore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := anyRows(t)
		var alone []byte
		for i := range rows {
			alone = encode(alone, rows[i:i+1])
		}
		if !bytes.Equal(encode(nil, rows), alone) {
			t.Fatalf("%+v", rows)
		}
	})
}

func TestWhatIsDecodedIsWhatWasEncoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var d decoded
		for range 3 { // the memory is used again
			d.reset()
			first, second := anyRows(t), anyRows(t)
			for _, rows := range [][]signal.Row{first, second} {
				if err := d.decode(encode(nil, rows)); err != nil {
					t.Fatal(err)
				}
			}
			for i, want := range slices.Concat(first, second) {
				want.Fields = slices.DeleteFunc(slices.Clone(want.Fields), func(f signal.Field) bool { return f.Value == "" })
				if got := d.rows[i]; !got.Time.Equal(want.Time) || !slices.Equal(got.Fields, want.Fields) {
					t.Fatalf("row %d: %+v is read as %+v", i, want, got)
				}
			}
		}
	})
}

func TestARowsFieldsCannotGrowIntoTheNextRow(t *testing.T) {
	var d decoded
	row := signal.Row{Time: time.Unix(1, 0), Fields: []signal.Field{{Name: "a", Value: "1"}}}
	if err := d.decode(encode(nil, []signal.Row{row, row})); err != nil {
		t.Fatal(err)
	}
	d.rows[0].Set("b", "2")
	if d.rows[1].Fields[0].Name != "a" {
		t.Errorf("%+v", d.rows)
	}
}
