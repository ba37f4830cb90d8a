package loki

import (
	"time"

	"github.com/valyala/fastjson"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive/flat"
	"mainstay/internal/ingest/receive/format"
)

// fromJSON reads
//
//	{"streams":[{"stream":{"label":"value"},"values":[["<unix ns>","<line>",{"metadata":"value"}]]}]}
//
// What is of the wrong shape is an Invalid error that names the place.
func fromJSON(body []byte) ([]batch, error) {
	var f flat.Flattener
	root, err := f.Parse(body)
	if err != nil {
		return nil, err
	}
	streams, ok := list(root, "streams")
	if !ok {
		return nil, errs.Invalidf("streams must be a list")
	}
	out := make([]batch, 0, len(streams))
	for i, s := range streams {
		b := batch{}
		if labels := s.Get("stream"); labels != nil {
			o, err := labels.Object()
			if err != nil {
				return nil, errs.Invalidf("streams[%d].stream must be an object", i)
			}
			b.labels = f.Fields(o)
		}
		b.names = namesOf(b.labels)
		values, ok := list(s, "values")
		if !ok {
			return nil, errs.Invalidf("streams[%d].values must be a list", i)
		}
		for j, v := range values {
			e, why := entryOf(&f, v)
			if why != "" {
				return nil, errs.Invalidf("streams[%d].values[%d] %s", i, j, why)
			}
			b.entries = append(b.entries, e)
		}
		out = append(out, b)
	}
	return out, nil
}

// list is a member that is a list.
func list(v *fastjson.Value, name string) ([]*fastjson.Value, bool) {
	member := v.Get(name)
	if member == nil || member.Type() != fastjson.TypeArray {
		return nil, false
	}
	return member.GetArray(), true
}

// entryOf reads one entry; why says what is wrong with its shape. A time that cannot be read leaves
// the line as it is, because that is what matters.
func entryOf(f *flat.Flattener, v *fastjson.Value) (e entry, why string) {
	parts, err := v.Array()
	if err != nil || len(parts) < 2 || len(parts) > 3 {
		return e, `must be ["<unix ns>", "<line>"] with structured metadata after it or not`
	}
	line, err := parts[1].StringBytes()
	if err != nil {
		return e, "has a line that is no text"
	}
	e.line = string(line)
	stamp, err := parts[0].StringBytes()
	if err != nil {
		stamp = parts[0].MarshalTo(nil)
	}
	if e.at, err = format.ParseTime(string(stamp), time.UTC); err != nil {
		e.fault = "time: " + err.Error()
	}
	if len(parts) == 3 {
		o, err := parts[2].Object()
		if err != nil {
			return e, "has structured metadata that is no object"
		}
		e.metadata = f.Fields(o)
	}
	return e, ""
}

func namesOf(labels []signal.Field) []string {
	out := make([]string, len(labels))
	for i, l := range labels {
		out[i] = l.Name
	}
	return out
}
