package calendar

import (
	"iter"
	"time"
)

// Calendar is the opening hours of something, ready to be asked. Parse makes one.
type Calendar struct {
	loc        *time.Location
	week       Week
	exceptions map[Date][]Interval // the hours of holidays (none) and half days
	last       Date                // the latest exception
	spec       Spec
}

// Location is the zone in which the hours are written.
func (c *Calendar) Location() *time.Location { return c.loc }

func (c *Calendar) hours(d Date) []Interval {
	if hours, ok := c.exceptions[d]; ok {
		return hours
	}
	return c.week.On(d.Weekday())
}

func (c *Calendar) pieces(from, to time.Time) iter.Seq[Span] {
	return pieces(c.loc, c.hours, from, to)
}

// Open reports whether the business is open at the instant.
func (c *Calendar) Open(at time.Time) bool {
	for range c.pieces(at, at.Add(1)) {
		return true
	}
	return false
}

// NextOpen returns the first instant not before at when the business is open: at itself
// when it is open then.
func (c *Calendar) NextOpen(at time.Time) time.Time {
	for s := range c.pieces(at, c.horizon(at)) {
		return s.From
	}
	return time.Time{}
}

// NextClose returns the first instant not before at when the business is closed: at itself
// when it is closed then, the zero time when it never closes again.
func (c *Calendar) NextClose(at time.Time) time.Time {
	open, horizon := at.UTC(), c.horizon(at)
	for s := range c.pieces(at, horizon) {
		if s.From.After(open) {
			break
		}
		open = s.To
	}
	if open.Equal(horizon) {
		return time.Time{}
	}
	return open
}

// horizon is an instant by which every change that is still to come has come once. Without
// exceptions the weeks are alike, but one of them may lose hours to a change of the clock.
func (c *Calendar) horizon(at time.Time) time.Time {
	d := max(DateOf(at, c.loc), c.last)
	return Instant(c.loc, d+16, 0)
}

// Spans returns the open time between two instants in order, joined where it touches, so
// that around-the-clock hours give one span.
func (c *Calendar) Spans(from, to time.Time) []Span { return join(c.pieces(from, to)) }

// BusinessDuration returns how much of the time between two instants is open, zero when to
// is not after from.
func (c *Calendar) BusinessDuration(from, to time.Time) time.Duration {
	var open time.Duration
	for s := range c.pieces(from, to) {
		open += s.To.Sub(s.From)
	}
	return open
}

// AddBusiness returns the earliest instant by which d of open time has passed since from:
// from itself when d is not positive. It looks 100 years ahead at most.
func (c *Calendar) AddBusiness(from time.Time, d time.Duration) time.Time {
	at := from.UTC()
	if d <= 0 {
		return at
	}
	for s := range c.pieces(from, from.AddDate(100, 0, 0)) {
		open := s.To.Sub(s.From)
		if open >= d {
			return s.From.Add(d)
		}
		d -= open
		at = s.To
	}
	return at
}
