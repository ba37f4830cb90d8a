package oncall

import (
	"fmt"
	"slices"
	"strings"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/calendar"
)

// Spec is a roster as people write it: in configuration as code, in the API, on a page.
type Spec struct {
	Title string `json:"title,omitempty" yaml:"title,omitempty" doc:"Name for people; the roster's name when left out."`
	Team  string `json:"team,omitempty" yaml:"team,omitempty" doc:"Team whose roster it is."`
	Zone  string `json:"zone" yaml:"zone" doc:"IANA time zone such as Europe/London."`
	// Hours is the name of a calendar.
	Hours    string      `json:"hours,omitempty" yaml:"hours,omitempty" doc:"Calendar outside of which gaps do not matter; they always matter when left out."`
	Fallback string      `json:"fallback,omitempty" yaml:"fallback,omitempty" doc:"Login of who is called when nobody is on call."`
	Layers   []LayerSpec `json:"layers" yaml:"layers" doc:"Rotations; the first that has somebody counts."`
}

// LayerSpec is one rotation.
type LayerSpec struct {
	Name  string `json:"name,omitempty" yaml:"name,omitempty" doc:"Name for people, such as nights; numbered when left out."`
	Zone  string `json:"zone,omitempty" yaml:"zone,omitempty" doc:"IANA time zone of this layer; the roster's when left out."`
	Start string `json:"start" yaml:"start" doc:"Date on which the first slot has its first turn, such as 2026-01-05."`
	// Until is a date, too: the layer ends at its handover.
	Until    string   `json:"until,omitempty" yaml:"until,omitempty" doc:"Date at whose handover the layer ends, such as 2026-03-02: the day before is the last one with somebody. It has no end when left out."`
	Handover string   `json:"handover" yaml:"handover" doc:"Time of day at which turns end and begin, such as 08:00."`
	Rotation Rotation `json:"rotation" yaml:"rotation" doc:"How long a turn is; with custom, as in shift_days." enum:"daily,weekly,custom"`
	// ShiftDays counts active days.
	ShiftDays []int      `json:"shift_days,omitempty" yaml:"shift_days,omitempty,flow" doc:"For custom: days of the first turn, the second, and so on, again and again, such as 4, 3."`
	Slots     [][]string `json:"slots" yaml:"slots,flow" doc:"Who takes turns: logins of the people of each slot. An empty slot means nobody, on purpose."`
	Windows   []string   `json:"windows,omitempty" yaml:"windows,omitempty,flow" doc:"When the layer has anybody, such as mon-fri 08:00-20:00; always when left out."`
}

// Rotation says how long a turn is.
type Rotation string

// The rotations.
const (
	Daily  Rotation = "daily"
	Weekly Rotation = "weekly"
	Custom Rotation = "custom"
)

// Rotations lists every rotation.
var Rotations = []Rotation{Daily, Weekly, Custom}

const (
	maxLayers    = 20
	maxSlots     = 200
	maxSlotUsers = 20
	maxLengths   = 60
	maxShiftDays = 366
	maxWindows   = 50
)

// Parse makes the roster that the spec describes, or an Invalid error naming every field at
// fault. Whether team, calendar and people exist is not looked at.
func Parse(name string, s Spec) (*Roster, error) {
	var c errs.Check
	text.Name(&c, "name", name)
	r := build(&c, name, s)
	if err := c.Err(fmt.Sprintf("roster %q", name)); err != nil {
		return nil, err
	}
	return r, nil
}

// Validate collects what is wrong with the spec, apart from whether what it names exists.
func (s Spec) Validate(c *errs.Check) { build(c, "", s) }

// Spec returns the roster in its one canonical form: the same for all specs that say the
// same in other words. It shares memory with the roster: do not change it.
func (r *Roster) Spec() Spec { return r.spec }

func build(c *errs.Check, name string, s Spec) *Roster {
	text.Line(c, "title", s.Title)
	c.Require(s.Team == "" || text.ValidName(s.Team), "team", "must be the name of a team")
	c.Require(s.Hours == "" || text.ValidName(s.Hours), "hours", "must be the name of a calendar")
	text.Line(c, "fallback", s.Fallback)
	if s.Title = text.Trim(s.Title); s.Title == name {
		s.Title = ""
	}
	r := &Roster{name: name, loc: calendar.Zone(c, "zone", s.Zone), fallback: s.Fallback, spec: s}
	r.spec.Layers = nil
	c.Require(len(s.Layers) > 0, "layers", "must have at least one layer")
	c.Require(len(s.Layers) <= maxLayers, "layers", "must have at most %d layers", maxLayers)
	for n, l := range s.Layers[:min(len(s.Layers), maxLayers)] {
		r.addLayer(c, index("layers", n), n, l)
	}
	return r
}

