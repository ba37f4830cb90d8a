package oncall

import (
	"slices"
	"time"
)

// Assignment is one person being on call at an instant, and for how long: from when on
// the person has been, and will be, on call without a break, for whatever reasons. Since
// or Until is zero when it lies more than a year away.
type Assignment struct {
	Duty
	Since, Until time.Time
}

// reaches are the days to look back and ahead: most shifts end soon, some hardly ever.
var reaches = [...]int{8, 64, 400}

// At returns who is on call at the instant.
func (r *Roster) At(at time.Time) []Assignment {
	var out []Assignment
	for _, days := range reaches {
		shifts := r.Schedule(at.AddDate(0, 0, -days), at.AddDate(0, 0, days))
		now := slices.IndexFunc(shifts, func(s Shift) bool { return s.To.After(at) })
		out = out[:0]
		ends := true
		for _, d := range shifts[now].People {
			a := assignment(shifts, now, d)
			out = append(out, a)
			ends = ends && !a.Since.IsZero() && !a.Until.IsZero()
		}
		if ends {
			break
		}
	}
	return out
}

// assignment finds how long before and after shifts[now] the person is on call.
func assignment(shifts []Shift, now int, d Duty) Assignment {
	first, last := now, now
	for first >= 0 && shifts[first].Has(d.User) {
		first--
	}
	for last < len(shifts) && shifts[last].Has(d.User) {
		last++
	}
	a := Assignment{Duty: d}
	if first >= 0 {
		a.Since = shifts[first].To
	}
	if last < len(shifts) {
		a.Until = shifts[last].From
	}
	return a
}

// NextChange returns when other people are on call than at the instant, the zero time when
// that is more than a year away.
func (r *Roster) NextChange(at time.Time) time.Time {
	for _, days := range reaches {
		shifts := r.Schedule(at, at.AddDate(0, 0, days))
		for _, s := range shifts[1:] {
			if !samePeople(s, shifts[0]) {
				return s.From
			}
		}
	}
	return time.Time{}
}

func samePeople(a, b Shift) bool {
	return len(a.People) == len(b.People) && !slices.ContainsFunc(a.People, func(d Duty) bool { return !b.Has(d.User) })
}
