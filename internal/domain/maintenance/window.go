package maintenance

import (
	"fmt"
	"strings"
	"time"

	"github.com/teambition/rrule-go"

	"mainstay/internal/base/errs"
	"mainstay/internal/domain/calendar"
)

// lookAhead bounds how far ahead the next window of a rule is looked for: one that begins later is none.
const lookAhead = 5 * 366 * 24 * time.Hour

func (s Spec) validateRepeats(c *errs.Check) {
	if s.Repeats == "" {
		return
	}
	rule, err := s.rule()
	if err != nil {
		c.Add("repeats", "%v", err)
		return
	}
	first := rule.After(s.wall(), true)
	second := rule.After(first, false)
	c.Require(!first.IsZero(), "repeats", "gives no window at all")
	c.Require(second.IsZero() || second.Sub(first) >= s.Lasts.Duration(), "repeats", "starts a window while the one before it lasts: write a longer one")
}

// rule is the recurrence on the clock of no zone: a rule that is expanded in a zone goes wrong where its clocks change.
func (s Spec) rule() (*rrule.RRule, error) {
	if len(s.Repeats) > maxRepeats {
		return nil, fmt.Errorf("must be at most %d bytes", maxRepeats)
	}
	o, err := rrule.StrToROption(strings.TrimPrefix(strings.ToUpper(s.Repeats), "RRULE:"))
	if err != nil {
		return nil, fmt.Errorf("must be a rule of RFC 5545 such as FREQ=WEEKLY;BYDAY=SU: %v", err)
	}
	if o.Freq > rrule.DAILY || len(o.Byhour)+len(o.Byminute)+len(o.Bysecond) > 0 {
		return nil, fmt.Errorf("must repeat daily at most: FREQ is DAILY, WEEKLY, MONTHLY or YEARLY, and the time of day is that of starts")
	}
	o.Dtstart = s.wall()
	rule, err := rrule.NewRRule(*o)
	if err != nil {
		return nil, fmt.Errorf("cannot be used: %v", err)
	}
	return rule, nil
}

// wall is the first start on the clock, as if in UTC.
func (s Spec) wall() time.Time {
	at, _ := time.Parse(startLayout, s.Starts) // validated
	return at
}

// After is the first window that ends after an instant; false when none does.
func (s Spec) After(at time.Time) (Window, bool) {
	loc := s.location()
	if s.Repeats == "" {
		w := s.window(s.wall(), loc)
		return w, at.Before(w.To)
	}
	rule, err := s.rule()
	if err != nil {
		return Window{}, false // not after Validate
	}
	// Zones are within a day of UTC, and their clocks change by hours.
	next := rule.After(at.Add(-s.Lasts.Duration()-48*time.Hour), true)
	for !next.IsZero() && next.Before(at.Add(lookAhead)) {
		if w := s.window(next, loc); at.Before(w.To) {
			return w, true
		}
		next = rule.After(next, false)
	}
	return Window{}, false
}

// window is the one that starts at a time of the clock.
func (s Spec) window(wall time.Time, loc *time.Location) Window {
	day := calendar.DateOf(wall, time.UTC)
	from := calendar.Instant(loc, day, calendar.TimeOfDay(wall.Hour()*60+wall.Minute()))
	return Window{From: from, To: from.Add(s.Lasts.Duration())}
}

func (s Spec) location() *time.Location {
	loc, err := time.LoadLocation(s.Zone)
	if err != nil {
		return time.UTC // not after Validate
	}
	return loc
}
