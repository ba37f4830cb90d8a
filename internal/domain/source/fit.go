package source

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"mainstay/internal/engine/signal"
)

// What the engine takes. It drops without an error what exceeds its own limits: 1,000 fields, 128
// bytes of a name, 2 MiB of a row, an instant outside of its retention. Ours are below them.
const (
	maxFields   = 900
	maxName     = 128
	maxRow      = 1 << 20
	maxOther    = maxRow / 2 // of all fields but the message
	maxAhead    = 24 * time.Hour
	retainAhead = time.Hour // a row must not age out while it is on its way
)

// Fields that tell what was done to a line that did not fit.
const (
	partField  = "part"        // "2/5" of a line that was split
	wholeField = "part_of"     // the same for all parts of one line
	moreFields = "more_fields" // fields beyond the limit, as JSON
	longNames  = "long_names"  // short name to full name, as JSON
)

// reserved names belong to the engine.
var reserved = map[string]bool{signal.TimeField: true, signal.StreamField: true, signal.StreamIDField: true, "": true}

// fit adds the rows that the engine takes of one that it may not take.
func (in *intake) fit(r signal.Row) {
	in.fitTime(&r)
	fitNames(&r)
	if len(r.Fields) > maxFields {
		packFields(&r, maxFields)
	}
	if rowSize(r) > maxRow {
		in.rows = append(slices.Clip(in.rows), in.split(r)...) // elsewhere: the next rows are still to come
		return
	}
	in.rows = append(in.rows, r)
}

// fitTime gives a line without an instant that of its arrival. So does one whose instant
// cannot be stored, and its own is kept beside it.
func (in *intake) fitTime(r *signal.Row) {
	why := ""
	switch {
	case r.Time.IsZero():
		r.Time = in.received
	case !in.oldest.IsZero() && r.Time.Before(in.oldest.Add(retainAhead)):
		why = "too old: before " + in.oldest.UTC().Format(time.RFC3339) + " nothing is kept"
	case r.Time.After(in.received.Add(maxAhead)):
		why = "too far ahead of the clock here, which said " + in.received.UTC().Format(time.RFC3339)
	}
	if why == "" {
		return
	}
	if in.misdated == 0 {
		in.why = why
	}
	r.Set(signal.TimeError, why)
	r.Set(signal.OriginalTime, r.Time.UTC().Format(time.RFC3339Nano))
	r.Time = in.received.Add(time.Duration(in.misdated)) // a nanosecond apart keeps their order
	in.misdated++
}

func fitNames(r *signal.Row) {
	var long map[string]string
	for i := range r.Fields {
		f := &r.Fields[i]
		switch {
		case reserved[f.Name]:
			f.Name = sentPrefix + f.Name
		case len(f.Name) > maxName:
			short := shortName(f.Name)
			if long == nil {
				long = map[string]string{}
			}
			long[short], f.Name = f.Name, short
		}
	}
	if long != nil {
		r.Set(longNames, asJSON(long))
	}
}

// shortName is the beginning of a long name and what tells it from others that begin so.
func shortName(name string) string {
	h := fnv.New32a()
	h.Write([]byte(name)) // never fails
	return cut(name, maxName-9) + "~" + fmt.Sprintf("%08x", h.Sum32())
}

// packFields keeps the first n fields, and those that mean something to us, and packs the others into one.
func packFields(r *signal.Row, n int) {
	rest := map[string]string{}
	kept := r.Fields[:0]
	for _, f := range r.Fields {
		if len(kept) < n-1 || ours[f.Name] {
			kept = append(kept, f)
		} else {
			rest[f.Name] = f.Value
		}
	}
	r.Fields = append(kept, signal.Field{Name: moreFields, Value: asJSON(rest)})
}

// ours are fields that stay whatever else must go.
var ours = map[string]bool{
	signal.Message: true, signal.Source: true, signal.Service: true, signal.Component: true, signal.Environment: true,
	signal.ParseError: true, signal.TimeError: true, signal.OriginalTime: true, signal.Uploaded: true, longNames: true,
}

// split makes several rows of one that is too large: each holds a part of the message and all of the
// other fields. When those are too large themselves, the larger ones go to the end of the message.
func (in *intake) split(r signal.Row) []signal.Row {
	message := r.Get(signal.Message)
	var others []signal.Field
	large := map[string]string{}
	room := maxOther
	for _, f := range r.Fields {
		size := fieldSize(f)
		switch {
		case f.Name == signal.Message:
		case ours[f.Name] || size <= room/8:
			room -= size
			others = append(others, f)
		default:
			large[f.Name] = f.Value
		}
	}
	if len(large) > 0 {
		message = strings.TrimLeft(message+"\n"+asJSON(large), "\n")
	}
	parts := chunks(message, maxRow-maxOther)
	h := fnv.New64a()
	h.Write([]byte(message)) // never fails
	whole := strconv.FormatUint(h.Sum64(), 16)
	rows := make([]signal.Row, len(parts))
	for i, p := range parts {
		fields := append([]signal.Field{{Name: signal.Message, Value: p}}, others...)
		fields = append(fields, signal.Field{Name: partField, Value: fmt.Sprintf("%d/%d", i+1, len(parts))}, signal.Field{Name: wholeField, Value: whole})
		rows[i] = signal.Row{Time: r.Time.Add(time.Duration(i)), Fields: fields, Stream: r.Stream} // a nanosecond apart keeps their order
	}
	return rows
}

// chunks cuts a text into pieces of at most n bytes at the ends of characters.
func chunks(s string, n int) (out []string) {
	for len(s) > n {
		piece := cut(s, n)
		out, s = append(out, piece), s[len(piece):]
	}
	return append(out, s)
}

// cut is the longest beginning of s of at most n bytes that ends with a character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	end := n
	for end > n-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}

func fieldSize(f signal.Field) int { return len(f.Name) + len(f.Value) + len(`"":"",`) }

func rowSize(r signal.Row) (n int) {
	for _, f := range r.Fields {
		n += fieldSize(f)
	}
	return n
}

func asJSON(m map[string]string) string {
	b, _ := json.Marshal(m) // of strings: never fails
	return string(b)
}
