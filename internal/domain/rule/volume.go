package rule

import (
	"fmt"
	"slices"
	"time"
)

const (
	// history is how far back the normal of an hour is looked for.
	history = 28 * 24 * time.Hour
	// minDays is how many days with lines in the hour make a normal.
	minDays = 3
	// settle is how long after an hour its count is complete: counts are written every minute.
	settle = 2 * time.Minute
)

// volumeOf judges what a source sends.
type volumeOf struct {
	lines map[time.Time]int64 // by hour, UTC
	zone  *time.Location
	spec  Spec
	// since is when counting began here: hours before it may be incomplete.
	since time.Time
}

// normal is the median of the same hour, on the wall of the zone, of earlier days: of the same
// weekday where there are three of them with lines, else of the last 14 days. It is unknown where
// fewer than three days have lines in that hour.
func (v volumeOf) normal(hour time.Time) (median int64, known bool) {
	there := hour.In(v.zone)
	var weekday, lately []int64
	for day := 1; day <= 28; day++ {
		then := time.Date(there.Year(), there.Month(), there.Day()-day, there.Hour(), 0, 0, 0, v.zone).UTC().Truncate(time.Hour)
		n := v.lines[then]
		if n == 0 {
			continue
		}
		if day%7 == 0 {
			weekday = append(weekday, n)
		}
		if day <= 14 {
			lately = append(lately, n)
		}
	}
	if len(weekday) >= minDays {
		return middle(weekday), true
	}
	return middle(lately), len(lately) >= minDays
}

func middle(list []int64) int64 {
	if len(list) == 0 {
		return 0
	}
	slices.Sort(list)
	if n := len(list); n%2 == 0 {
		return (list[n/2-1] + list[n/2]) / 2
	}
	return list[len(list)/2]
}

// high and low judge what came in an hour, or in the part of it that has passed.
func (v volumeOf) high(hour time.Time) (why string) {
	normal, known := v.normal(hour)
	n := v.lines[hour]
	if v.spec.Direction == Below || !known || n < v.spec.minimum() || float64(n) <= v.spec.factor()*float64(normal) {
		return ""
	}
	return fmt.Sprintf("source %s has sent %d lines in the hour from %s; normal is %d", v.spec.Source, n, hour.In(v.zone).Format("15:04 MST"), normal)
}

func (v volumeOf) low(hour time.Time) (why string) {
	normal, known := v.normal(hour)
	n := v.lines[hour]
	if v.spec.Direction == Above || !known || normal < v.spec.minimum() || float64(n) >= float64(normal)/v.spec.factor() {
		return ""
	}
	return fmt.Sprintf("source %s has sent only %d lines in the hour from %s; normal is %d", v.spec.Source, n, hour.In(v.zone).Format("15:04 MST"), normal)
}

// judge says what is wrong with the volume at an instant, "" when it is normal. Too much is seen
// in the middle of an hour, and over when the hour after it was normal; too little is seen when the
// hour is over, and over when the present one has made up for it.
func (v volumeOf) judge(now time.Time) (why string) {
	hour := now.UTC().Truncate(time.Hour)
	last := hour.Add(-time.Hour)
	for _, h := range []time.Time{hour, last} {
		if why := v.high(h); why != "" {
			return why
		}
	}
	if v.since.After(last) || now.Sub(hour) < settle {
		return "" // the server did not run all of that hour, or it is not counted yet
	}
	if normal, known := v.normal(hour); known && v.lines[hour] > 0 && float64(v.lines[hour]) >= float64(normal)/v.spec.factor() {
		return ""
	}
	return v.low(last)
}

// weigh fires, or resolves, for what a source has sent.
func (w *watch) weigh(v volumeOf, now time.Time) {
	why := v.judge(now)
	if why == "" {
		if now.Sub(now.Truncate(time.Hour)) >= settle {
			for _, g := range w.active {
				w.end(g, now)
			}
		}
		return
	}
	if w.hours == nil || w.hours.Open(now) && w.hours.Open(now.Truncate(time.Hour).Add(-time.Hour)) {
		w.always(now, now.Truncate(time.Hour), why)
	}
}
