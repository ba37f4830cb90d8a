package saved

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/calendar"
)

// Report says when and to whom what a search finds is mailed.
type Report struct {
	At        string   `yaml:"at,omitempty" json:"at,omitempty" doc:"Time of day, such as 07:00; midnight when left out."`
	Every     int      `yaml:"every,omitempty" json:"every,omitempty" doc:"Every so many hours, counted from at: 1, 2, 3, 4, 6, 8 or 12. Once a day when left out."`
	Days      []string `yaml:"days,omitempty" json:"days,omitempty" doc:"mon, tue, wed, thu, fri, sat, sun; every day when left out."`
	Zone      string   `yaml:"zone,omitempty" json:"zone,omitempty" doc:"IANA time zone such as Europe/London; UTC when left out."`
	To        []string `yaml:"to,omitempty" json:"to,omitempty" doc:"Logins of people."`
	Teams     []string `yaml:"teams,omitempty" json:"teams,omitempty" doc:"Names of teams, whose members get it."`
	OnlyFound bool     `yaml:"only_found,omitempty" json:"only_found,omitempty" doc:"True sends nothing when nothing was found."`
}

// Days of the week as reports write them, from Monday.
var Days = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

const maxNamed = 50

// Hours are the steps in which a report can be made within a day: those that fit into it.
var Hours = []int{1, 2, 3, 4, 6, 8, 12}

func (r Report) validate(c *errs.Check) {
	at, ok := calendar.ParseTimeOfDay(r.at())
	c.Require(ok && at < 24*60, "report.at", "must be a time of day such as 07:00, not %q", r.At)
	c.Require(r.Every == 0 || slices.Contains(Hours, r.Every), "report.every", "must be 1, 2, 3, 4, 6, 8 or 12 hours")
	for i, d := range r.Days {
		c.Require(slices.Contains(Days, d) && !slices.Contains(r.Days[:i], d), fmt.Sprintf("report.days[%d]", i), "must be one of %s, once, not %q", strings.Join(Days, ", "), d)
	}
	calendar.Zone(c, "report.zone", r.zone())
	c.Require(len(r.To)+len(r.Teams) > 0, "report.to", "is required: people or teams")
	c.Require(len(r.To)+len(r.Teams) <= maxNamed, "report.to", "must be at most %d people and teams", maxNamed)
	for i, login := range r.To {
		text.Line(c, fmt.Sprintf("report.to[%d]", i), login)
	}
	for i, team := range r.Teams {
		text.Name(c, fmt.Sprintf("report.teams[%d]", i), team)
	}
}

func (r Report) at() string {
	if r.At == "" {
		return "00:00"
	}
	return r.At
}

func (r Report) zone() string {
	if r.Zone == "" {
		return "UTC"
	}
	return r.Zone
}

// normal writes the same schedule always in the same way.
func (r Report) normal() Report {
	if at, ok := calendar.ParseTimeOfDay(r.At); ok {
		r.At = at.String()
	}
	if r.At == "00:00" {
		r.At = ""
	}
	if r.Zone == "UTC" {
		r.Zone = ""
	}
	r.Days = slices.Clone(r.Days)
	slices.SortFunc(r.Days, func(a, b string) int { return slices.Index(Days, a) - slices.Index(Days, b) })
	if len(r.Days) == 7 || len(r.Days) == 0 {
		r.Days = nil
	}
	if len(r.To) == 0 {
		r.To = nil
	}
	if len(r.Teams) == 0 {
		r.Teams = nil
	}
	return r
}

// Words says when: "at 07:00 on mon, fri, Europe/London".
func (r Report) Words() string {
	out := "every day at " + r.at()
	switch {
	case r.Every == 1:
		out = "every hour"
	case r.Every > 1:
		out = fmt.Sprintf("every %d hours from %s", r.Every, r.at())
	case len(r.Days) > 0:
		out = "at " + r.at()
	}
	switch {
	case slices.Equal(r.Days, Days[:5]):
		out += ", Monday to Friday"
	case len(r.Days) > 0:
		out += " on " + strings.Join(r.Days, ", ")
	}
	return out + ", " + r.zone()
}

// slots are the instants of a report: times of day on days, by the clocks of a zone. Where clocks
// skip a time it is the moment after the skip, and where they show it twice the first of the two.
type slots struct {
	loc   *time.Location
	times []calendar.TimeOfDay // ascending
	days  []string
}

// slots reads a valid report.
func (r Report) slots() slots {
	out := slots{loc: calendar.Zone(new(errs.Check), "zone", r.zone()), days: r.Days}
	at, _ := calendar.ParseTimeOfDay(r.at())
	step := calendar.TimeOfDay(r.Every * 60)
	if step == 0 {
		step = 24 * 60
	}
	for t := at % step; t < 24*60; t += step {
		out.times = append(out.times, t)
	}
	return out
}

// week is how many days around an instant are looked at: a week, and the days at its ends.
const week = 9

// after is the first slot behind an instant.
func (s slots) after(t time.Time) time.Time {
	today := calendar.DateOf(t, s.loc)
	for d := today - 1; d <= today+week; d++ {
		for _, at := range s.on(d) {
			if slot := calendar.Instant(s.loc, d, at); slot.After(t) {
				return slot
			}
		}
	}
	return time.Time{} // there are no weeks without days
}

// before is the last slot in front of an instant.
func (s slots) before(t time.Time) time.Time {
	today := calendar.DateOf(t, s.loc)
	for d := today + 1; d >= today-week; d-- {
		for _, at := range slices.Backward(s.on(d)) {
			if slot := calendar.Instant(s.loc, d, at); slot.Before(t) {
				return slot
			}
		}
	}
	return time.Time{}
}

func (s slots) on(d calendar.Date) []calendar.TimeOfDay {
	day := Days[(int(d.Weekday())+6)%7]
	if len(s.days) > 0 && !slices.Contains(s.days, day) {
		return nil
	}
	return s.times
}

// Next is when the report is made next.
func (r Report) Next(after time.Time) time.Time { return r.slots().after(after) }
