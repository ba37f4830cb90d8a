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
	if !slices.ContainsFunc(r.Fields, func(f signal.Field) bool { return len(f.Name) > maxName }) {
		return
	}
	long, short, used := map[string]string{}, map[string]string{}, namesOf(r)
	for i := range r.Fields {
		f := &r.Fields[i]
		if len(f.Name) <= maxName {
			continue
		}
		name := shortName(f.Name, maxName)
		if used.taken[name] {
			name = shortName(f.Name, maxName-len("_10000"))
		}
		name = used.free(name)
		long[name], short[f.Name] = f.Name, name
		f.Name = name
	}
	restream(r, short)
	r.Set(longNames, asJSON(long))
}

// shortName is the beginning of a long name and what tells it from others that begin so, n bytes together.
func shortName(name string, n int) string {
	h := fnv.New32a()
	h.Write([]byte(name)) // never fails
	return cut(name, n-len("~01234567")) + "~" + fmt.Sprintf("%08x", h.Sum32())
}

// packFields keeps n fields: those that mean something to us and that tell the streams apart wherever they stand,
// then the first ones. It packs the others into one.
func packFields(r *signal.Row, n int) {
	rest := map[string]string{}
	stays := keptOf(r)
	room := n - 1
	for _, f := range r.Fields {
		if stays[f.Name] {
			room--
		}
	}
	kept := r.Fields[:0]
	for _, f := range r.Fields {
		switch {
		case stays[f.Name]:
			kept = append(kept, f)
		case room > 0:
			kept = append(kept, f)
			room--
		default:
			rest[f.Name] = f.Value
		}
	}
	r.Fields = append(kept, signal.Field{Name: moreFields, Value: asJSON(rest)})
}

// ours are fields that stay whatever else must go: searches, rules and pages look for them.
var ours = []string{
	signal.Message, signal.Source, signal.Service, signal.Component, signal.Environment, hostField, levelField, "severity",
	signal.ParseError, signal.TimeError, signal.OriginalTime, signal.Uploaded, longNames,
}

// maxAsked is how many fields of a stream stay. The engine takes less.
const maxAsked = 100

// keptOf are the names of the fields of a row that stay: ours, and those that its sender tells streams apart by.
func keptOf(r *signal.Row) map[string]bool {
	stays := map[string]bool{}
	for _, name := range slices.Concat(ours, r.Stream[:min(len(r.Stream), maxAsked)]) {
		stays[name] = true
	}
	return stays
}

// maxKept is how large a field may be, in bytes, to stay in a row that is too large: all of them together leave room
// for the message.
const maxKept = 4 << 10

// split makes several rows of one that is too large: each holds a part of the message and all of the
// other fields. When those are too large themselves, the larger ones go to the end of the message.
func (in *intake) split(r signal.Row) []signal.Row {
	for i := range r.Fields {
		if name := r.Fields[i].Name; name == partField || name == wholeField {
			aside(&r, i)
		}
	}
	message, stays := r.Get(signal.Message), keptOf(&r)
	var others []signal.Field
	large := map[string]string{}
	room := maxOther
	for _, f := range r.Fields {
		size := fieldSize(f)
		switch {
		case f.Name == signal.Message:
		case size <= room/8 || stays[f.Name] && size <= maxKept:
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
