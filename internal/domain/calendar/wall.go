package calendar

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	// Zones must exist wherever the binary runs, also on hosts and in containers that carry
	// no zone files; a calendar that cannot be read would stop paging.
	_ "time/tzdata"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
)

// Date is a day of the calendar in no particular zone, counted from 1970-01-01, so that
// d+1 is the next day.
type Date int

// DateOf returns the date that a clock in the zone shows at t.
func DateOf(t time.Time, loc *time.Location) Date {
	wall := t.Add(offset(t, loc)).Unix()
	day := wall / secondsPerDay
	if wall%secondsPerDay < 0 {
		day--
	}
	return Date(day)
}

// ParseDate reads a date such as 2026-03-29, if anybody can mean it (clock.Plausible).
func ParseDate(s string) (Date, bool) {
	t, err := time.Parse(time.DateOnly, strings.TrimSpace(s))
	if err != nil || !clock.Plausible(t) {
		return 0, false
	}
	return Date(t.Unix() / secondsPerDay), true
}

// String returns the date as 2026-03-29.
func (d Date) String() string { return d.utc().Format(time.DateOnly) }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

func (d Date) utc() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

// TimeOfDay is a wall-clock time in minutes after midnight, 0 to 24*60. As the end of an
// Interval it may be up to 48*60: the next day.
type TimeOfDay int

const (
	midnight      TimeOfDay = 24 * 60 // 24:00, the end of a day
	secondsPerDay           = 24 * 60 * 60
)

// ParseTimeOfDay reads a time such as 09:00 or 24:00.
func ParseTimeOfDay(s string) (TimeOfDay, bool) {
	hour, minute, ok := strings.Cut(strings.TrimSpace(s), ":")
	h, hok := number(hour)
	m, mok := number(minute)
	t := TimeOfDay(h*60 + m)
	return t, ok && hok && mok && len(minute) == 2 && m < 60 && t <= midnight
}

func number(s string) (int, bool) {
	if len(s) == 0 || len(s) > 2 || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// String returns the time as 09:00; the next day's times look like today's.
func (t TimeOfDay) String() string {
	if t > midnight {
		t -= midnight
	}
	return fmt.Sprintf("%02d:%02d", int(t)/60, int(t)%60)
}

// No zone is or was ever as far as this from UTC, east or west.
const farthest = 16 * time.Hour

// Instant returns the earliest instant, in UTC, at which a clock in the zone shows the date
// and time or anything later. A time that the clock skips is thus the moment after the
// skip, and of a time that it shows twice the first showing counts. Later wall-clock times
// never give earlier instants. (time.Date leaves both cases open.)
//
// It relies on no zone changing its offset twice within 32 hours; none does since 1970.
func Instant(loc *time.Location, d Date, at TimeOfDay) time.Time {
	wall := d.utc().Add(time.Duration(at) * time.Minute) // what the clock shows, as if in UTC
	early, late := wall.Add(-farthest), wall.Add(farthest)
	before, after := offset(early, loc), offset(late, loc)
	if before == after {
		return wall.Add(-before)
	}
	change := changeBetween(early, late, loc)
	if t := wall.Add(-before); t.Before(change) {
		return t
	}
	if t := wall.Add(-after); t.After(change) {
		return t
	}
	return change
}

func offset(t time.Time, loc *time.Location) time.Duration {
	_, seconds := t.In(loc).Zone()
	return time.Duration(seconds) * time.Second
}

// changeBetween finds the second from which the offset of late holds. It halves the time
// between, because Time.ZoneBounds gives a wrong end on 31 December of leap years (Go 1.26).
func changeBetween(early, late time.Time, loc *time.Location) time.Time {
	old := offset(early, loc)
	n := sort.Search(int(late.Sub(early)/time.Second), func(n int) bool {
		return offset(early.Add(time.Duration(n)*time.Second), loc) != old
	})
	return early.Add(time.Duration(n) * time.Second)
}

// Zone loads an IANA zone such as Europe/London, or records at path why it cannot; then
// it returns UTC, so that checking can go on.
func Zone(c *errs.Check, path, name string) *time.Location {
	if name != "" && name != "Local" { // LoadLocation takes both, and means the host by the latter
		if loc, err := time.LoadLocation(name); err == nil {
			return loc
		}
	}
	c.Add(path, "must be an IANA time zone such as Europe/London, not %q", name)
	return time.UTC
}
