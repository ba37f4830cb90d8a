package format

import (
	"strings"
	"time"

	"mainstay/internal/engine/signal"
)

// Looker finds in the text of rows what a Parser finds in lines. Its zero value looks with the options of UTC and
// for every kind. It is for one goroutine.
type Looker struct {
	Options
	parser Parser
}

// believed is since when an instant in a text is one. What is before it is some other number.
var believed = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)

// Look looks once at the text of a row, which may be several lines, and fills what the row does not have: its
// instant, its level and the fields that the text names. The text stays as it is, and so do fields that are
// there. A text that is in no known format, or in another than the one asked for, is no error.
func (l *Looker) Look(row *signal.Row) {
	text := row.Get(signal.Message)
	if text == "" || row.Fault != "" || later(row.Get("part")) {
		return
	}
	l.parser.Options = l.Options
	found, ok := l.parser.one(l.kind(text), text)
	if !ok {
		return
	}
	if row.Time.IsZero() && found.Time.After(believed) {
		row.Time = found.Time
	}
	for _, f := range found.Fields {
		if f.Name == signal.Message && f.Value != text {
			f.Name = "message" // in JSON and logfmt it is one of several fields
		}
		if f.Value != "" && !ours[f.Name] && row.Get(f.Name) == "" {
			row.Fields = append(row.Fields, f)
		}
	}
}

// later reports whether a row is not the first part of its line.
func later(part string) bool { return part != "" && part != "1" && !strings.HasPrefix(part, "1/") }

// ours are fields in which a text cannot speak.
var ours = map[string]bool{signal.Message: true, signal.TimeField: true, signal.ParseError: true, signal.TimeError: true, signal.OriginalTime: true}

// kind is how a text is written.
func (l *Looker) kind(text string) Kind {
	if l.Kind != "" && l.Kind != Auto {
		return l.Kind
	}
	first, _, _ := strings.Cut(text, "\n")
	for _, k := range kinds {
		if begins(k, first, l.Options) {
			return k
		}
	}
	return Plain
}
