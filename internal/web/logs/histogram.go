package logs

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/domain/search"
	"mainstay/internal/web/ui"
)

// The histogram is drawn in units of its own: ten for each step, a hundred from bottom to top. The
// style sheet stretches it.
const (
	stepWidth = 10
	height    = 100
	leastSeen = 3 // what is bad is never too small to be seen
)

// bar is one step of the histogram.
type bar struct {
	x     int
	url   string
	label string // in words
	parts []part
}

// part is the lines of one level within a bar.
type part struct {
	level     search.Level
	y, height string
}

func (f found) bars() []bar {
	most := f.most()
	out := make([]bar, 0, len(f.hits.Steps))
	for i, s := range f.hits.Steps {
		end := s.Start.Add(f.hits.Step - time.Nanosecond)
		out = append(out, bar{x: i * stepWidth, url: f.within(latest(s.Start, f.start), earliest(end, f.end)), label: label(s, f.hits.Step), parts: stack(s, most)})
	}
	return out
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// most is how many lines the fullest step has.
func (f found) most() int64 {
	var most int64
	for _, s := range f.hits.Steps {
		most = max(most, s.Total)
	}
	return most
}

// stack puts the levels onto each other, the worst at the bottom, where they can be compared.
func stack(s search.Step, most int64) []part {
	var out []part
	top := float64(height)
	for _, level := range search.Levels {
		n := s.Of[level]
		if n == 0 {
			continue
		}
		h := float64(n) / float64(most) * height
		if level.Bad() || level == search.Warn {
			h = max(h, leastSeen)
		}
		h = min(max(h, 1), top)
		top -= h
		out = append(out, part{level, decimal(top), decimal(h)})
	}
	return out
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

// label says a step in words, for the pointer and for screen readers.
func label(s search.Step, step time.Duration) string {
	out := []string{s.Start.UTC().Format("2 Jan 15:04:05 UTC") + ", " + ui.Words(step) + ": " + lines(s.Total)}
	for _, level := range search.Levels {
		if n := s.Of[level]; n > 0 {
			out = append(out, count(n)+" "+string(level))
		}
	}
	return strings.Join(out, ", ")
}

func lines(n int64) string {
	if n == 1 {
		return "1 line"
	}
	return count(n) + " lines"
}

// ticks are the instants written under an axis.
func ticks(from, to time.Time) []time.Time {
	const n = 4
	var out []time.Time
	for i := range n + 1 {
		out = append(out, from.Add(to.Sub(from)*time.Duration(i)/n))
	}
	return out
}

// summary says the histogram in one sentence.
func (f found) summary() string {
	return fmt.Sprintf("%s in steps of %s, at most %s in one", lines(f.hits.Total), ui.Words(f.hits.Step), count(f.most()))
}

// curve is one series of a chart.
type curve struct {
	class, name, points, last string
}

// chart draws series over time: the same units for all, from zero to the largest value.
type chart struct {
	curves   []curve
	most     string
	from, to time.Time
}

func (f found) chart() (c chart, ok bool) {
	most, n := 0.0, 0
	for _, s := range f.series {
		for _, p := range s.Points {
			most, n = max(most, p.Value), n+1
		}
	}
	if n < 2 || most <= 0 {
		return c, false
	}
	c = chart{most: strconv.FormatFloat(most, 'g', 6, 64), from: f.start, to: f.end}
	for i, s := range f.series {
		if len(s.Points) == 0 {
			continue // not a number: the table has it
		}
		var at []string
		for _, p := range f.filled(s.Points) {
			x := float64(p.Time.Sub(f.start)) / float64(f.end.Sub(f.start)) * (bars * stepWidth)
			at = append(at, decimal(min(max(x, 0), bars*stepWidth))+","+decimal(height-max(p.Value, 0)/most*(height-2)))
		}
		c.curves = append(c.curves, curve{class: "series-" + strconv.Itoa(i), name: oneLine(s.Name, 80), points: strings.Join(at, " "),
			last: strconv.FormatFloat(s.Points[len(s.Points)-1].Value, 'g', 6, 64)})
	}
	return c, true
}

// filled has a zero in each step in which nothing was counted: the engine leaves those out.
func (f found) filled(list []search.Point) []search.Point {
	if f.seriesStep <= 0 {
		return list
	}
	var out []search.Point
	for at := f.start.Truncate(f.seriesStep); !at.After(f.end) && len(out) <= 2*points; at = at.Add(f.seriesStep) {
		i := slices.IndexFunc(list, func(p search.Point) bool { return p.Time.Equal(at) })
		if i < 0 {
			out = append(out, search.Point{Time: at})
		} else {
			out = append(out, list[i])
		}
	}
	return out
}
