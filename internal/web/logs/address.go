package logs

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/domain/search"
)

// asked is what the address asks for.
type asked struct {
	values url.Values
	// text is what stands in the bar, logsql what it means.
	text   string
	as     search.Reading
	logsql string
	plain  bool

	last       string // one of ranges, or custom
	start, end time.Time
	columns    []string // chosen by the reader; nil leaves it to the page
	raw        bool
	before     *search.Cursor
}

// spans are the ranges that end now.
var spans = []struct {
	name, label string
	length      time.Duration
}{
	{"15m", "Last 15 min", 15 * time.Minute},
	{"1h", "Last 1 h", time.Hour},
	{"6h", "Last 6 h", 6 * time.Hour},
	{"24h", "Last 24 h", 24 * time.Hour},
	{"7d", "Last 7 d", 7 * 24 * time.Hour},
}

const (
	usual    = "1h"
	custom   = "custom"
	pageRows = 200
	noColumn = "-"
)

// read reads an address: ?q= text, as= (logsql, words), range= or start= and end=, col= (again and
// again), view=raw, before=. The rest is ignored.
func read(q url.Values, now time.Time) (asked, error) {
	a := asked{values: q, text: q.Get("q"), as: search.Reading(q.Get("as")), last: q.Get("range"), raw: q.Get("view") == "raw"}
	a.logsql, a.plain = search.Read(a.text, a.as)
	a.columns = slices.DeleteFunc(slices.Clone(q["col"]), func(c string) bool { return c == "" })
	if len(a.columns) > maxColumns {
		a.columns = a.columns[:maxColumns]
	}
	if a.last == "" && q.Get("start") != "" {
		a.last = custom
	}
	if err := a.span(now); err != nil {
		return a, err
	}
	if b := q.Get("before"); b != "" {
		c, err := search.ParseCursor(b)
		if err != nil {
			return a, err
		}
		a.before = &c
	}
	return a, nil
}

const maxColumns = 12

func (a *asked) span(now time.Time) error {
	a.start, a.end = now.Add(-time.Hour), now
	if a.last == custom {
		return a.between(now)
	}
	for _, s := range spans {
		if s.name == a.last {
			a.start = now.Add(-s.length)
			return nil
		}
	}
	a.last = usual
	return nil
}

func (a *asked) between(now time.Time) error {
	var c errs.Check
	read := func(name string, or time.Time) time.Time {
		text := a.values.Get(name)
		if text == "" {
			return or
		}
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02T15:04"} {
			if t, err := time.Parse(layout, text); err == nil && t.Year() > 1970 && t.Year() < 2262 {
				return t.UTC()
			}
		}
		c.Add(name, "must be a time such as 2026-03-01T14:00, not %q", text)
		return or
	}
	a.end = read("end", now)
	a.start = read("start", a.end.Add(-time.Hour))
	if a.end.Before(a.start) {
		c.Add("end", "must be after the start")
	}
	return c.Err("the range of time")
}

// question is what the address asks, for the search.
func (a asked) question() search.Question {
	return search.Question{LogsQL: a.logsql, Start: a.start, End: a.end, Limit: pageRows, Before: a.before}
}

// with is the address with some values set, or taken away where they are empty. What is asked
// anew begins with the newest lines.
func (a asked) with(path string, pairs ...string) string {
	q := maps.Clone(a.values)
	if q == nil {
		q = url.Values{}
	}
	q.Del("before")
	q.Del("wait")
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Del(pairs[i])
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	for name := range q {
		if !slices.Contains(kept, name) {
			q.Del(name)
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// kept are the values of an address that go from page to page.
var kept = []string{"q", "as", "range", "start", "end", "col", "view", "before", "wait", "t", "s", "m", "around", "all", "since", "format"}

// here is the address of the page as it is asked.
func (a asked) here(path string) string {
	if a.before == nil {
		return a.with(path)
	}
	return a.with(path, "before", a.before.String())
}

// searching is the address of the page with another text, which is LogsQL.
func (a asked) searching(logsql string) string {
	if logsql == "*" {
		return a.with(home, "q", "", "as", "")
	}
	return a.with(home, "q", logsql, "as", string(search.LogsQL))
}

const home = "/logs"

func (a asked) include(name, value string) string {
	return a.searching(search.With(a.logsql, name, value))
}
func (a asked) exclude(name, value string) string {
	return a.searching(search.Without(a.logsql, name, value))
}
func (a asked) only(name, value string) string { return a.searching(search.Is(name, value)) }

// within is the address of the page for another range.
func (a asked) within(from, to time.Time) string {
	return a.with(home, "range", custom, "start", from.UTC().Format(time.RFC3339Nano), "end", to.UTC().Format(time.RFC3339Nano))
}

// fixed are the ends of the range as values, so that later requests mean the same lines.
func (a asked) fixed() []string {
	return []string{"range", custom, "start", a.start.Format(time.RFC3339Nano), "end", a.end.Format(time.RFC3339Nano)}
}

// toggled is the address with a column more, or less.
func (a asked) toggled(shown []string, name string) string {
	q := maps.Clone(a.values)
	q.Del("col")
	next := slices.Clone(shown)
	if i := slices.Index(next, name); i >= 0 {
		next = slices.Delete(next, i, i+1)
	} else {
		next = append(next, name)
	}
	if len(next) == 0 {
		next = []string{noColumn}
	}
	q["col"] = next
	b := a
	b.values = q
	return b.here(home)
}

// lineURL is the permanent address of a line. The text goes with it, for the fields that its pipes
// make and for the way back.
func (a asked) lineURL(r search.Row, more ...string) string {
	p := r.Place()
	q := url.Values{"t": {p.Time.UTC().Format(time.RFC3339Nano)}, "s": {p.StreamID}, "m": {p.Mark}}
	for _, name := range []string{"q", "as"} {
		if v := a.values.Get(name); v != "" {
			q.Set(name, v)
		}
	}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return "/logs/line?" + q.Encode()
}

// placeOf reads where a line is.
func placeOf(q url.Values) (search.Place, error) {
	t, err := time.Parse(time.RFC3339Nano, q.Get("t"))
	if err != nil || q.Get("s") == "" {
		return search.Place{}, errs.NotFoundf("the address of this line is not whole: open it from the search again")
	}
	return search.Place{Time: t, StreamID: q.Get("s"), Mark: q.Get("m")}, nil
}

func number(q url.Values, name string, most int) int {
	n, err := strconv.Atoi(q.Get(name))
	if err != nil || n < 0 {
		return 0
	}
	return min(n, most)
}
