package calendar

import (
	"iter"
	"slices"
	"strings"
	"time"

	"mainstay/internal/base/errs"
)

// Interval is a stretch of wall-clock time that starts on one day: From is below 24:00, To is
// after From and, when the interval runs past midnight, above 24:00.
type Interval struct{ From, To TimeOfDay }

// String returns the interval as 09:00-17:30.
func (i Interval) String() string { return i.From.String() + "-" + i.To.String() }

// parseInterval reads 09:00-17:30. An end before the start is on the next day.
func parseInterval(s string) (Interval, bool) {
	from, to, ok := strings.Cut(s, "-")
	f, fok := ParseTimeOfDay(from)
	t, tok := ParseTimeOfDay(to)
	if !ok || !fok || !tok || f == midnight || f == t {
		return Interval{}, false
	}
	if t < f {
		t += midnight
	}
	return Interval{f, t}, true
}

// parseHours reads one or more intervals, separated by commas, in any order.
func parseHours(c *errs.Check, path, s string) []Interval {
	var out []Interval
	for part := range strings.SplitSeq(s, ",") {
		i, ok := parseInterval(part)
		if !ok {
			c.Add(path, "has hours %q that must look like 09:00-17:30; a whole day is 00:00-24:00", strings.TrimSpace(part))
			continue
		}
		out = append(out, i)
	}
	return ordered(c, path, "", out)
}

// ordered sorts the intervals of one day and refuses those that overlap.
func ordered(c *errs.Check, path, day string, hours []Interval) []Interval {
	slices.SortFunc(hours, func(a, b Interval) int { return int(a.From - b.From) })
	for n := 1; n < len(hours); n++ {
		if hours[n].From < hours[n-1].To {
			c.Add(path, "has hours that overlap: %s", strings.TrimSpace(day+" "+hours[n-1].String()+" and "+hours[n].String()))
		}
	}
	return hours
}

func formatHours(hours []Interval) string {
	parts := make([]string, len(hours))
	for n, i := range hours {
		parts[n] = i.String()
	}
	return strings.Join(parts, ", ")
}

// Week is the hours of the seven days of a week. The zero Week has none.
type Week struct{ days [7][]Interval } // Monday first

var dayNames = [7]string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

func dayIndex(d time.Weekday) int { return (int(d) + 6) % 7 }

// On returns the hours that start on the day, in order; do not change them.
func (w Week) On(d time.Weekday) []Interval { return w.days[dayIndex(d)] }

// Empty reports whether no day has hours.
func (w Week) Empty() bool {
	return !slices.ContainsFunc(w.days[:], func(hours []Interval) bool { return len(hours) > 0 })
}

// ParseWeek reads lines such as "mon-fri 09:00-12:00, 13:00-17:30" and "sat,sun 22:00-06:00".
// It records what is wrong under path[n].
func ParseWeek(c *errs.Check, path string, lines []string) Week {
	var w Week
	for n, line := range lines {
		w.add(c, index(path, n), line)
	}
	for n, hours := range w.days {
		w.days[n] = ordered(c, path, dayNames[n], hours)
	}
	return w
}

func (w *Week) add(c *errs.Check, path, line string) {
	digit := strings.IndexAny(line, "0123456789")
	if digit < 0 {
		c.Add(path, `must look like "mon-fri 09:00-17:30", not %q`, line)
		return
	}
	names := strings.TrimSpace(line[:digit])
	hours := parseHours(c, path, line[digit:])
	for part := range strings.SplitSeq(strings.ToLower(names), ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			to = from
		}
		first, last := slices.Index(dayNames[:], from), slices.Index(dayNames[:], to)
		if first < 0 || last < 0 {
			c.Add(path, `must start with days such as mon, mon-fri or sat,sun, not %q`, names)
			return
		}
		for d := first; ; d = (d + 1) % 7 {
			w.days[d] = append(w.days[d], hours...)
			if d == last {
				break
			}
		}
	}
}

// Lines returns the week as ParseWeek reads it, one line for all days with the same hours.
func (w Week) Lines() []string {
	var lines []string
	var done [7]bool
	for n, hours := range w.days {
		if done[n] || len(hours) == 0 {
			continue
		}
		var same [7]bool
		for d := n; d < 7; d++ {
			same[d] = slices.Equal(hours, w.days[d])
			done[d] = done[d] || same[d]
		}
		lines = append(lines, formatDays(same)+" "+formatHours(hours))
	}
	return lines
}

func formatDays(in [7]bool) string {
	var parts []string
	for d := 0; d < 7; d++ {
		if !in[d] {
			continue
		}
		last := d
		for last < 6 && in[last+1] {
			last++
		}
		name := dayNames[d]
		if last > d {
			name += "-" + dayNames[last]
		}
		parts = append(parts, name)
		d = last
	}
	return strings.Join(parts, ",")
}

// Span is the time from From up to, not including, To.
type Span struct{ From, To time.Time }

// Spans returns the week's hours in the zone between two instants, joined where they touch.
func (w Week) Spans(loc *time.Location, from, to time.Time) []Span {
	return join(pieces(loc, func(d Date) []Interval { return w.On(d.Weekday()) }, from, to))
}

// pieces yields the hours between two instants in order, day by day and without overlap.
func pieces(loc *time.Location, hours func(Date) []Interval, from, to time.Time) iter.Seq[Span] {
	return func(yield func(Span) bool) {
		reached, to := from.UTC(), to.UTC()
		// The day before may run into the first day; the day after the last may begin early
		// where the clock goes back across midnight.
		for day := DateOf(from, loc) - 1; day <= DateOf(to, loc)+1; day++ {
			for _, i := range hours(day) {
				s := clip(Span{Instant(loc, day, i.From), Instant(loc, day, i.To)}, reached, to)
				if !s.To.After(s.From) {
					continue // outside, or skipped by the clock
				}
				if !yield(s) {
					return
				}
				reached = s.To
			}
		}
	}
}

func clip(s Span, from, to time.Time) Span {
	if s.From.Before(from) {
		s.From = from
	}
	if s.To.After(to) {
		s.To = to
	}
	return s
}

// join collects pieces and joins those that touch.
func join(pieces iter.Seq[Span]) []Span {
	var out []Span
	for s := range pieces {
		if n := len(out); n > 0 && out[n-1].To.Equal(s.From) {
			out[n-1].To = s.To
			continue
		}
		out = append(out, s)
	}
	return out
}
