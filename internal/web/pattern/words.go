package pattern

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/base/text"
	"mainstay/internal/domain/pattern"
	"mainstay/internal/domain/search"
	"mainstay/internal/web/ui"
)

// then says when the range was with which this one is compared.
func (in listPage) then() string {
	days := int(in.found.Shift / (24 * time.Hour))
	switch {
	case days == 1:
		return "yesterday"
	case days == 7 && in.span.length <= 24*time.Hour:
		return "a week ago"
	}
	return fmt.Sprintf("the %d days before", days)
}

// change says how a pattern's count has changed.
type change struct {
	word  string
	state ui.State
	icon  string
	first bool // the instant of the first line follows
	why   string
}

func (in listPage) change(f pattern.Found) change {
	then := in.then()
	was := fmt.Sprintf("%s %s", lines(int64(f.Before+0.5)), then)
	switch {
	case f.New:
		return change{word: "New since", state: ui.Warn, icon: "plus", first: true, why: "Never seen before"}
	case f.Gone():
		return change{word: "Gone", state: ui.Unknown, icon: "cross", why: was}
	case !f.Compared:
		return change{word: "–", why: "Nothing is known of " + then}
	case f.Before < 0.5:
		return change{word: "None " + then, state: ui.Warn, icon: "up", why: was}
	}
	times := f.Times()
	switch {
	case times >= 1.5 && f.Lines >= 5:
		return change{word: ratio(times) + "× " + then, state: ui.Warn, icon: "up", why: was}
	case times <= 1/1.5 && f.Before >= 5:
		return change{word: ratio(times) + "× " + then, state: ui.Inactive, icon: "down", why: was}
	}
	return change{word: "As " + then, why: was}
}

// ratio writes how many times as many: 0.25, 1.5, 10.
func ratio(times float64) string {
	switch {
	case times >= 10_000:
		return "over 10,000"
	case times >= 10:
		return count(int64(times + 0.5))
	case times < 0.01:
		return "under 0.01"
	case times < 1:
		return strconv.FormatFloat(times, 'g', 1, 64)
	}
	return strings.TrimSuffix(strconv.FormatFloat(times, 'f', 1, 64), ".0")
}

func share(s float64) string {
	switch {
	case s == 0:
		return "0 %"
	case s < 0.001:
		return "< 0.1 %"
	}
	return strconv.FormatFloat(s*100, 'f', 1, 64) + " %"
}

func lines(n int64) string {
	if n == 1 {
		return "1 line"
	}
	return count(n) + " lines"
}

// count writes a number with commas: 13,294.
func count(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// oneLine makes what a line says safe to look at, and short.
func oneLine(s string, most int) string { return text.OneLine(s, most) }

// levelOf is the level of a pattern's example.
func levelOf(f pattern.Found) search.Level {
	if f.Level == "" {
		return search.Unknown
	}
	return search.Level(f.Level)
}

// icons stand beside the words of levels, as on the page of lines.
var icons = map[search.Level]string{
	search.Fatal: "cross", search.Error: "cross", search.Warn: "triangle", search.Info: "info",
	search.Debug: "dash", search.Trace: "dash", search.Unknown: "question",
}

// sparkWords says a sparkline to those who do not see it.
func (in listPage) sparkWords() string {
	return fmt.Sprintf("Lines in steps of %s over %s", ui.Words(in.found.SparkStep), ui.Words(in.found.SparkStep*pattern.Sparks))
}
