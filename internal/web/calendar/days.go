package calendar

import (
	"strings"
	"time"

	"mainstay/internal/domain/calendar"
)

// day is one day of a calendar, as a line and as a bar from 00:00 to 24:00.
type day struct {
	date    calendar.Date
	label   string // "Mon 23 Mar"
	today   bool
	bars    []bar
	hours   string // "08:00–18:00", "closed"
	special string // name of a holiday or half day, or that the clock changes
	closed  bool
}

// bar is open time in minutes of the wall clock after midnight.
type bar struct{ from, to int }

const (
	minutesPerDay = 24 * 60
	daysShown     = 28
)

// daysOf draws a calendar from the day of now on.
func daysOf(c *calendar.Calendar, now time.Time, n int) []day {
	loc, today := c.Location(), calendar.DateOf(now, c.Location())
	named := specials(c.Spec())
	out := make([]day, n)
	for i := range out {
		d := today + calendar.Date(i)
		from, to := calendar.Instant(loc, d, 0), calendar.Instant(loc, d+1, 0)
		one := day{date: d, label: from.In(loc).Format("Mon 2 Jan"), today: i == 0, special: named[d.String()]}
		if change := clockChange(from, to); change != "" {
			one.special = strings.TrimPrefix(one.special+", "+change, ", ")
		}
		one.fill(c.Spans(from, to), loc, to)
		out[i] = one
	}
	return out
}

// fill writes the open spans of a day, which ends at end.
func (d *day) fill(spans []calendar.Span, loc *time.Location, end time.Time) {
	var words []string
	for _, s := range spans {
		b := bar{minuteOf(s.From, loc), minuteOf(s.To, loc)}
		if !s.To.Before(end) {
			b.to = minutesPerDay
		}
		d.bars = append(d.bars, b)
		words = append(words, calendar.TimeOfDay(b.from).String()+"–"+calendar.TimeOfDay(b.to).String())
	}
	d.hours, d.closed = strings.Join(words, ", "), len(spans) == 0
	switch {
	case d.closed:
		d.hours = "closed"
	case d.hours == "00:00–24:00":
		d.hours = "all day"
	}
}

func minuteOf(t time.Time, loc *time.Location) int {
	local := t.In(loc)
	return local.Hour()*60 + local.Minute()
}

// clockChange says whether the clocks change between two midnights.
func clockChange(from, to time.Time) string {
	switch length := to.Sub(from); {
	case length < 24*time.Hour:
		return "clocks go forward"
	case length > 24*time.Hour:
		return "clocks go back"
	}
	return ""
}

// specials are the names of holidays and half days, by date.
func specials(s calendar.Spec) map[string]string {
	out := map[string]string{}
	for _, h := range s.Holidays {
		out[h.Date] = or(h.Name, "holiday")
	}
	for _, h := range s.HalfDays {
		out[h.Date] = or(h.Name, "half day")
	}
	return out
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// coming is a holiday or half day that is still to come.
type coming struct {
	date, name, hours string
}

// comingDays are the next holidays and half days, the earliest first.
func comingDays(c *calendar.Calendar, now time.Time, most int) (out []coming, more int) {
	spec, today := c.Spec(), calendar.DateOf(now, c.Location()).String()
	for _, h := range spec.Holidays {
		if h.Date >= today {
			out = append(out, coming{h.Date, or(h.Name, "Holiday"), "closed"})
		}
	}
	for _, h := range spec.HalfDays {
		if h.Date >= today {
			hours := h.Hours
			if h.Closes != "" {
				hours = "closes " + h.Closes
			}
			out = append(out, coming{h.Date, or(h.Name, "Half day"), hours})
		}
	}
	sortByDate(out)
	if len(out) > most {
		return out[:most], len(out) - most
	}
	return out, 0
}
