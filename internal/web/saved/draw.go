package saved

import (
	"strconv"
	"strings"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/saved"
	"mainstay/internal/domain/search"
	"mainstay/internal/engine/signal"
	"mainstay/internal/web/ui"
)

// Charts are drawn in units of their own, ten for each step and a hundred from bottom to top, as the
// histogram of the page of logs is.
const (
	stepWidth = 10
	height    = 100
	leastSeen = 3 // what is bad is never too small to be seen
	wide      = 600
)

// icons stand beside the words of levels.
var icons = map[search.Level]string{
	search.Fatal: "cross", search.Error: "cross", search.Warn: "triangle", search.Info: "info",
	search.Debug: "dash", search.Trace: "dash", search.Unknown: "question",
}

type bar struct {
	url, label string
	x          string
	parts      []part
}

type part struct {
	level     search.Level
	y, height string
}

// bars are the steps of a histogram, the worst level at the bottom of each.
func (v view) bars() []bar {
	most := v.most()
	out := make([]bar, len(v.Hits.Steps))
	for i, s := range v.Hits.Steps {
		end := s.Start.Add(v.Hits.Step - time.Nanosecond)
		out[i] = bar{x: strconv.Itoa(i * stepWidth), url: v.Asked.Between(s.Start, end),
			label: s.Start.UTC().Format("2 Jan 15:04:05 UTC") + ", " + ui.Words(v.Hits.Step) + ": " + saved.Count(s.Total)}
		top := float64(height)
		for _, level := range search.Levels {
			if n := s.Of[level]; n > 0 {
				h := max(float64(n)/float64(most)*height, 1)
				if level.Bad() || level == search.Warn {
					h = max(h, leastSeen)
				}
				h = min(h, top)
				top -= h
				out[i].parts = append(out[i].parts, part{level, decimal(top), decimal(h)})
			}
		}
	}
	return out
}

func (v view) most() (most int64) {
	for _, s := range v.Hits.Steps {
		most = max(most, s.Total)
	}
	return max(most, 1)
}

func (v view) box() string { return box(len(v.Hits.Steps)) }

func box(n int) string { return "0 0 " + strconv.Itoa(n*stepWidth) + " " + strconv.Itoa(height) }

type curve struct{ class, name, points, last string }

// curves are series with the same units for all, from zero to the largest value; steps in which
// nothing was counted are zero.
func (v view) curves() (out []curve, most float64) {
	for _, s := range v.Series {
		for _, p := range s.Points {
			most = max(most, p.Value)
		}
	}
	for i, s := range v.Series {
		at := map[time.Time]float64{}
		for _, p := range s.Points {
			at[p.Time] = p.Value
		}
		var points []string
		for t := v.Start.Truncate(v.Step); v.Step > 0 && !t.After(v.End); t = t.Add(v.Step) {
			x := float64(t.Sub(v.Start)) / float64(v.End.Sub(v.Start)) * wide
			y := height - max(at[t.UTC()], 0)/max(most, 1e-9)*(height-2)
			points = append(points, decimal(min(max(x, 0), wide))+","+decimal(y))
		}
		last := 0.0
		if n := len(s.Points); n > 0 {
			last = s.Points[n-1].Value
		}
		out = append(out, curve{"series-" + strconv.Itoa(i), oneLine(s.Name, 60), strings.Join(points, " "), figure(strconv.FormatFloat(last, 'g', 6, 64))})
	}
	return out, most
}

func decimal(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }

// share is the length of the bar of a value, in percent of the most frequent one.
func (v view) share(n int64) string {
	return decimal(float64(n) / float64(max(v.Values[0].Hits, 1)) * 100)
}

// only is the search for one value of a top panel.
func (v view) only(value string) string {
	s := v.Asked
	s.Query, s.As, s.Range = search.With(s.LogsQL(), v.panel.Field, value), string(search.LogsQL), v.board.last
	return s.Path()
}

// ticks are the instants written under a chart.
func (v view) ticks() []time.Time {
	var out []time.Time
	for i := range 3 {
		out = append(out, v.Start.Add(v.End.Sub(v.Start)*time.Duration(i)/2))
	}
	return out
}

// cell is a value of a table.
func cell(r search.Row, column string) string {
	if column == signal.TimeField && !r.Time.IsZero() {
		return r.Time.UTC().Format("2 Jan 15:04:05 UTC")
	}
	return figure(oneLine(r.Get(column), 200))
}

func numeric(r search.Row, column string) bool {
	_, err := strconv.ParseFloat(r.Get(column), 64)
	return err == nil
}

// said is the message of a line, or its fields where it has none.
func said(r search.Row) string {
	if r.Message != "" {
		return oneLine(r.Message, 300)
	}
	var out []string
	for _, f := range r.Fields {
		out = append(out, f.Name+"="+f.Value)
	}
	return oneLine(strings.Join(out, " "), 300)
}

// figure writes whole numbers with commas.
func figure(s string) string {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return saved.Count(n)
	}
	return s
}

func lines(n int64) string {
	if n == 1 {
		return "line"
	}
	return "lines"
}

// oneLine is text that strangers wrote, on one line and at most so long.
func oneLine(s string, most int) string { return text.OneLine(s, most) }

// why is an error in a panel: what failed, with the values that were refused.
func why(err error) string {
	out := ui.Sentence(err)
	for _, f := range errs.FieldsOf(err) {
		out += " " + f.Path + " " + f.Message + "."
	}
	return out
}
