package logstore

import (
	"slices"
	"time"

	"github.com/VictoriaMetrics/VictoriaMetrics/lib/encoding"
	"github.com/VictoriaMetrics/VictoriaMetrics/lib/logstorage"

	"mainstay/internal/engine/signal"
)

// The spool holds rows as the engine takes them, so that they are encoded once: a frame's payload
// is a run of logstorage.InsertRow, and the forwarder sends it as it is.

// serverFields tell streams apart whatever the sender says.
var serverFields = []string{signal.Source, signal.Service, signal.Component, signal.Environment}

// The engine keeps the fields of a stream in one entry of its index, of at most 64 KB. What is
// beyond these limits is a field of the line as any other.
const (
	maxStreamFields = 40
	maxStreamValue  = 1 << 10
)

// encode appends rows to dst as the engine takes them.
func encode(dst []byte, rows []signal.Row) []byte {
	r := logstorage.GetInsertRow()
	defer logstorage.PutInsertRow(r)
	var tags streamTags
	for _, row := range rows {
		r.Timestamp = row.Time.UnixNano()
		r.StreamTagsCanonical = tags.of(row)
		r.Fields = r.Fields[:0]
		for _, f := range row.Fields {
			if f.Value == "" {
				continue // the engine takes an empty value for none
			}
			if f.Name == signal.Message {
				f.Name = "" // the engine's own name of the message
			}
			r.Fields = append(r.Fields, logstorage.Field(f))
		}
		dst = r.Marshal(dst)
	}
	return dst
}

// streamTags encodes the fields that tell streams apart. Rows beside each other mostly have the same
// fields and belong to the same stream, so it keeps the last one.
type streamTags struct {
	names   []string // of the last row's fields
	stream  []string // its Row.Stream
	at      []int    // which fields may be tags: the server's first, as permission rests on them
	values  []string // of those
	encoded string
}

func (t *streamTags) of(row signal.Row) string {
	if !t.same(row) {
		t.learn(row)
	} else if t.encoded != "" && t.repeats(row) {
		return t.encoded
	}
	st := logstorage.GetStreamTags()
	defer logstorage.PutStreamTags(st)
	t.values = t.values[:0]
	tags := 0
	for _, i := range t.at {
		f := row.Fields[i]
		t.values = append(t.values, f.Value)
		sent := !slices.Contains(serverFields, f.Name)
		if f.Value == "" || sent && (len(f.Value) > maxStreamValue || tags >= maxStreamFields) {
			continue
		}
		st.Add(f.Name, f.Value)
		tags++
	}
	t.encoded = string(st.MarshalCanonical(nil))
	return t.encoded
}

// same reports whether a row has the fields of the last one, whatever their values.
func (t *streamTags) same(row signal.Row) bool {
	if len(row.Fields) != len(t.names) || !slices.Equal(row.Stream, t.stream) {
		return false
	}
	for i := range row.Fields {
		if row.Fields[i].Name != t.names[i] {
			return false
		}
	}
	return true
}

// repeats reports whether a row with the last one's fields has the same values of its stream.
func (t *streamTags) repeats(row signal.Row) bool {
	for n, i := range t.at {
		if row.Fields[i].Value != t.values[n] {
			return false
		}
	}
	return true
}

// learn finds which of a row's fields may be tags.
func (t *streamTags) learn(row signal.Row) {
	t.names, t.at, t.stream = t.names[:0], t.at[:0], row.Stream
	for i, f := range row.Fields {
		t.names = append(t.names, f.Name)
		if slices.Contains(serverFields, f.Name) {
			t.at = append(t.at, i)
		}
	}
	for i, f := range row.Fields {
		if slices.Contains(row.Stream, f.Name) && !slices.Contains(serverFields, f.Name) {
			t.at = append(t.at, i)
		}
	}
}

// mark returns the rows of a payload with the field replay, which says that they may have
// been stored before.
func mark(payload []byte) ([]byte, error) {
	r := logstorage.GetInsertRow()
	defer logstorage.PutInsertRow(r)
	out := make([]byte, 0, len(payload)+len(payload)/8)
	for len(payload) > 0 {
		tail, err := r.UnmarshalInplace(payload)
		if err != nil {
			return nil, err
		}
		payload = tail
		r.Fields = append(r.Fields, logstorage.Field{Name: signal.Replay, Value: replayed})
		out = r.Marshal(out)
	}
	return out, nil
}

const replayed = "possible"

// decoded are rows, and the memory of their fields. It is used again for the next ones, which
// ends the life of these.
type decoded struct {
	rows   []signal.Row
	fields []signal.Field
}

// reset forgets the rows.
func (d *decoded) reset() { d.rows, d.fields = d.rows[:0], d.fields[:0] }

// decode adds the rows of a payload. They live as long as the payload does.
func (d *decoded) decode(payload []byte) error {
	r := logstorage.GetInsertRow()
	defer logstorage.PutInsertRow(r)
	var last string
	var stream []string
	for len(payload) > 0 {
		tail, err := r.UnmarshalInplace(payload)
		if err != nil {
			return err
		}
		payload = tail
		if r.StreamTagsCanonical != last {
			last, stream = r.StreamTagsCanonical, tagNames(r.StreamTagsCanonical)
		}
		start := len(d.fields)
		for _, f := range r.Fields {
			if f.Name == "" {
				f.Name = signal.Message
			}
			d.fields = append(d.fields, signal.Field(f))
		}
		fields := d.fields[start:len(d.fields):len(d.fields)]
		d.rows = append(d.rows, signal.Row{Time: unixNano(r.Timestamp), Fields: fields, Stream: stream})
	}
	return nil
}

// tagNames reads the names out of the engine's form of a stream's fields.
func tagNames(canonical string) (names []string) {
	src := []byte(canonical)
	n, size := encoding.UnmarshalVarUint64(src)
	for ; n > 0 && size > 0; n-- {
		src = src[size:]
		var name []byte
		if name, size = encoding.UnmarshalBytes(src); size <= 0 {
			return names
		}
		names = append(names, string(name))
		src = src[size:]
		if _, size = encoding.UnmarshalBytes(src); size <= 0 {
			return names
		}
	}
	return names
}

func unixNano(n int64) time.Time { return time.Unix(0, n).UTC() }
