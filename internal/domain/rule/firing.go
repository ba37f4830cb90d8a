package rule

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"mainstay/internal/base/text"
	"mainstay/internal/domain/alert"
	"mainstay/internal/engine/signal"
)

// labels are those of a group's alert: they make its fingerprint, so that repeats find it.
func (w *watch) labels(g *group, row signal.Row) map[string]string {
	out := map[string]string{}
	for _, l := range w.Spec.Labels {
		out[l.Name] = l.Value
	}
	set := func(name, value string) {
		if value != "" {
			out[name] = value
		}
	}
	component := w.Spec.Component
	if component == "" && len(g.values) == len(w.Spec.GroupBy) {
		component = row.Get(signal.Component)
	}
	set(signal.Service, labelValue(g.service))
	set(signal.Component, labelValue(component))
	for i, v := range g.values {
		set(w.groupLabel(i), labelValue(v))
	}
	out[labelName], out[labelRule] = w.Name, w.Name
	out[labelLevel] = strconv.Itoa(w.Spec.severity())
	return out
}

// groupLabel is the label of the i-th value of a group.
func (w *watch) groupLabel(i int) string {
	switch {
	case i >= len(w.Spec.GroupBy):
		return "group"
	case ourLabel(w.Spec.GroupBy[i]):
		return groupPrefix + w.Spec.GroupBy[i]
	}
	return w.Spec.GroupBy[i]
}

// labelValue makes any text a label's value. Long ones that begin alike stay different.
func labelValue(s string) string {
	s = clean(s)
	if len(s) <= maxText {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return cut(s, maxText-10) + " " + hex.EncodeToString(sum[:4])
}

// alertOf is what the alert room is told. The instant now is the records' one; lines keep the time
// on the wall, of which age is how long ago it was.
func (w *watch) alertOf(t telling, now time.Time, baseURL string) alert.In {
	e := t.episode
	in := alert.In{Labels: e.Labels, Link: w.link(t, baseURL)}
	switch t.what {
	case ends:
		in.Ends = now
		return in
	case fires:
		in.Starts = now.Add(-max(0, t.at.Sub(e.First)))
	}
	in.Annotations = map[string]string{
		"summary": w.summary(t), "count": strconv.FormatInt(e.Count, 10),
		"first": e.First.UTC().Format(time.RFC3339Nano), "last": e.Last.UTC().Format(time.RFC3339Nano),
	}
	for name, value := range map[string]string{"line": e.Line, "condition": e.Why, "description": w.description(t), "runbook": w.Spec.SOP} {
		if value != "" {
			in.Annotations[name] = value
		}
	}
	return in
}

// summary says in a line what was noticed: the line itself where there is one.
func (w *watch) summary(t telling) string {
	s := clean(w.Title())
	if of := GroupName(t.group.values); of != "" {
		s += " (" + labelValue(of) + ")"
	}
	switch {
	case w.kind == AtLeast && t.episode.Line != "":
		s += ": " + t.episode.Why + ", such as: " + t.episode.Line
	case t.episode.Line != "":
		s += ": " + t.episode.Line
	default:
		s += ": " + t.episode.Why
	}
	return cut(s, text.MaxLine)
}

// GroupName is what people call a group: its values, without those that its lines did not have.
func GroupName(values []string) string {
	there := slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
	return strings.Join(there, ", ")
}

func (w *watch) description(t telling) string {
	late := ""
	if t.at.Sub(t.episode.Last) > lateAfter && w.kind != Absent && w.kind != Volume {
		late = "The lines arrived late: they are of " + t.episode.Last.UTC().Format("2006-01-02 15:04:05 UTC") + "."
	}
	return strings.TrimSpace(strings.Join([]string{cut(clean(w.Spec.Description), maxSOP), late, t.episode.Line}, "\n"))
}

// link leads to the lines in the search, or to the rule where there are none or the question is
// too long for an address.
func (w *watch) link(t telling, baseURL string) string {
	if baseURL == "" {
		return ""
	}
	q := url.Values{"q": {w.question(t.group)}, "as": {"logsql"}, "range": {"custom"}, "start": {t.episode.First.Add(-time.Minute).UTC().Format(time.RFC3339)},
		"end": {t.episode.Last.Add(time.Minute).UTC().Format(time.RFC3339)}}
	to := baseURL + "/logs?" + q.Encode()
	if w.Spec.Filter == "" || w.kind == Absent || len(to) > text.MaxURL {
		return baseURL + "/rules/" + url.PathEscape(w.Name)
	}
	return to
}

// question is the LogsQL of a group's lines.
func (w *watch) question(g group) string {
	q := w.Spec.Filter
	if w.Spec.Service == "" && g.service != "" || len(g.values) > 0 {
		q = "(" + q + "\n)"
	}
	if w.Spec.Service == "" && g.service != "" {
		q += " " + signal.Service + ":=" + strconv.Quote(g.service)
	}
	for i, v := range g.values {
		if i < len(w.Spec.GroupBy) {
			q += " " + strconv.Quote(w.Spec.GroupBy[i]) + ":=" + strconv.Quote(v)
		}
	}
	return q
}

// textOf is a line as people read it: its message, or its fields.
func textOf(row signal.Row) string {
	if m := row.Get(signal.Message); m != "" {
		return m
	}
	var b strings.Builder
	for _, f := range row.Fields {
		if b.Len() > maxExample {
			break
		}
		b.WriteString(f.Name + "=" + strconv.Quote(f.Value) + " ")
	}
	return strings.TrimSpace(b.String())
}

// clean makes text storable and safe to look at, on one line, and a copy of what it was.
func clean(s string) string {
	s = s[:min(len(s), 4*maxExample)]
	return strings.Join(strings.Fields(text.Shown(strings.ReplaceAll(s, "\x00", "\uFFFD"))), " ")
}

// cut shortens s to at most n bytes at a character's end.
func cut(s string, n int) string {
	if len(s) <= n {
		return strings.Clone(s)
	}
	for n -= len("…"); n > 0 && !utf8.RuneStart(s[n]); n-- {
	}
	return s[:n] + "…"
}

func number(n int) string { return strconv.Itoa(n) }
