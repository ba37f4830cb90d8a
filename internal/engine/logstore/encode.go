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

// streamTags encodes the fields that tell streams apart. Rows beside each other mostly belong to
// the same stream, so it keeps the last one.
type streamTags struct {
	last    []signal.Field
	now     []signal.Field
	encoded string
}

func (t *streamTags) of(row signal.Row) string {
	t.now = t.now[:0]
	for _, f := range row.Fields { // the server's first: permission rests on them
		if f.Value != "" && slices.Contains(serverFields, f.Name) {
			t.now = append(t.now, f)
		}
	}
	for _, f := range row.Fields {
		if f.Value != "" && len(f.Value) <= maxStreamValue && len(t.now) < maxStreamFields &&
			slices.Contains(row.Stream, f.Name) && !slices.Contains(serverFields, f.Name) {
			t.now = append(t.now, f)
		}
	}
	if t.encoded != "" && slices.Equal(t.now, t.last) {
		return t.encoded
	}
	st := logstorage.GetStreamTags()
	for _, f := range t.now {
		st.Add(f.Name, f.Value)
	}
	t.encoded = string(st.MarshalCanonical(nil))
	logstorage.PutStreamTags(st)
	t.last, t.now = t.now, t.last
	return t.encoded
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

// decode reads the rows of a payload. They live as long as the payload does.
func decode(payload []byte, rows []signal.Row) ([]signal.Row, error) {
	var r logstorage.InsertRow
	st := logstorage.GetStreamTags()
	defer logstorage.PutStreamTags(st)
	var last string
	var stream []string
	for len(payload) > 0 {
		r.Fields = nil
		tail, err := r.UnmarshalInplace(payload)
		if err != nil {
			return rows, err
		}
		payload = tail
		if r.StreamTagsCanonical != last {
			last, stream = r.StreamTagsCanonical, tagNames(r.StreamTagsCanonical)
		}
		row := signal.Row{Time: unixNano(r.Timestamp), Fields: make([]signal.Field, len(r.Fields)), Stream: stream}
		for i, f := range r.Fields {
			if f.Name == "" {
				f.Name = signal.Message
			}
			row.Fields[i] = signal.Field(f)
		}
		rows = append(rows, row)
	}
	return rows, nil
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
