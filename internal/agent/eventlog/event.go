// Package eventlog reads the event log of Windows.
//
// Events are fetched by the functions of wevtapi.dll: EvtSubscribe from a bookmark on, EvtNext, and
// EvtRender as XML. They go to the disk buffer and then the bookmark is written, so that a crash
// repeats the last events and loses none.
//
// What an event's XML says is taken apart here on every system, and tested with events as Microsoft
// documents them. The calls into wevtapi have been compiled and vetted, and not yet run: try them on
// Windows before you rely on them.
package eventlog

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"mainstay/internal/agent/line"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
)

// levels are the standard levels of winmeta.xml. 0 is "log always", and what audits have.
var levels = map[string]string{"0": "info", "1": "fatal", "2": "error", "3": "warn", "4": "info", "5": "debug"}

// Limits of what is taken apart.
const (
	maxXML    = 1 << 20
	maxFields = 200
	maxDepth  = 20
)

// Parse takes an event's XML (schema http://schemas.microsoft.com/win/2004/08/events/event) apart.
// Elements below System have fields of their names, their attributes too (provider_name,
// time_created_system_time …); the Data of EventData has fields data.NAME, or data.1, data.2 … where it has no
// name; what UserData holds has data.ELEMENT. time is zero when the event does not say it.
func Parse(text []byte) (fields []line.Field, at time.Time, err error) {
	if len(text) > maxXML {
		return nil, time.Time{}, errs.Invalidf("the event has %d bytes, at most %d are taken apart", len(text), maxXML)
	}
	p := parser{seen: map[string]bool{}}
	d := xml.NewDecoder(strings.NewReader(string(text)))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, time.Time{}, &errs.E{Kind: errs.Invalid, Message: "the event is not XML that can be read", Err: err}
		}
		if err := p.token(token); err != nil {
			return nil, time.Time{}, err
		}
	}
	if !p.event {
		return nil, time.Time{}, errs.Invalidf("the event has no Event element")
	}
	return p.finish()
}

type parser struct {
	path   []string // names of the open elements
	name   string   // of the field that character data belongs to
	text   strings.Builder
	fields []line.Field
	seen   map[string]bool
	event  bool
	data   int // Data elements so far
}

func (p *parser) token(t xml.Token) error {
	switch t := t.(type) {
	case xml.StartElement:
		return p.open(t)
	case xml.CharData:
		p.text.Write(t)
	case xml.EndElement:
		p.close()
	}
	return nil
}

func (p *parser) open(e xml.StartElement) error {
	if len(p.path) == 0 && e.Name.Local != "Event" || len(p.path) >= maxDepth {
		return errs.Invalidf("the event is not one Event element, nested at most %d deep", maxDepth)
	}
	p.event = true
	p.path = append(p.path, e.Name.Local)
	p.text.Reset()
	p.name = p.field(e)
	if len(p.path) == 3 && p.path[1] == "System" {
		for _, a := range e.Attr {
			if a.Name.Local != "xmlns" && a.Name.Space != "xmlns" {
				p.add(snake(e.Name.Local)+"_"+snake(a.Name.Local), a.Value)
			}
		}
	}
	return nil
}

// field names what an element's text is.
func (p *parser) field(e xml.StartElement) string {
	if len(p.path) < 3 {
		return ""
	}
	switch p.path[1] {
	case "System":
		return snake(e.Name.Local)
	case "RenderingInfo":
		return "rendered_" + snake(e.Name.Local)
	case "EventData":
		p.data++
		for _, a := range e.Attr {
			if a.Name.Local == "Name" && a.Value != "" {
				return "data." + a.Value
			}
		}
		return fmt.Sprintf("data.%d", p.data)
	case "UserData":
		return "data." + strings.Join(p.path[3:], ".")
	}
	return ""
}

func (p *parser) close() {
	if p.name != "" {
		p.add(p.name, strings.TrimSpace(p.text.String()))
	}
	p.name = ""
	p.text.Reset()
	p.path = p.path[:len(p.path)-1]
}

// add keeps the first value of each name.
func (p *parser) add(name, value string) {
	if value == "" || name == "data." || p.seen[name] || len(p.fields) >= maxFields {
		return
	}
	p.seen[name] = true
	p.fields = append(p.fields, line.Field{Name: name, Value: value})
}

func (p *parser) get(name string) string {
	for _, f := range p.fields {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// finish adds what all lines have: the time, the level and the message.
func (p *parser) finish() ([]line.Field, time.Time, error) {
	at, err := time.Parse(time.RFC3339Nano, p.get("time_created_system_time"))
	if err != nil || !clock.Plausible(at) {
		at = time.Time{}
	}
	fields := []line.Field{{Name: "_msg", Value: p.message()}}
	if name := levels[p.get("level")]; name != "" {
		fields = append(fields, line.Field{Name: "severity", Value: name})
	}
	return append(fields, p.fields...), at.UTC(), nil
}

// message is what Windows has rendered, else the provider, the event's number and its data.
func (p *parser) message() string {
	if text := p.get("rendered_message"); text != "" {
		return text
	}
	words := []string{p.get("provider_name"), p.get("event_id")}
	for _, f := range p.fields {
		if name, ok := strings.CutPrefix(f.Name, "data."); ok {
			words = append(words, name+"="+f.Value)
		}
	}
	return strings.TrimSpace(strings.Join(words, " "))
}

// snake makes time_created of TimeCreated and event_id of EventID.
func snake(s string) string {
	var b strings.Builder
	for i, r := range s {
		upper := r >= 'A' && r <= 'Z'
		if upper && i > 0 && (s[i-1] < 'A' || s[i-1] > 'Z') && s[i-1] != '_' {
			b.WriteByte('_')
		}
		if upper {
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Line is the NDJSON line of an event of a channel, with more fields of its own. One that cannot be taken apart is kept whole.
func Line(host, channel string, text []byte, more ...line.Field) []byte {
	fields, at, err := Parse(text)
	if err != nil {
		fields = []line.Field{{Name: "_msg", Value: string(text)}, {Name: "event_error", Value: err.Error()}}
	}
	common := []line.Field{{Name: "host", Value: host}, {Name: "file", Value: "eventlog:" + channel}}
	if !at.IsZero() {
		common = append(common, line.Field{Name: "_time", Value: at.Format(time.RFC3339Nano)})
	}
	taken := map[string]bool{"host": true, "file": true, "_time": true}
	for _, f := range slices.Concat(more, fields) {
		if !taken[f.Name] {
			taken[f.Name] = true
			common = append(common, f)
		}
	}
	return line.Append(nil, common)
}
