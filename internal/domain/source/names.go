package source

import (
	"slices"
	"strconv"

	"mainstay/internal/engine/signal"
)

// Some names of fields are the server's. What a sender says under one of them is kept beside, under sent_NAME, or
// under sent_NAME_2 and so on where it uses that name, too. No value takes the place of another.

// sentPrefix begins the names under which the senders' own values are kept.
const sentPrefix = "sent_"

// servers reports whether only the server uses a name: for what it did with a line, or because it is the engine's.
// The names that a sender may use as long as the server does not (service, part) are none of these.
func servers(name string) bool {
	switch name {
	case signal.ParseError, signal.TimeError, signal.OriginalTime, signal.Uploaded, signal.Replay, signal.Restored,
		moreFields, longNames, signal.TimeField, signal.StreamField, signal.StreamIDField, "":
		return true
	}
	return false
}

// disown takes the server's names away from a sender's fields, or it could hide lines from rules and searches.
func disown(r *signal.Row) {
	for i := range r.Fields {
		if servers(r.Fields[i].Name) {
			aside(r, i)
		}
	}
}

// aside gives a sender's field a name that is not the server's.
func aside(r *signal.Row, i int) {
	was := r.Fields[i].Name
	r.Fields[i].Name = free(r, sentPrefix+was)
	restream(r, map[string]string{was: r.Fields[i].Name})
}

// claim gives a field the server's value. A sender's own stays beside.
func claim(r *signal.Row, name, value string) {
	if had := r.Get(name); had != "" && had != value {
		r.Fields = append(r.Fields, signal.Field{Name: free(r, sentPrefix+name), Value: had})
	}
	r.Set(name, value)
}

// restream has the stream's fields under their new names. Rows share the list, so it is changed in a copy.
func restream(r *signal.Row, renamed map[string]string) {
	if !slices.ContainsFunc(r.Stream, func(name string) bool { return renamed[name] != "" }) {
		return
	}
	r.Stream = slices.Clone(r.Stream)
	for i, name := range r.Stream {
		if now := renamed[name]; now != "" {
			r.Stream[i] = now
		}
	}
}

// free is the name, or the first of name_2, name_3 and so on that the row does not use.
func free(r *signal.Row, name string) string {
	if !slices.ContainsFunc(r.Fields, func(f signal.Field) bool { return f.Name == name }) {
		return name
	}
	return namesOf(r).free(name)
}

// names are those that a row uses. What was given out last is remembered, so that a line of ten thousand equal
// names is not looked through for each.
type names struct {
	taken map[string]bool
	last  map[string]int
}

func namesOf(r *signal.Row) names {
	n := names{make(map[string]bool, len(r.Fields)), map[string]int{}}
	for i := range r.Fields {
		n.taken[r.Fields[i].Name] = true
	}
	return n
}

func (n names) free(name string) string {
	for as, k := name, max(n.last[name], 1); ; as = name + "_" + strconv.Itoa(k) {
		if !n.taken[as] {
			n.taken[as], n.last[name] = true, k
			return as
		}
		k++
	}
}

// distinct tells fields apart that have come to the same name, as masked names can. Rows beside each other mostly
// have the same names, so it keeps the last ones that it found in order.
func (in *intake) distinct(r *signal.Row) {
	if slices.EqualFunc(r.Fields, in.sound, func(f signal.Field, name string) bool { return f.Name == name }) {
		return
	}
	seen := make(map[string]int, len(r.Fields))
	var n names
	out := r.Fields[:0]
	for _, f := range r.Fields {
		at, repeated := seen[f.Name]
		switch {
		case repeated && out[at].Value == "": // which is none
			out[at].Value = f.Value
			continue
		case repeated && (f.Value == "" || f.Value == out[at].Value):
			continue
		case repeated:
			if n.taken == nil {
				n = namesOf(r)
			}
			f.Name = n.free(f.Name)
		}
		seen[f.Name] = len(out)
		out = append(out, f)
	}
	r.Fields = out
	in.sound = in.sound[:0]
	for i := range out {
		in.sound = append(in.sound, out[i].Name)
	}
}
