package oncall

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"mainstay/internal/domain/calendar"
)

// Hole is a stretch of time in which no layer and no override has anybody.
type Hole struct {
	calendar.Span
	State State // Gap, Fallback or Nobody
	// People stand in: the fallback person, or who replaces that person.
	People []string
	// Endless is set when the hole goes on for more than a week after the days looked at.
	Endless bool
}

// DaysAhead is how far gaps are looked for.
const DaysAhead = 60

// Holes returns the stretches without anybody that begin in the days after an instant, in
// order and to their ends. With hours, only what lies within them. Those of state Gap must
// be closed; of state Fallback they are somebody's burden; of state Nobody they are intended.
func (r *Roster) Holes(from time.Time, days int, hours *calendar.Calendar) []Hole {
	to := from.AddDate(0, 0, days)
	end := to.AddDate(0, 0, 8)
	var out []Hole
	for _, s := range r.Schedule(from, end) {
		if s.State == Covered {
			continue
		}
		spans := []calendar.Span{s.Span}
		if hours != nil {
			spans = hours.Spans(s.From, s.To)
		}
		for _, span := range spans {
			if span.From.Before(to) {
				out = append(out, Hole{Span: span, State: s.State, People: s.Users(), Endless: !span.To.Before(end)})
			}
		}
	}
	return out
}

// Gaps returns the holes in which nobody at all would be called, and nobody meant that.
func Gaps(holes []Hole) []Hole {
	var out []Hole
	for _, h := range holes {
		if h.State == Gap {
			out = append(out, h)
		}
	}
	return out
}

// Report tells of holes in sentences. Holes that come again at the same time of day, such
// as every night, share one:
//
//	roster "payments-l1" has nobody on call from 22:00 to 06:00 London, 60 times, first on Mon 2 Nov 2026: add a person or a fallback person
func (r *Roster) Report(holes []Hole) []string {
	times := map[string]int{}
	for _, h := range holes {
		times[r.pattern(h)]++
	}
	var out []string
	for _, h := range holes {
		p := r.pattern(h)
		n := times[p]
		if n == 0 {
			continue // told already
		}
		times[p] = 0
		out = append(out, r.sentence(h, n))
	}
	return out
}

// pattern is the same for holes that share a sentence.
func (r *Roster) pattern(h Hole) string {
	if h.Endless {
		return "endless"
	}
	from, to := r.repeating(h)
	return fmt.Sprintln(h.State, from, to, h.People)
}

// repeating tells when a hole begins and ends, in a way that fits all holes like it: the
// time of day, with the day of the week when it is longer than a night.
func (r *Roster) repeating(h Hole) (from, to string) {
	layout := clockLayout
	if calendar.DateOf(h.To, r.loc)-calendar.DateOf(h.From, r.loc) > 1 {
		layout = "Mon " + clockLayout
	}
	return h.From.In(r.loc).Format(layout), h.To.In(r.loc).Format(layout)
}

func (r *Roster) sentence(h Hole, times int) string {
	switch h.State {
	case Fallback:
		return fmt.Sprintf("roster %q has only the fallback, %s, on call %s", cmp.Or(r.spec.Title, r.name), strings.Join(h.People, " and "), r.when(h, times))
	case Nobody:
		return fmt.Sprintf("roster %q has nobody on call %s, as intended", cmp.Or(r.spec.Title, r.name), r.when(h, times))
	default:
		return fmt.Sprintf("roster %q has nobody on call %s: add a person or a fallback person", cmp.Or(r.spec.Title, r.name), r.when(h, times))
	}
}

const (
	clockLayout = "15:04"
	dayLayout   = "Mon 2 Jan 2006"
)

// when tells the time of a hole, or of several alike, in the roster's zone.
func (r *Roster) when(h Hole, times int) string {
	from, to, city := h.From.In(r.loc), h.To.In(r.loc), cityOf(r.loc)
	switch {
	case h.Endless:
		return fmt.Sprintf("from %s %s %s on", from.Format(dayLayout), from.Format(clockLayout), city)
	case times > 1:
		begins, ends := r.repeating(h)
		return fmt.Sprintf("from %s to %s %s, %d times, first on %s", begins, ends, city, times, from.Format(dayLayout))
	case from.Format(dayLayout) == to.Format(dayLayout):
		return fmt.Sprintf("on %s from %s to %s %s", from.Format(dayLayout), from.Format(clockLayout), to.Format(clockLayout), city)
	}
	return fmt.Sprintf("from %s %s to %s %s %s",
		from.Format(dayLayout), from.Format(clockLayout), to.Format(dayLayout), to.Format(clockLayout), city)
}

// cityOf shortens Europe/London to London, as people speak.
func cityOf(loc *time.Location) string {
	name := loc.String()
	return strings.ReplaceAll(name[strings.LastIndex(name, "/")+1:], "_", " ")
}
