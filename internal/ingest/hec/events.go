package hec

import (
	"strings"
	"time"

	"github.com/valyala/fastjson"

	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive"
	"mainstay/internal/ingest/receive/flat"
	"mainstay/internal/ingest/receive/format"
)

// metadata are HEC's own fields and what they are called here.
var metadata = []struct{ theirs, ours string }{
	{"host", "host"}, {"source", "splunk_source"}, {"sourcetype", "sourcetype"}, {"index", "index"},
}

// stream are the fields that tell streams apart when the request does not say.
var stream = []string{"host", "splunk_source", "sourcetype", "index"}

// split returns the next JSON object of a text in which they stand one after the other, and what
// follows it; ok is false when there is something else.
func split(s []byte) (object, rest []byte, ok bool) {
	depth, text := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case text && c == '\\':
			i++
		case c == '"':
			text = !text
		case text:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
			if depth == 0 {
				return s[:i+1], s[i+1:], true
			}
		}
		if depth == 0 {
			return nil, s, false
		}
	}
	return nil, s, false
}

// parse reads the events of a body up to the first that is none. The code is success, or says what is wrong
// with the event of that number, from 0; the rows are those of the events before it.
func parse(body []byte, params *receive.Params) (rows []signal.Row, code code, number int) {
	var f flat.Flattener
	for rest := trim(body); len(rest) > 0; rest = trim(rest) {
		object, after, ok := split(rest)
		if !ok {
			return rows, invalidFormat, len(rows)
		}
		row, code := event(&f, object, params)
		if code != success {
			return rows, code, len(rows)
		}
		rows, rest = append(rows, row), after
	}
	if len(rows) == 0 {
		return nil, noData, 0
	}
	return rows, success, 0
}

func trim(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\n' || b[0] == '\r' || b[0] == '\t') {
		b = b[1:]
	}
	return b
}

// event reads one event.
func event(f *flat.Flattener, object []byte, params *receive.Params) (signal.Row, code) {
	v, err := f.Parse(object)
	if err != nil || v.Type() != fastjson.TypeObject {
		return signal.Row{}, invalidFormat
	}
	row := signal.Row{Stream: stream}
	if code := content(f, v.Get("event"), &row); code != success {
		return row, code
	}
	if v.Get("event").Type() == fastjson.TypeObject {
		params.Shape(&row)
	}
	if at, ok := instant(v.Get("time")); !ok {
		return row, invalidFormat
	} else if !at.IsZero() {
		row.Time = at
	}
	for _, m := range metadata {
		if value := v.Get(m.theirs); value != nil {
			row.Fields = append(row.Fields, f.Value(m.ours, value)...)
		}
	}
	if fields := v.Get("fields"); fields != nil {
		o, err := fields.Object()
		if err != nil {
			return row, indexedFields
		}
		row.Fields = append(row.Fields, f.Fields(o)...)
	}
	return row, success
}

// content is what the event says: a text, or members of an object.
func content(f *flat.Flattener, v *fastjson.Value, row *signal.Row) code {
	switch {
	case v == nil || v.Type() == fastjson.TypeNull:
		return eventRequired
	case v.Type() == fastjson.TypeObject:
		row.Fields = f.Fields(v.GetObject())
		if len(row.Fields) == 0 {
			return eventBlank
		}
		return success
	}
	row.Fields = f.Value(signal.Message, v)
	if strings.TrimSpace(row.Fields[0].Value) == "" {
		return eventBlank
	}
	return success
}

// instant reads time: seconds as a number or a text, zero without one.
func instant(v *fastjson.Value) (time.Time, bool) {
	if v == nil || v.Type() == fastjson.TypeNull {
		return time.Time{}, true
	}
	text := ""
	switch v.Type() {
	case fastjson.TypeNumber:
		text = string(v.MarshalTo(nil))
	case fastjson.TypeString:
		text = string(v.GetStringBytes())
	default:
		return time.Time{}, false
	}
	at, err := format.ParseTime(text, time.UTC)
	return at, err == nil
}
