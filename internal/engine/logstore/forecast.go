package logstore

import (
	"math"
	"slices"
	"time"
)

// Usage is what a Forecast rests on.
type Usage struct {
	Now time.Time
	// Classes are what the lines of each class take.
	Classes []ClassUse
	// Free is how many bytes the disk has left for lines.
	Free int64
	// Samples say how the disk was, oldest first.
	Samples []Sample
	// Since is from when on days are whole: what there is of earlier ones was handed in later, and says
	// nothing of what a day takes. Zero counts all.
	Since time.Time
}

// ClassUse is what the lines of one class take.
type ClassUse struct {
	// Days are the days in the store, oldest first.
	Days []DayUse
	// Kept is how long the engine keeps a day, MaxDisk the bytes that all days may take; 0 is no limit.
	Kept    time.Duration
	MaxDisk int64
}

// Sample is how the disk was at one instant, in bytes: what was free, and what lines took.
type Sample struct {
	At    time.Time `json:"at"`
	Free  int64     `json:"free"`
	Lines int64     `json:"lines"`
}

// Forecast says when the disk will be full if it goes on like this.
type Forecast struct {
	// Days is how many whole days since Since it rests on, those of the class that has most. Below MinForecastDays there is no forecast, and
	// all else is zero.
	Days int
	// PerDay is what a day of lines takes at present, in bytes, and Growth by how much more
	// than the day before.
	PerDay, Growth float64
	// Other is how many bytes a day whatever else is on the disk grows; OtherKnown is false
	// before that has been watched for MinForecastDays.
	Other      float64
	OtherKnown bool
	// Full is the day on which the disk is full, zero when that is not within ForecastDays.
	Full time.Time
}

const (
	// MinForecastDays is below how many days of data nothing is said.
	MinForecastDays = 3
	// ForecastDays is how far a forecast looks ahead.
	ForecastDays = 2 * 365

	forecastOver = 14 // days that it rests on, the last ones
	day          = 24 * time.Hour
)

// Predict works out when the disk is full. It goes through the coming days: each adds what a day of
// lines will take and what else is growing, and takes away the days that age out, so that a
// store whose oldest days go as new ones come is not said to grow.
//
// Slopes are the median of all slopes between two points (Theil 1950, Sen 1968): a day with a
// storm of lines, or a disk that was cleared once, does not bend them.
func Predict(u Usage) (f Forecast) {
	today := u.Now.UTC().Truncate(day)
	trends := make([]trend, len(u.Classes))
	for i, c := range u.Classes {
		trends[i] = trendOf(c, today, u.Since)
		f.Days = max(f.Days, trends[i].days)
		f.PerDay += trends[i].level
		f.Growth += trends[i].growth
	}
	if f.Days < MinForecastDays {
		return Forecast{Days: f.Days}
	}
	f.Other, f.OtherKnown = otherGrowth(u.Samples, u.Now)
	f.Full = fullOn(u, f, trends, today)
	return f
}

// trend is how what a class takes in a day goes.
type trend struct {
	days          int     // whole days that it rests on
	level, growth float64 // bytes of today, and how many more each day
}

func trendOf(c ClassUse, today, since time.Time) (t trend) {
	x, y := wholeDays(c.Days, today, since)
	t.days = len(x)
	if t.days >= MinForecastDays { // a slope of fewer says nothing
		t.growth = slope(x, y)
	}
	level := make([]float64, len(x)) // of today
	for i := range x {
		level[i] = y[i] - t.growth*x[i]
	}
	t.level = max(median(level), 0)
	return t
}

