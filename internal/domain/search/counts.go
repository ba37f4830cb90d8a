package search

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/engine/signal"
)

// Hits are lines counted per step of time.
type Hits struct {
	Steps []Step
	Step  time.Duration
	Total int64
	// Of counts by level.
	Of map[Level]int64
}

// Step is one step of time.
type Step struct {
	Start time.Time
	Total int64
	Of    map[Level]int64
}

// Bad is how many lines are errors or worse.
func (h Hits) Bad() int64 { return h.Of[Fatal] + h.Of[Error] }

// Hits counts the lines that the question's filter finds, whatever its pipes do with them, in
// steps that make at most about most of them.
func (s *Service) Hits(ctx context.Context, by actor.Actor, q Question, most int) (Hits, error) {
	a, err := s.admit(ctx, by, q)
	if err != nil {
		return Hits{}, err
	}
	step := StepOf(q.End.Sub(q.Start), most)
	counted := query{filter: cut(q.LogsQL).filter, pipes: []string{
		`extract_regexp if (` + levelField + `:"" ` + severityField + `:"") ` + strconv.Quote(opening) + ` from _msg`,
		`stats by (_time:` + strconv.FormatInt(int64(step/time.Second), 10) + `s, ` + levelField + `, ` + severityField + `, ` + openingField + `) count() lines`,
	}}
	rows, err := a.rows(ctx, counted.text(), q.Start, q.End, 0)
	if err != nil {
		return Hits{}, err
	}
	return gather(rows, q.Start.Truncate(step), q.End, step), nil
}

func gather(rows []Row, from, to time.Time, step time.Duration) Hits {
	h := Hits{Step: step, Of: map[Level]int64{}}
	for at := from; !at.After(to); at = at.Add(step) {
		h.Steps = append(h.Steps, Step{Start: at, Of: map[Level]int64{}})
	}
	for _, r := range rows {
		n, _ := strconv.ParseInt(r.Get("lines"), 10, 64)
		level := levelOf(r.Get(levelField), r.Get(severityField), r.Get(openingField))
		h.Total += n
		h.Of[level] += n
		if i := int(r.Time.Sub(from) / step); i >= 0 && i < len(h.Steps) {
			h.Steps[i].Total += n
			h.Steps[i].Of[level] += n
		}
	}
	return h
}

var steps = []time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
}

// StepOf is a step that people read easily, of which at most about most fit into a range.
func StepOf(length time.Duration, most int) time.Duration {
	for _, s := range steps {
		if length <= s*time.Duration(most) {
			return s
		}
	}
	day := 24 * time.Hour
	return (length/time.Duration(most)/day + 1) * day
}

// Facet is a field with its most frequent values.
type Facet struct {
	Name string
	// Hits are the lines that have the field.
	Hits   int64
	Values []Value
	// Many is set where the field has too many or too long values to count them.
	Many bool
}

// Fields returns the fields of the lines that the question's filter finds: first those whose values
// tell lines apart, each with its up to top most frequent values.
func (s *Service) Fields(ctx context.Context, by actor.Actor, q Question, top int) ([]Facet, error) {
	a, err := s.admit(ctx, by, q)
	if err != nil {
		return nil, err
	}
	filter := cut(q.LogsQL).filter
	type document struct {
		Facets []struct {
			Name   string `json:"field_name"`
			Values []struct {
				Value string `json:"field_value"`
				Hits  int64  `json:"hits"`
			} `json:"values"`
		} `json:"facets"`
	}
	found, err := fetch[document](ctx, a, "facets", filter, "limit", strconv.Itoa(top), "max_value_len", "200", "keep_const_fields", "1")
	if err != nil {
		return nil, err
	}
	names, err := a.names(ctx, filter)
	if err != nil {
		return nil, err
	}
	values := map[string][]Value{}
	for _, f := range found.Facets {
		for _, v := range f.Values {
			values[f.Name] = append(values[f.Name], Value{v.Value, v.Hits})
		}
	}
	return facets(names, values), nil
}

func facets(names []Value, values map[string][]Value) []Facet {
	var out []Facet
	for _, n := range names {
		if strings.HasPrefix(n.Name, "_") && (n.Name == signal.Message || n.Name == signal.TimeField || strings.HasPrefix(n.Name, signal.StreamField)) {
			continue
		}
		out = append(out, Facet{Name: n.Name, Hits: n.Hits, Values: values[n.Name], Many: len(values[n.Name]) == 0})
	}
	slices.SortFunc(out, func(a, b Facet) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(b.Hits, a.Hits), cmp.Compare(a.Name, b.Name))
	})
	return out
}

var firstFields = []string{levelField, severityField, signal.Service, "host", signal.Source, signal.Component, signal.Environment}

func rank(f Facet) int {
	if i := slices.Index(firstFields, f.Name); i >= 0 && !f.Many {
		return i
	}
	if f.Many {
		return len(firstFields) + 1
	}
	return len(firstFields)
}

// Series is what a stats pipe counts, over time.
type Series struct {
	// Name says which of the counts, and of which group: "count(*) web1".
	Name   string
	Points []Point
}

// Point is one value.
type Point struct {
	Time  time.Time
	Value float64
}

// Series counts per step of time what the question's stats pipe counts: the largest most series.
func (s *Service) Series(ctx context.Context, by actor.Actor, q Question, steps, most int) ([]Series, time.Duration, error) {
	a, err := s.admit(ctx, by, q)
	if err != nil {
		return nil, 0, err
	}
	step := StepOf(q.End.Sub(q.Start), steps)
	type document struct {
		Data struct {
			Result []matrix `json:"result"`
		} `json:"data"`
	}
	found, err := fetch[document](ctx, a, "stats_query_range", q.LogsQL, "step", strconv.FormatInt(int64(step/time.Second), 10)+"s")
	if err != nil {
		return nil, 0, err
	}
	out := make([]Series, 0, len(found.Data.Result))
	for _, m := range found.Data.Result {
		out = append(out, m.series())
	}
	slices.SortStableFunc(out, func(a, b Series) int { return cmp.Compare(b.sum(), a.sum()) })
	return out[:min(most, len(out))], step, nil
}

// matrix is a series as Prometheus writes it.
type matrix struct {
	Metric map[string]string `json:"metric"`
	Values []point           `json:"values"`
}

// point is a pair of seconds and a number in quotation marks.
type point [2]json.RawMessage

func (m matrix) series() Series {
	out := Series{Name: m.Metric["__name__"]}
	for _, k := range slices.Sorted(maps.Keys(m.Metric)) {
		if k != "__name__" {
			out.Name += " " + cmp.Or(m.Metric[k], "no "+k)
		}
	}
	for _, v := range m.Values {
		at, err := strconv.ParseFloat(string(v[0]), 64)
		n, err2 := strconv.ParseFloat(strings.Trim(string(v[1]), `"`), 64)
		if err == nil && err2 == nil && !math.IsNaN(n) && !math.IsInf(n, 0) {
			out.Points = append(out.Points, Point{time.Unix(int64(at), 0).UTC(), n})
		}
	}
	return out
}

func (s Series) sum() (sum float64) {
	for _, p := range s.Points {
		sum += p.Value
	}
	return sum
}
