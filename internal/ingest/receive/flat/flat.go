// Package flat makes fields of JSON, the way every protocol of logs that carries JSON needs them.
package flat

import (
	"strings"

	"github.com/valyala/fastjson"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
)

// Flattener makes fields of JSON: nested objects become a.b.c, arrays stay JSON text, numbers
// keep their text, null is left out. Nesting deeper than 300 is refused. The zero value is ready;
// it is used by one goroutine.
type Flattener struct {
	parser fastjson.Parser
	known  map[string]string // names seen, so that they are not stored for each line anew
	slab   []signal.Field
	text   []byte
	marks  []mark
	values strings.Builder // the values of many lines, so that there is one allocation for them all
	prefix []byte
}

// mark is a field whose value is still in Flattener.text.
type mark struct {
	name string
	end  int
}

const (
	slabFields = 2048
	chunkBytes = 32 << 10
	maxKnown   = 4096
)

// Parse reads one JSON document. The value is valid until the next call.
func (f *Flattener) Parse(b []byte) (*fastjson.Value, error) {
	v, err := f.parser.ParseBytes(b)
	if err != nil {
		return nil, errs.Invalidf("not JSON: %s", firstLine(err.Error()))
	}
	return v, nil
}

// firstLine shortens what the parser says, which can repeat the whole input.
func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "; unparsed tail")
	s, _, _ = strings.Cut(s, ": \"")
	return s[:min(len(s), 200)]
}

// Object reads one JSON object and returns its fields, which stay valid.
func (f *Flattener) Object(b []byte) ([]signal.Field, error) {
	if tooMany(b) {
		return nil, errs.Invalidf("more than %d values in one line", maxValues)
	}
	if f.plain(b) {
		return f.end(), nil
	}
	v, err := f.Parse(b)
	if err != nil {
		return nil, err
	}
	o, err := v.Object()
	if err != nil {
		return nil, errs.Invalidf("not a JSON object but %s", v.Type())
	}
	return f.Fields(o), nil
}

// Fields are the fields of an object; they stay valid.
func (f *Flattener) Fields(o *fastjson.Object) []signal.Field {
	f.begin()
	f.visit(o)
	return f.end()
}

// Value is one value under a name: several fields when it is an object.
func (f *Flattener) Value(name string, v *fastjson.Value) []signal.Field {
	f.begin()
	f.prefix = append(f.prefix, name...)
	f.value(v)
	return f.end()
}

func (f *Flattener) begin() {
	if f.known == nil {
		f.known = map[string]string{}
	}
	f.text, f.marks, f.prefix = f.text[:0], f.marks[:0], f.prefix[:0]
}

func (f *Flattener) visit(o *fastjson.Object) {
	base := len(f.prefix)
	o.Visit(func(key []byte, v *fastjson.Value) {
		if base > 0 {
			f.prefix = append(f.prefix, '.')
		}
		f.prefix = append(f.prefix, key...)
		f.value(v)
		f.prefix = f.prefix[:base]
	})
}

func (f *Flattener) value(v *fastjson.Value) {
	switch v.Type() {
	case fastjson.TypeNull:
		return
	case fastjson.TypeObject:
		f.visit(v.GetObject())
		return
	case fastjson.TypeString:
		f.text = append(f.text, v.GetStringBytes()...)
	default:
		f.text = v.MarshalTo(f.text)
	}
	f.marks = append(f.marks, mark{f.name(), len(f.text)})
}

func (f *Flattener) name() string {
	if name, ok := f.known[string(f.prefix)]; ok {
		return name
	}
	name := string(f.prefix)
	if len(f.known) < maxKnown && len(name) <= 256 {
		f.known[name] = name
	}
	return name
}

// end copies all values at once, and takes room for the fields from a slab: two allocations
// for many lines instead of two for each field.
func (f *Flattener) end() []signal.Field {
	if len(f.marks) == 0 {
		return nil
	}
	text, start := f.keep(f.text), 0
	out := f.room(len(f.marks))
	for i, m := range f.marks {
		out[i] = signal.Field{Name: m.name, Value: text[start:m.end]}
		start = m.end
	}
	return out
}

// keep is a text that stays valid. A Builder never changes what it has handed out; before one would
// have to move, another is begun.
func (f *Flattener) keep(text []byte) string {
	if len(text) > chunkBytes/8 {
		return string(text) // does not hold the memory of others
	}
	if f.values.Cap()-f.values.Len() < len(text) {
		f.values = strings.Builder{}
		f.values.Grow(chunkBytes)
	}
	start := f.values.Len()
	f.values.Write(text)
	return f.values.String()[start:]
}

// room is a slice that grows into memory of its own.
func (f *Flattener) room(n int) []signal.Field {
	if len(f.slab) < n+2 {
		f.slab = make([]signal.Field, max(slabFields, n+2))
	}
	out := f.slab[: n : n+2] // two more, for a mark and an extra field
	f.slab = f.slab[n+2:]
	return out
}
