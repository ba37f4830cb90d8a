package archive

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fastjson"

	"mainstay/internal/engine/signal"
)

// Restored is the field that marks a restored line; it has the date on which that was done.
const Restored = signal.Restored

// line is a stored line: the instant, and the bytes by which it is archived and compared.
type line struct {
	at   int64 // Unix, nanoseconds
	text []byte
}

// canonical makes a line of what the engine answers: instant and stream first, then the fields
// by name. The stream's identity is left out, because the engine computes it from the stream.
func canonical(p *fastjson.Parser, answer []byte) (line, error) {
	v, err := p.ParseBytes(answer)
	if err != nil {
		return line{}, fmt.Errorf("the engine's line is no JSON: %w", err)
	}
	o, err := v.Object()
	if err != nil {
		return line{}, err
	}
	at, err := time.Parse(time.RFC3339Nano, string(o.Get(signal.TimeField).GetStringBytes()))
	if err != nil {
		return line{}, fmt.Errorf("the engine's line has no instant: %w", err)
	}
	var fields []signal.Field
	o.Visit(func(name []byte, v *fastjson.Value) {
		switch string(name) {
		case signal.TimeField, signal.StreamField, signal.StreamIDField:
		default:
			fields = append(fields, signal.Field{Name: string(name), Value: string(v.GetStringBytes())})
		}
	})
	return line{at.UnixNano(), encode(at, string(o.Get(signal.StreamField).GetStringBytes()), fields)}, nil
}

func encode(at time.Time, stream string, fields []signal.Field) []byte {
	slices.SortFunc(fields, func(a, b signal.Field) int { return cmp.Compare(a.Name, b.Name) })
	out := append([]byte(nil), `{"_time":"`...)
	out = at.UTC().AppendFormat(out, "2006-01-02T15:04:05.000000000Z")
	out = append(out, `","_stream":`...)
	out = appendString(out, stream)
	for _, f := range fields {
		if f.Value == "" {
			continue // the engine takes an empty value for none
		}
		out = append(out, ',')
		out = appendString(out, f.Name)
		out = append(out, ':')
		out = appendString(out, f.Value)
	}
	return append(out, '}')
}

// appendString writes a JSON string (RFC 8259 §7). Bytes that are not UTF-8 stay as they are, as the
// engine's own answers have them: an archive changes nothing.
func appendString(out []byte, s string) []byte {
	const hex = "0123456789abcdef"
	out = append(out, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c == '\n':
			out = append(out, '\\', 'n')
		case c < ' ':
			out = append(out, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			out = append(out, c)
		}
	}
	return append(out, '"')
}

// inOrder sorts lines by instant, and those of one instant by their bytes, so that a day has one form only.
func inOrder(lines []line) {
	slices.SortFunc(lines, func(a, b line) int {
		return cmp.Or(cmp.Compare(a.at, b.at), bytes.Compare(a.text, b.text))
	})
}

// row reads an archived line.
func row(p *fastjson.Parser, text []byte) (signal.Row, error) {
	v, err := p.ParseBytes(text)
	if err != nil {
		return signal.Row{}, fmt.Errorf("a line is no JSON: %w", err)
	}
	o, err := v.Object()
	if err != nil {
		return signal.Row{}, err
	}
	var r signal.Row
	if r.Time, err = time.Parse(time.RFC3339Nano, string(o.Get(signal.TimeField).GetStringBytes())); err != nil {
		return r, fmt.Errorf("a line has no instant: %w", err)
	}
	o.Visit(func(name []byte, v *fastjson.Value) {
		if n := string(name); n != signal.TimeField && n != signal.StreamField {
			r.Fields = append(r.Fields, signal.Field{Name: n, Value: string(v.GetStringBytes())})
		}
	})
	r.Stream, err = streamNames(string(o.Get(signal.StreamField).GetStringBytes()), r.Fields)
	return r, err
}

// streamNames finds which fields make up a stream: {source="app",host="a"}. The engine does not quote
// names, so they are found by the line's own fields.
func streamNames(stream string, fields []signal.Field) (names []string, err error) {
	rest, ok := strings.CutPrefix(stream, "{")
	for ok && rest != "}" && rest != "" {
		rest = strings.TrimPrefix(rest, ",")
		i := slices.IndexFunc(fields, func(f signal.Field) bool {
			after, is := strings.CutPrefix(rest, f.Name+"="+strconv.Quote(f.Value))
			return is && (after == "}" || strings.HasPrefix(after, ","))
		})
		if ok = i >= 0; ok {
			names = append(names, fields[i].Name)
			rest = rest[len(fields[i].Name)+1+len(strconv.Quote(fields[i].Value)):]
		}
	}
	if !ok {
		return nil, fmt.Errorf("a line has the stream %q, which does not fit its fields", stream)
	}
	return names, nil
}

// key is a line without the marks of a restored or repeated one, by which both are the same line.
func key(r signal.Row) string {
	fields := slices.DeleteFunc(slices.Clone(r.Fields), func(f signal.Field) bool { return f.Name == Restored || f.Name == signal.Replay })
	return string(encode(r.Time, strings.Join(r.Stream, ","), fields))
}
