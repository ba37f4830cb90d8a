package calendar

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"mainstay/internal/base/errs"
)

// Spec is a calendar as people write it: in configuration as code, in the API, on a page.
type Spec struct {
	// Zone is an IANA time zone such as Europe/London; all times are wall-clock times there.
	Zone string `json:"zone" yaml:"zone"`
	// AlwaysOpen means 24 hours on all days; then everything below is empty.
	AlwaysOpen bool `json:"always_open,omitempty" yaml:"always_open,omitempty"`
	// Weekly holds lines such as "mon-fri 09:00-12:00, 13:00-17:30" and "sat 22:00-06:00".
	Weekly []string `json:"weekly,omitempty" yaml:"weekly,omitempty"`
	// Holidays are days without hours.
	Holidays []Holiday `json:"holidays,omitempty" yaml:"holidays,omitempty"`
	// HalfDays are days with other hours.
	HalfDays []HalfDay `json:"half_days,omitempty" yaml:"half_days,omitempty"`
}

// Holiday is a date, such as 2026-12-25, on which no hours start.
type Holiday struct {
	Date string `json:"date" yaml:"date"`
	Name string `json:"name,omitempty" yaml:"name,omitempty"`
}

// HalfDay is a date with other hours than its weekday: either those of the weekday up to
// Closes, or Hours of its own such as "10:00-12:30, 14:00-16:00".
type HalfDay struct {
	Date   string `json:"date" yaml:"date"`
	Name   string `json:"name,omitempty" yaml:"name,omitempty"`
	Closes string `json:"closes,omitempty" yaml:"closes,omitempty"`
	Hours  string `json:"hours,omitempty" yaml:"hours,omitempty"`
}

const (
	maxLines = 100
	maxDays  = 5000
	maxName  = 100
)

// New makes the calendar that the spec describes, or an Invalid error naming every field
// at fault.
func New(s Spec) (*Calendar, error) {
	var check errs.Check
	b := builder{check: &check, cal: &Calendar{exceptions: map[Date][]Interval{}}}
	b.hours(s)
	b.holidays(s.Holidays)
	b.halfDays(s.HalfDays)
	if err := check.Err("the calendar"); err != nil {
		return nil, err
	}
	return b.cal, nil
}

// Spec returns the calendar in its one canonical form: the same for all specs that say the
// same in other words. It shares memory with the calendar: do not change it.
func (c *Calendar) Spec() Spec { return c.spec }

type builder struct {
	check *errs.Check
	cal   *Calendar
}

func (b *builder) hours(s Spec) {
	c := b.cal
	c.loc = Zone(b.check, "zone", s.Zone)
	c.spec.Zone, c.spec.AlwaysOpen = s.Zone, s.AlwaysOpen
	if s.AlwaysOpen {
		b.check.Require(len(s.Weekly) == 0, "weekly", "must be empty when always_open is true")
		b.check.Require(len(s.Holidays) == 0, "holidays", "must be empty when always_open is true: write weekly hours instead")
		b.check.Require(len(s.HalfDays) == 0, "half_days", "must be empty when always_open is true: write weekly hours instead")
		for d := range c.week.days {
			c.week.days[d] = []Interval{{0, midnight}}
		}
		return
	}
	b.check.Require(len(s.Weekly) > 0, "weekly", `must have hours such as "mon-fri 09:00-17:30", unless always_open is true`)
	if tooMany(b.check, "weekly", len(s.Weekly), maxLines) {
		return
	}
	c.week = ParseWeek(b.check, "weekly", s.Weekly)
	c.spec.Weekly = c.week.Lines()
}

func (b *builder) holidays(in []Holiday) {
	if tooMany(b.check, "holidays", len(in), maxDays) {
		return
	}
	for n, h := range in {
		path := index("holidays", n)
		d, ok := b.date(path, h.Date)
		name := b.name(path, h.Name)
		if !ok {
			continue
		}
		b.cal.exceptions[d] = nil
		b.cal.spec.Holidays = append(b.cal.spec.Holidays, Holiday{Date: d.String(), Name: name})
	}
	slices.SortFunc(b.cal.spec.Holidays, func(x, y Holiday) int { return cmp.Compare(x.Date, y.Date) })
}

func (b *builder) halfDays(in []HalfDay) {
	if tooMany(b.check, "half_days", len(in), maxDays) {
		return
	}
	for n, h := range in {
		path := index("half_days", n)
		d, ok := b.date(path, h.Date)
		out := HalfDay{Date: d.String(), Name: b.name(path, h.Name)}
		if !ok {
			continue
		}
		b.cal.exceptions[d] = b.halfDay(path, d, h, &out)
		b.cal.spec.HalfDays = append(b.cal.spec.HalfDays, out)
	}
	slices.SortFunc(b.cal.spec.HalfDays, func(x, y HalfDay) int { return cmp.Compare(x.Date, y.Date) })
}

// halfDay returns the hours of a half day and writes them to out in canonical form.
func (b *builder) halfDay(path string, d Date, h HalfDay, out *HalfDay) []Interval {
	switch {
	case (h.Closes == "") == (h.Hours == ""):
		b.check.Add(path, "must have either closes or hours")
		return nil
	case h.Hours != "":
		hours := parseHours(b.check, path+".hours", h.Hours)
		out.Hours = formatHours(hours)
		return hours
	}
	closes, ok := ParseTimeOfDay(h.Closes)
	if !ok {
		b.check.Add(path+".closes", "must be a time such as 13:00, not %q", h.Closes)
		return nil
	}
	out.Closes = closes.String()
	usual := b.cal.week.On(d.Weekday())
	hours := until(usual, closes)
	b.check.Require(len(hours) > 0 || len(usual) == 0, path+".closes",
		"must be after the day opens at %s; a day without hours is a holiday", opening(usual))
	return hours
}

// until returns the part of a day's hours before an early close.
func until(hours []Interval, closes TimeOfDay) []Interval {
	var out []Interval
	for _, i := range hours {
		if i.From < closes {
			out = append(out, Interval{i.From, min(i.To, closes)})
		}
	}
	return out
}

func opening(hours []Interval) string {
	if len(hours) == 0 {
		return ""
	}
	return hours[0].From.String()
}

// date reads the date of an exception and refuses a second exception on the same date.
func (b *builder) date(path, s string) (Date, bool) {
	d, ok := ParseDate(s)
	if !ok {
		b.check.Add(path+".date", "must be a date such as 2026-12-25, not %q", s)
		return 0, false
	}
	if _, twice := b.cal.exceptions[d]; twice {
		b.check.Add(path+".date", "is the second entry for %s", d)
		return 0, false
	}
	b.cal.last = max(b.cal.last, d)
	return d, true
}

func (b *builder) name(path, s string) string {
	s = strings.TrimSpace(s)
	b.check.Require(utf8.RuneCountInString(s) <= maxName, path+".name", "must be at most %d characters long", maxName)
	b.check.Require(utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl), path+".name", "must be plain text on one line")
	return s
}

func tooMany(c *errs.Check, path string, n, most int) bool {
	c.Require(n <= most, path, "must have at most %d entries, not %d", most, n)
	return n > most
}

func index(path string, n int) string { return fmt.Sprintf("%s[%d]", path, n) }
