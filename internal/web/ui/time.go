package ui

import (
	"fmt"
	"time"
)

// The words of times are written twice: here for the first paint and for readers without
// script, and in static/js/time.js, which keeps them running. They must agree.

// Words says a length of time: "40 s", "12 min", "3 h 05 min", "2 d 4 h". Negative lengths count as zero.
func Words(d time.Duration) string {
	s := int(max(d, 0) / time.Second)
	m, h, days := s/60, s/3600, s/86400
	switch {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case m < 60:
		return fmt.Sprintf("%d min", m)
	case h < 24:
		return fmt.Sprintf("%d h %02d min", h, m%60)
	}
	return fmt.Sprintf("%d d %d h", days, h%24)
}

// clockWords is Words with the seconds, too, under an hour: "12 min 04 s".
func clockWords(d time.Duration) string {
	s := int(max(d, 0) / time.Second)
	if s < 60 || s >= 3600 {
		return Words(d)
	}
	return fmt.Sprintf("%d min %02d s", s/60, s%60)
}

// countdownWords says how long is left, or by how much it is over.
func countdownWords(left time.Duration) string {
	if left < 0 {
		return Words(-left) + " over"
	}
	return "in " + clockWords(left)
}

// countdownClass says how loud a countdown is: quiet, soon, over.
func countdownClass(left, soon time.Duration) string {
	switch {
	case left < 0:
		return "over"
	case left < soon:
		return "soon"
	}
	return ""
}

// layout is how precisely an instant is shown.
type layout string

const (
	minute layout = "minute"
	second layout = "second"
	day    layout = "date"
)

// instant writes t in UTC as seen at now: the day is left out today, the year this year.
func instant(t, now time.Time, l layout) string {
	t, now = t.UTC(), now.UTC()
	if l == day {
		return t.Format("2 Jan 2006")
	}
	clock := "15:04 UTC"
	if l == second {
		clock = "15:04:05 UTC"
	}
	switch {
	case t.Year() != now.Year():
		return t.Format("2 Jan 2006 " + clock)
	case t.YearDay() != now.YearDay():
		return t.Format("2 Jan " + clock)
	}
	return t.Format(clock)
}

func iso(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
