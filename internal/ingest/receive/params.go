package receive

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
	"mainstay/internal/ingest/receive/format"
)

// Params are what the parameters of the address ask to do with the lines.
type Params struct {
	Time       []string // fields that may hold the instant, the first that is there counts
	Message    []string // fields that may hold the line itself
	Stream     []string // instead of the protocol's own
	Ignore     []string // left out; "a*" is every name that begins with a
	Decolorize []string // terminal colours are taken out of these
	Extra      []signal.Field
	// Look is as which kind of text the line itself is looked at for its time, level and fields; "" is not at all.
	Look format.Kind
	// Zone is that of times which name none, where the source has none either; nil is UTC.
	Zone *time.Location
}

// ParamsOf reads the parameters. It never reads the body as a form.
func ParamsOf(r *http.Request) (Params, error) {
	query := r.URL.Query()
	list := func(arg, header string) []string {
		text := query.Get(arg)
		if text == "" {
			text = r.Header.Get(header)
		}
		return names(text)
	}
	p := Params{
		Time:       list("_time_field", "VL-Time-Field"),
		Message:    list("_msg_field", "VL-Msg-Field"),
		Stream:     list("_stream_fields", "VL-Stream-Fields"),
		Ignore:     list("ignore_fields", "VL-Ignore-Fields"),
		Decolorize: list("decolorize_fields", "VL-Decolorize-Fields"),
	}
	for _, pair := range list("extra_fields", "VL-Extra-Fields") {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" || value == "" {
			return p, errs.Invalidf("extra_fields has %q, which must be name=value", pair)
		}
		p.Extra = append(p.Extra, signal.Field{Name: name, Value: value})
	}
	return p, p.look(query)
}

// look reads how the text of lines is to be looked at.
func (p *Params) look(query url.Values) (err error) {
	if name := query.Get("_parse_msg"); name != "" {
		if p.Look, err = format.Named(name); err != nil {
			return errs.Invalidf("_parse_msg: %v", err)
		}
	}
	if name := query.Get("_zone"); name != "" {
		if p.Zone, err = zone(name); err != nil {
			return errs.Invalidf("_zone must be an IANA time zone such as Europe/London, or an offset such as +01:00, not %.60q", name)
		}
	}
	return nil
}

// zone reads a zone by its name or its offset.
func zone(name string) (*time.Location, error) {
	if at, err := time.Parse("-07:00", name); err == nil {
		_, offset := at.Zone()
		return time.FixedZone(name, offset), nil
	}
	if name == "Local" {
		return nil, errs.Invalidf("the zone of the server is nobody's business")
	}
	return time.LoadLocation(name)
}

func names(text string) []string {
	var out []string
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); name != "" {
			out = append(out, name)
		}
	}
	return out
}

// Default gives the fields of time and message that count when the sender names none.
func (p *Params) Default(time, message []string) {
	if len(p.Time) == 0 {
		p.Time = time
	}
	if len(p.Message) == 0 {
		p.Message = message
	}
}

// Shape finds the instant and the line itself among a row's fields. An instant that cannot be
// read stays where it is, and the row is marked.
func (p *Params) Shape(row *signal.Row) {
	p.shapeMessage(row)
	p.shapeTime(row)
}

func (p *Params) shapeTime(row *signal.Row) {
	for _, name := range p.Time {
		i := index(row, name)
		if i < 0 || row.Fields[i].Value == "" {
			continue
		}
		at, err := format.ParseTime(row.Fields[i].Value, time.UTC)
		if err != nil {
			row.Fault = "field " + name + ": " + err.Error()
			return
		}
		row.Time = at
		row.Fields = slices.Delete(row.Fields, i, i+1)
		return
	}
}

func (p *Params) shapeMessage(row *signal.Row) {
	for _, name := range p.Message {
		i := index(row, name)
		if i < 0 || row.Fields[i].Value == "" {
			continue
		}
		if name == signal.Message {
			return
		}
		if old := index(row, signal.Message); old >= 0 {
			row.Fields[old].Name = signal.Message + "_2" // it was not what was asked for, but is there
		}
		row.Fields[i].Name = signal.Message
		return
	}
}

func index(row *signal.Row, name string) int {
	return slices.IndexFunc(row.Fields, func(f signal.Field) bool { return f.Name == name })
}

// finish does what is asked of every row, whatever the protocol.
func (p *Params) finish(row *signal.Row) {
	if len(p.Ignore) > 0 {
		row.Fields = slices.DeleteFunc(row.Fields, func(f signal.Field) bool { return p.ignores(f.Name) })
	}
	for _, name := range p.Decolorize {
		for i := range row.Fields {
			if row.Fields[i].Name == name {
				row.Fields[i].Value = decolorize(row.Fields[i].Value)
			}
		}
	}
	for _, f := range p.Extra {
		row.Set(f.Name, f.Value)
	}
	if len(p.Stream) > 0 {
		row.Stream = p.Stream
	}
}

func (p *Params) ignores(name string) bool {
	return slices.ContainsFunc(p.Ignore, func(pattern string) bool {
		prefix, open := strings.CutSuffix(pattern, "*")
		return pattern == name || open && strings.HasPrefix(name, prefix)
	})
}

// decolorize takes the control sequences of terminals out of a text (ECMA-48 §5.4, CSI).
func decolorize(s string) string {
	if !strings.Contains(s, "\x1b[") {
		return s
	}
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, "\x1b[")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		end := strings.IndexFunc(after, func(r rune) bool { return r >= 0x40 && r <= 0x7e })
		if end < 0 {
			return b.String()
		}
		s = after[end+1:]
	}
}
