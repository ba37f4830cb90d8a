package pattern

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/pattern"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// span is a range that ends now.
type span struct {
	name, label string
	length      time.Duration
}

var spans = []span{
	{"1h", "Last 1 h", time.Hour},
	{"6h", "Last 6 h", 6 * time.Hour},
	{"24h", "Last 24 h", 24 * time.Hour},
	{"7d", "Last 7 d", 7 * 24 * time.Hour},
	{"30d", "Last 30 d", 30 * 24 * time.Hour},
}

const usual = "24h"

// markers are quick choices of the instant from which a pattern is new.
var markers = []span{
	{"1h", "1 h ago", time.Hour},
	{"6h", "6 h ago", 6 * time.Hour},
	{"24h", "24 h ago", 24 * time.Hour},
	{"7d", "7 d ago", 7 * 24 * time.Hour},
}

// listPage is the page: what was asked and what was found.
type listPage struct {
	values url.Values
	now    time.Time
	span   span
	q      pattern.Question
	found  pattern.List
	err    error // why the address cannot be answered
}

// list shows the patterns. An address that cannot be answered is shown with what is wrong.
func (p pages) list(r *http.Request, by actor.Actor) (action.Answer, error) {
	in := listPage{values: r.URL.Query(), now: p.Patterns.Clock.Now()}
	in.err = in.read()
	if in.err == nil {
		in.found, in.err = p.Patterns.List(r.Context(), by, in.q)
	}
	switch {
	case in.err == nil:
		return action.Show(list(in)), nil
	case errs.Is(in.err, errs.Invalid):
		return action.Again(list(in), in.err), nil
	}
	return action.Answer{}, in.err
}

// read reads the address.
func (in *listPage) read() error {
	var c errs.Check
	get := in.values.Get
	in.span = spans[2]
	if name := get("range"); name != "" {
		i := slices.IndexFunc(spans, func(s span) bool { return s.name == name })
		if c.Require(i >= 0, "range", "must be one of 1h, 6h, 24h, 7d, 30d, not %q", name); i >= 0 {
			in.span = spans[i]
		}
	}
	in.q = pattern.Question{Source: get("source"), Service: get("service"), From: in.now.Add(-in.span.length), To: in.now,
		Against: pattern.Against(get("against")), Order: pattern.Order(get("sort"))}
	if of := get("of"); of != "" { // a source and a service chosen together
		in.q.Source, in.q.Service, _ = strings.Cut(of, "/")
	}
	in.q.Since = in.since(&c, get("since"))
	return c.Err("the address of this page")
}

func (in *listPage) since(c *errs.Check, text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	for _, m := range markers {
		if m.name == text {
			return in.now.Add(-m.length)
		}
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if t, err := time.Parse(layout, text); err == nil && t.Year() > 1970 && t.Year() < 2262 {
			return t.UTC()
		}
	}
	c.Add("since", "must be a time such as 2026-03-01T14:00, or one of 1h, 6h, 24h, 7d, not %q", text)
	return time.Time{}
}

// with is the address of the page with one value set, or taken away where it is empty.
func (in listPage) with(name, value string) string {
	q := url.Values{}
	for _, k := range []string{"of", "source", "service", "range", "against", "since", "sort"} {
		if v := in.values.Get(k); v != "" {
			q.Set(k, v)
		}
	}
	if q.Del(name); value != "" {
		q.Set(name, value)
	}
	if len(q) == 0 {
		return home
	}
	return home + "?" + q.Encode()
}

func (in listPage) orders() []ui.Tab {
	var out []ui.Tab
	for _, t := range []struct {
		order pattern.Order
		label string
	}{{"", "Most lines"}, {pattern.ByChange, "Greatest change"}, {pattern.ByNew, "New first"}} {
		chosen := in.q.Order
		if chosen == pattern.ByCount {
			chosen = ""
		}
		out = append(out, ui.Tab{Label: t.label, URL: in.with("sort", string(t.order)), Current: chosen == t.order})
	}
	return out
}

// origins are the sources and services to choose from.
func (in listPage) origins() []ui.Option {
	out := []ui.Option{{Value: "", Label: "All"}}
	lastSource := ""
	several := map[string]int{}
	for _, o := range in.found.Origins {
		several[o.Source]++
	}
	for _, o := range in.found.Origins {
		if o.Source != lastSource && (several[o.Source] > 1 || o.Service == "") {
			out = append(out, ui.Option{Value: o.Source, Label: oneLine(o.Source, 60)})
		}
		lastSource = o.Source
		if o.Service != "" {
			out = append(out, ui.Option{Value: o.Source + "/" + o.Service, Label: oneLine(o.Service+" · "+o.Source, 60)})
		}
	}
	if chosen := in.of(); chosen != "" && !slices.ContainsFunc(out, func(o ui.Option) bool { return o.Value == chosen }) {
		out = append(out, ui.Option{Value: chosen, Label: oneLine(strings.Trim(in.q.Service+" · "+in.q.Source, " ·"), 60)})
	}
	return out
}

func (in listPage) of() string {
	if in.q.Service == "" {
		return in.q.Source
	}
	return in.q.Source + "/" + in.q.Service
}

func (in listPage) spans() (out []ui.Option) {
	for _, s := range spans {
		value := s.name
		if value == usual {
			value = ""
		}
		out = append(out, ui.Option{Value: value, Label: s.label})
	}
	return out
}

func (in listPage) spanValue() string {
	if in.span.name == usual {
		return ""
	}
	return in.span.name
}

func (in listPage) against() string {
	if in.q.Against == pattern.Day {
		return ""
	}
	return string(in.q.Against)
}

// sinceValue is the marker for its control, in UTC; "" where the reader has not set one.
func (in listPage) sinceValue() string {
	if in.q.Since.IsZero() {
		return ""
	}
	return in.q.Since.Format("2006-01-02T15:04")
}

// searchURL leads to the lines of a pattern: those of before, where there are none any more.
func (in listPage) searchURL(f pattern.Found) string {
	query := f.LogsQL()
	if query == "" {
		return ""
	}
	from, to := in.found.From, in.found.To
	if f.Gone() {
		from, to = from.Add(-in.found.Shift), to.Add(-in.found.Shift)
	}
	q := url.Values{"q": {query}, "as": {"logsql"}, "range": {"custom"}, "start": {from.Format(time.RFC3339)}, "end": {to.Format(time.RFC3339)}}
	return "/logs?" + q.Encode()
}

// early reports whether nothing came before what is listed.
func (in listPage) early() bool {
	return !slices.ContainsFunc(in.found.Patterns, func(f pattern.Found) bool { return f.New || f.Compared })
}

// bar is one step of a sparkline.
type bar struct{ x, y, height string }

const sparkHeight = 20

// bars draw a sparkline, each by itself: it shows when, the numbers beside it how many.
func bars(spark []int64) (out []bar) {
	most := slices.Max(append(slices.Clone(spark), 1))
	for i, n := range spark {
		if n > 0 {
			h := max(2, float64(n)/float64(most)*sparkHeight)
			out = append(out, bar{strconv.Itoa(i * 4), strconv.FormatFloat(sparkHeight-h, 'f', 1, 64), strconv.FormatFloat(h, 'f', 1, 64)})
		}
	}
	return out
}