func (r *Roster) addLayer(c *errs.Check, path string, n int, s LayerSpec) {
	l := layer{loc: r.loc}
	text.Line(c, path+".name", s.Name)
	if s.Name = text.Trim(s.Name); s.Name == "" {
		s.Name = fmt.Sprintf("layer %d", n+1)
	}
	c.Require(!slices.ContainsFunc(r.spec.Layers, func(o LayerSpec) bool { return o.Name == s.Name }),
		path+".name", "is the second layer called %q", s.Name)
	l.name = s.Name
	if s.Zone == r.spec.Zone {
		s.Zone = ""
	}
	if s.Zone != "" {
		l.loc = calendar.Zone(c, path+".zone", s.Zone)
	}
	l.setTimes(c, path, &s)
	l.setSlots(c, path, &s)
	l.count(lengths(c, path, &s))
	r.layers = append(r.layers, l)
	r.spec.Layers = append(r.spec.Layers, s)
}

// setTimes reads start, handover and windows, and writes them to s in canonical form.
func (l *layer) setTimes(c *errs.Check, path string, s *LayerSpec) {
	var ok bool
	l.start, ok = calendar.ParseDate(s.Start)
	c.Require(ok, path+".start", "must be a date such as 2026-01-05, not %q", s.Start)
	l.handover, ok = calendar.ParseTimeOfDay(s.Handover)
	c.Require(ok && l.handover < 24*60, path+".handover", "must be a time such as 08:00, not %q", s.Handover)
	l.until = noEnd
	if s.Until != "" {
		l.setEnd(c, path+".until", s)
	}
	s.Start, s.Handover = l.start.String(), l.handover.String()
	if len(s.Windows) > maxWindows {
		c.Add(path+".windows", "must have at most %d lines", maxWindows)
		return
	}
	l.windows = calendar.ParseWeek(c, path+".windows", s.Windows)
	s.Windows = l.windows.Lines()
}

// setEnd reads until. A layer that would end before it has begun is a typing error.
func (l *layer) setEnd(c *errs.Check, path string, s *LayerSpec) {
	until, ok := calendar.ParseDate(s.Until)
	c.Require(ok, path, "must be a date such as 2026-03-02, not %q", s.Until)
	c.Require(!ok || until > l.start, path, "must be after start, %s", s.Start)
	l.until, s.Until = until, until.String()
}

// setSlots reads who takes turns.
func (l *layer) setSlots(c *errs.Check, path string, s *LayerSpec) {
	path += ".slots"
	c.Require(len(s.Slots) > 0, path, "must have at least one slot")
	c.Require(len(s.Slots) <= maxSlots, path, "must have at most %d slots", maxSlots)
	for n, in := range s.Slots {
		slot := []string{} // an empty slot is a list in JSON too, not null
		at := index(path, n)
		c.Require(len(in) <= maxSlotUsers, at, "must have at most %d people", maxSlotUsers)
		for _, user := range in {
			user = strings.TrimSpace(user)
			text.Line(c, at, user)
			c.Require(user != "", at, "must not have an empty name; nobody is an empty list")
			c.Require(!slices.Contains(slot, user), at, "has %s twice", user)
			slot = append(slot, user)
		}
		l.slots = append(l.slots, slot)
	}
	s.Slots = l.slots
}

// lengths returns how many active days each turn of a cycle has; nil means a week.
func lengths(c *errs.Check, path string, s *LayerSpec) []int {
	path += ".shift_days"
	if s.Rotation != Custom {
		c.Require(slices.Contains(Rotations, s.Rotation), strings.TrimSuffix(path, ".shift_days")+".rotation",
			"must be daily, weekly or custom, not %q", s.Rotation)
		c.Require(len(s.ShiftDays) == 0, path, "is for custom rotations only")
		s.ShiftDays = nil
		if s.Rotation == Daily {
			return []int{1}
		}
		return nil
	}
	c.Require(len(s.ShiftDays) > 0, path, "must have the days of each turn, such as 4, 3")
	c.Require(len(s.ShiftDays) <= maxLengths, path, "must have at most %d entries", maxLengths)
	out := make([]int, 0, maxLengths)
	for n, days := range s.ShiftDays[:min(len(s.ShiftDays), maxLengths)] {
		ok := days >= 1 && days <= maxShiftDays
		c.Require(ok, index(path, n), "must be 1 to %d days", maxShiftDays)
		if ok {
			out = append(out, days)
		}
	}
	return out
}

func index(path string, n int) string { return fmt.Sprintf("%s[%d]", path, n) }