// wholeDays are the last days before today that began after since, in days relative to today. Days between the first
// and today without a line count as such.
func wholeDays(days []DayUse, today, since time.Time) (x, y []float64) {
	sizes := map[time.Time]int64{}
	first := today
	for _, d := range days {
		sizes[d.Day] = d.Bytes
		if d.Day.Before(first) {
			first = d.Day
		}
	}
	if earliest := today.Add(-forecastOver * day); first.Before(earliest) {
		first = earliest
	}
	for first.Before(since) {
		first = first.Add(day)
	}
	for at := first; at.Before(today); at = at.Add(day) {
		x = append(x, -float64(today.Sub(at)/day))
		y = append(y, float64(sizes[at]))
	}
	return x, y
}

// otherGrowth is how fast what is not lines grows, in bytes a day.
func otherGrowth(samples []Sample, now time.Time) (float64, bool) {
	var x, y []float64
	for _, s := range samples {
		if ago := now.Sub(s.At); ago <= forecastOver*day {
			x = append(x, -ago.Hours()/24)
			y = append(y, -float64(s.Free+s.Lines)) // but for the size of the disk, which stays
		}
	}
	if len(x) < 2 || x[len(x)-1]-x[0] < MinForecastDays {
		return 0, false
	}
	return slope(x, y), true
}

// fullOn goes through the coming days.
func fullOn(u Usage, f Forecast, trends []trend, today time.Time) time.Time {
	start := int64(0)
	classes := make([]future, len(u.Classes))
	for i, c := range u.Classes {
		for _, d := range c.Days {
			start += d.Bytes
		}
		classes[i] = futureOf(c, trends[i], today)
	}
	for i := range ForecastDays {
		at := today.Add(time.Duration(i) * day)
		total := int64(0)
		for j := range classes {
			classes[j].add(at, i)
			total += classes[j].total
		}
		other := f.Other * float64(i+1)
		if float64(u.Free)-float64(total-start)-other <= 0 {
			return at
		}
		for j := range classes {
			classes[j].ageOut(at.Add(day))
		}
	}
	return time.Time{}
}

// future is what a class has on a coming day.
type future struct {
	ClassUse
	trend
	total int64
}

func futureOf(c ClassUse, t trend, today time.Time) future {
	c.Days = slices.DeleteFunc(slices.Clone(c.Days), func(d DayUse) bool { return d.Day.After(today) })
	f := future{ClassUse: c, trend: t}
	for _, d := range c.Days {
		f.total += d.Bytes
	}
	return f
}

// add is the day that is so many days from now.
func (f *future) add(at time.Time, days int) {
	size := int64(max(f.level+f.growth*float64(days), 0))
	if n := len(f.Days); n > 0 && f.Days[n-1].Day.Equal(at) { // today, of which a part is there
		size = max(size-f.Days[n-1].Bytes, 0)
		f.Days[n-1].Bytes += size
	} else {
		f.Days = append(f.Days, DayUse{at, size})
	}
	f.total += size
}

// ageOut takes away the days that the engine deletes by then.
func (f *future) ageOut(now time.Time) {
	oldest := now.Add(-f.Kept).Truncate(day)
	for len(f.Days) > 2 && (f.Days[0].Day.Before(oldest) || f.MaxDisk > 0 && f.total > f.MaxDisk) {
		f.total -= f.Days[0].Bytes
		f.Days = f.Days[1:]
	}
}

// slope is the median of the slopes between any two points.
func slope(x, y []float64) float64 {
	slopes := make([]float64, 0, len(x)*(len(x)-1)/2)
	for i := range x {
		for j := range i {
			if x[i] != x[j] {
				slopes = append(slopes, (y[i]-y[j])/(x[i]-x[j]))
			}
		}
	}
	return median(slopes)
}

// median sorts its values.
func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	slices.Sort(v)
	n := len(v) / 2
	if len(v)%2 == 1 {
		return v[n]
	}
	return v[n-1] + (v[n]-v[n-1])/2
}

// Left is how long it is until the disk is full, ok false when that is not foreseen.
func (f Forecast) Left(now time.Time) (left time.Duration, ok bool) {
	if f.Full.IsZero() {
		return math.MaxInt64, false
	}
	return max(f.Full.Sub(now), 0), true
}
