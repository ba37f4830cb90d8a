// Package anomaly judges whether a figure is normal for its hour of the week.
//
// What is normal is what it was at the same time of the same weekday in past weeks, half an hour before and after: their median,
// and a band of so many robust standard deviations (1.4826 · MAD, Hampel 1974) around it. One bad week, even a very bad one, does not
// move a median of four. A series without such history is judged by the same time of past days; one without that is not judged, and it is said why.
//
// All of it is pure: who asks brings the history.
package anomaly

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Method is how series are judged.
type Method struct {
	Deviations float64 // robust standard deviations that are still normal
	Weeks      int     // how many past weeks are looked at
	Minimum    float64 // the band is at least so far from the median, in the unit of the series
}

const (
	// Around is how far before and after the time of day history counts.
	Around = 30 * time.Minute
	// Days is how many past days are looked at when there are too few weeks.
	Days = 7

	week     = 7 * 24 * time.Hour
	day      = 24 * time.Hour
	minWeeks = 2
	minDays  = 3
	// robust makes a standard deviation of a median absolute deviation, for normal values.
	robust = 1.4826
	// least is the part of the median that the band is wide at least: a series that never moved is allowed to.
	least = 0.02
	// thin widens the band when few weeks speak: the spread of two is not known well.
	thin = 1.5
)

// Past are the instants around which history is asked for, the latest first: of weeks, and of days should those not do.
func (m Method) Past(at time.Time) (weeks, days []time.Time) {
	for i := 1; i <= m.Weeks; i++ {
		weeks = append(weeks, at.Add(-time.Duration(i)*week))
	}
	for i := 1; i <= Days; i++ {
		days = append(days, at.Add(-time.Duration(i)*day))
	}
	return weeks, days
}

// Normal is what is normal at an instant. Why says why nobody can tell, and is empty when the rest counts.
type Normal struct {
	Median, Low, High float64
	// From says what the judgement rests on, such as "4 weeks".
	From string
	Why  string
}

// Normal works out what is normal from what was: the values around each instant of Past.
func (m Method) Normal(weeks, days [][]float64) Normal {
	if n := filled(weeks); n >= minWeeks {
		return m.band(weeks, n, m.Weeks, "week")
	}
	if n := filled(days); n >= minDays {
		return m.band(days, n, Days, "day")
	}
	return Normal{Why: fmt.Sprintf("what is normal is known once there are values of this time of day of %d weeks, or of %d days; there are %d and %d",
		minWeeks, minDays, filled(weeks), filled(days))}
}

// filled is how many of the past stretches have values.
func filled(past [][]float64) (n int) {
	for _, p := range past {
		if len(p) > 0 {
			n++
		}
	}
	return n
}

func (m Method) band(past [][]float64, n, of int, unit string) Normal {
	all := slices.Concat(past...)
	median := Median(all)
	off := make([]float64, len(all))
	for i, v := range all {
		off[i] = math.Abs(v - median)
	}
	width := m.Deviations * robust * Median(off)
	if n < of {
		width *= thin
	}
	width = max(width, m.Minimum, least*math.Abs(median))
	from := fmt.Sprintf("%d %ss", n, unit)
	return Normal{Median: median, Low: median - width, High: median + width, From: from}
}

// Side says where a value lies: -1 below what is normal, 1 above it, 0 within.
func (n Normal) Side(value float64) int {
	switch {
	case n.Why != "" || math.IsNaN(value):
		return 0
	case value > n.High:
		return 1
	case value < n.Low:
		return -1
	}
	return 0
}

// Median is the middle value; of an even number of them, halfway between the two. It is NaN of none.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	s := slices.Sorted(slices.Values(values))
	if n := len(s) / 2; len(s)%2 == 1 {
		return s[n]
	} else {
		return s[n-1]/2 + s[n]/2
	}
}
