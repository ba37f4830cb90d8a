package calendar

import (
	"cmp"
	"fmt"
	"slices"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
)

// Spec is a calendar as people write it: in configuration as code, in the API, on a page.
type Spec struct {
	Title string `json:"title,omitempty" yaml:"title,omitempty" doc:"Name for people; the calendar's name when left out."`
	Zone  string `json:"zone" yaml:"zone" doc:"IANA time zone such as Europe/London; all times are wall-clock times there."`

	AlwaysOpen bool      `json:"always_open,omitempty" yaml:"always_open,omitempty" doc:"Open 24 hours on all days; then weekly, holidays and half_days are left out."`
	Weekly     []string  `json:"weekly,omitempty" yaml:"weekly,omitempty" doc:"Lines such as mon-fri 09:00-12:00, 13:00-17:30, or sat 22:00-06:00 for a night."`
	Holidays   []Holiday `json:"holidays,omitempty" yaml:"holidays,omitempty" doc:"Dates on which no hours start."`
	HalfDays   []HalfDay `json:"half_days,omitempty" yaml:"half_days,omitempty" doc:"Dates with other hours than their weekday's."`
}

// Holiday is a date on which no hours start.
type Holiday struct {
	Date string `json:"date" yaml:"date" doc:"Such as 2026-12-25."`
	Name string `json:"name,omitempty" yaml:"name,omitempty" doc:"Such as Christmas Day."`
}

// HalfDay is a date with other hours than its weekday's: either those up to Closes, or Hours
// of its own.
type HalfDay struct {
	Date   string `json:"date" yaml:"date" doc:"Such as 2026-12-24."`
	Name   string `json:"name,omitempty" yaml:"name,omitempty" doc:"Such as Christmas Eve."`
	Closes string `json:"closes,omitempty" yaml:"closes,omitempty" doc:"Time at which the weekday's hours end early, such as 12:30."`
	Hours  string `json:"hours,omitempty" yaml:"hours,omitempty" doc:"Hours instead of the weekday's, such as 10:00-12:30, 14:00-16:00."`
}

const (
	maxLines = 100
	maxDays  = 5000
)

// Parse makes the calendar that the spec describes, or an Invalid error naming every field
// at fault.
func Parse(s Spec) (*Calendar, error) {
	var c errs.Check
	cal := build(&c, s)
	if err := c.Err("the calendar"); err != nil {
		return nil, err
	}
	return cal, nil
}

// Validate collects what is wrong with the spec.
func (s Spec) Validate(c *errs.Check) { build(c, s) }

func build(c *errs.Check, s Spec) *Calendar {
	b := builder{check: c, cal: &Calendar{exceptions: map[Date][]Interval{}}}
	text.Line(c, "title", s.Title)
	b.cal.spec.Title = text.Trim(s.Title)
	b.hours(s)
	b.holidays(s.Holidays)
	b.halfDays(s.HalfDays)
	return b.cal
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
	text.Line(b.check, path+".name", s)
	return text.Trim(s)
}

func tooMany(c *errs.Check, path string, n, most int) bool {
	c.Require(n <= most, path, "must have at most %d entries, not %d", most, n)
	return n > most
}

func index(path string, n int) string { return fmt.Sprintf("%s[%d]", path, n) }
