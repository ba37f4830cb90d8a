package logs

import (
	"context"
	"errors"
	"strconv"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/domain/search"
	"mainstay/internal/engine/signal"
	"mainstay/internal/web/ui"
)

// icons stand beside the words of levels.
var icons = map[search.Level]string{
	search.Fatal: "cross", search.Error: "cross", search.Warn: "triangle", search.Info: "info",
	search.Debug: "dash", search.Trace: "dash", search.Unknown: "question",
}

// mark is what was done to a line, in words.
type mark struct{ word, why string }

func marks(r search.Row) []mark {
	var out []mark
	add := func(field, word, why string) {
		if v := r.Get(field); v != "" {
			out = append(out, mark{word, why + oneLine(v, 200)})
		}
	}
	add(signal.ParseError, "not parsed", "Kept whole, because it could not be taken apart: ")
	add(signal.TimeError, "time of arrival", "Stored under the time of its arrival, because its own is ")
	add(signal.Replay, "maybe repeated", "Sent to the engine again after a crash, so it may be here twice: ")
	add("part", "part", "One part of a line that was too long: ")
	return out
}

// said is the message of a line, or its fields where it has none.
func said(r search.Row, most int) string {
	if r.Message != "" {
		return oneLine(r.Message, most)
	}
	out := ""
	for _, f := range r.Fields {
		if len(out) > most {
			break
		}
		if f.Name != signal.Source && f.Name != signal.Service && f.Name != "host" {
			out += f.Name + "=" + f.Value + " "
		}
	}
	return oneLine(out, most)
}

// stampOf writes an instant of a line as js/time.js does with the format "log".
func stampOf(t, now time.Time) string {
	t, now = t.UTC(), now.UTC()
	clock := t.Format("15:04:05.000")
	switch {
	case t.Year() != now.Year():
		return t.Format("2 Jan 2006 ") + clock
	case t.YearDay() != now.YearDay():
		return t.Format("2 Jan ") + clock
	}
	return clock
}

// took says how long an answer took.
func took(d time.Duration) string {
	if d < time.Second {
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
}

// class marks a row.
func (f found) class(r search.Row) string {
	c := "log-row level-" + string(r.Level)
	if f.newest != nil && f.newest.ID == r.ID {
		c += " is-newest-error"
	}
	return c
}

// wider is the next longer range, "" when there is none.
func (f found) wider() (name, label string) {
	length := f.end.Sub(f.start)
	for _, s := range spans {
		if s.length > length {
			return s.name, s.label
		}
	}
	return "", ""
}

func unavailable(err error) bool { return errs.Is(err, errs.Unavailable) }

// sentence is an error for people, with the values that were refused.
func sentence(err error) string {
	out := ui.Sentence(err)
	for _, f := range errs.FieldsOf(err) {
		out += " " + f.Path + " " + f.Message + "."
	}
	return out
}

// noChartWhy is why there is no chart.
func noChartWhy(err error) string {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return "Counting takes longer than a page waits: search again, or take a shorter range of time."
	}
	return sentence(err)
}

// local is an instant for a datetime-local control, in UTC.
func local(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05") }

const timeColumn = signal.TimeField

// numeric reports whether all values of a column are numbers.
func (f found) numeric(column int) bool {
	name := f.answer.Columns[column]
	if name == timeColumn {
		return false
	}
	for _, r := range f.answer.Rows {
		if _, err := strconv.ParseFloat(r.Get(name), 64); err != nil {
			return false
		}
	}
	return true
}

// figure writes a number of a table; whole ones with commas.
func figure(s string) string {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return count(n)
	}
	return oneLine(s, 60)
}

func rowsOf(n int) string {
	if n == 1 {
		return "1 row"
	}
	return count(int64(n)) + " rows"
}
