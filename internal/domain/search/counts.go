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
	// Named counts those whose field level is that very word, which is what level:error finds. The others
	// of a level say it in the field severity, in another spelling, or with a word at their beginning.
	Named map[Level]int64
	// Guessed are those that have no field for it: their level is a word at their beginning.
	Guessed int64
	// Unread is set where so many lines name no level that nobody looked for one in their words.
	Unread bool
}

// Step is one step of time.
type Step struct {
	Start time.Time
	Total int64
	Of    map[Level]int64
}

// Bad is how many lines are errors or worse.
func (h Hits) Bad() int64 { return h.Of[Fatal] + h.Of[Error] }

// Missed reports whether a search for a level finds fewer lines than have it, where that matters.
func (h Hits) Missed(l Level) bool { return (l.Bad() || l == Warn) && h.Named[l] < h.Of[l] }

// Hits counts the lines that the question's filter finds, whatever its pipes do with them, in
// steps that make at most about most of them.
func (s *Service) Hits(ctx context.Context, by actor.Actor, q Question, most int) (Hits, error) {
	a, err := s.admit(ctx, by, q)
	if err != nil {
		return Hits{}, err
	}
	step := StepOf(q.End.Sub(q.Start), most)
	rows, err := a.steps(ctx, cut(q.LogsQL), step)
	if err != nil {
		return Hits{}, err
	}
	h := Hits{Step: step, Of: map[Level]int64{}, Named: map[Level]int64{}}
	for at := q.Start.Truncate(step); !at.After(q.End); at = at.Add(step) {
		h.Steps = append(h.Steps, Step{Start: at, Of: map[Level]int64{}})
	}
	silent := h.add(rows, 1)
	if h.Unread = silent > readable; silent == 0 || h.Unread {
		return h, nil
	}
	return h, a.openings(ctx, &h)
}

// readable is how many lines without a level are looked into for a word at their beginning:
// some seconds' work for the engine.
const readable = 300_000

// steps counts by what lines say in their fields.
func (a asker) steps(ctx context.Context, q query, step time.Duration) ([]Row, error) {
	by := `stats by (_time:` + seconds(step) + `, ` + levelField + `, ` + severityField + `) count() lines`
	return a.rows(ctx, query{filter: q.filter, pipes: []string{by}}.text(), a.q.Start, a.q.End)
}

// openings moves lines without a level to that of the word at their beginning.
func (a asker) openings(ctx context.Context, h *Hits) error {
	silent := query{filter: cut(a.q.LogsQL).filter}.narrow(levelField + `:"" ` + severityField + `:""`)
	rows, err := a.rows(ctx, silent+` | extract_regexp `+strconv.Quote(opening)+` from _msg | filter `+openingField+`:*`+
		` | stats by (_time:`+seconds(h.Step)+`, `+openingField+`) count() lines`, a.q.Start, a.q.End)
	if err != nil {
		return err
	}
	h.add(rows, 1)
	for _, r := range rows {
		n, _ := strconv.ParseInt(r.Get("lines"), 10, 64)
		h.Guessed += n
	}
	for i := range rows {
		rows[i].Fields = slices.DeleteFunc(rows[i].Fields, func(f Field) bool { return f.Name == openingField })
	}
	h.add(rows, -1)
	return nil
}

func seconds(d time.Duration) string { return strconv.FormatInt(int64(d/time.Second), 10) + "s" }

// add counts rows, sign times, and returns how many lines said nothing of their level.
func (h *Hits) add(rows []Row, sign int64) (silent int64) {
	for _, r := range rows {
		n, _ := strconv.ParseInt(r.Get("lines"), 10, 64)
		n *= sign
		said := cmp.Or(r.Get(levelField), r.Get(severityField), r.Get(openingField))
		if said == "" {
			silent += n
		}
		level := levelNamed(said)
		h.Total += n
		h.Of[level] += n
		if r.Get(levelField) == string(level) {
			h.Named[level] += n
		}
		if i := int(r.Time.Sub(h.Steps[0].Start) / h.Step); i >= 0 && i < len(h.Steps) {
			h.Steps[i].Total += n
			h.Steps[i].Of[level] += n
		}
	}
	return silent
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
	return time.Duration(int64(length/day)/int64(most)+1) * day
}

// Facet is a field with its most frequent values.
type Facet struct {
	Name string
	// Hits are the lines that have the field; 0 where there are Many.
	Hits int64
	// Without are the lines that do not have it, 0 where there are Many.
	Without int64
	// Values are the most frequent.
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
	found, err := fetch[document](ctx, a, "facets", filter, "limit", manyValues, "max_values_per_field", manyValues, "max_value_len", "200", "keep_const_fields", "1")
	if err != nil {
		return nil, err
	}
	names, err := a.names(ctx, filter)
	if err != nil {
		return nil, err
	}
	counted := map[string]Facet{}
	for _, f := range found.Facets {
		facet := Facet{Name: f.Name}
		for _, v := range f.Values {
			if v.Value != "" { // to the engine, an empty field and none are the same
				facet.Hits += v.Hits
				facet.Values = append(facet.Values, Value{v.Value, v.Hits})
			}
		}
		facet.Values = facet.Values[:min(len(facet.Values), top)]
		counted[f.Name] = facet
	}
	return facets(names, counted), nil
}

// manyValues is how many values of a field are counted, so that Hits is the sum of them all.
const manyValues = "1000"

// facets are the named fields with what was counted of them. For fields the engine counts the lines
// of whole blocks; every line has a time, so only for that it is the number of lines.
func facets(names []Value, counted map[string]Facet) []Facet {
	var out []Facet
	var lines int64
	if i := slices.IndexFunc(names, func(n Value) bool { return n.Name == signal.TimeField }); i >= 0 {
		lines = names[i].Hits
	}
	for _, n := range names {
		if slices.Contains([]string{signal.Message, signal.TimeField, signal.StreamField, signal.StreamIDField}, n.Name) {
			continue
		}
		f, ok := counted[n.Name]
		switch {
		case !ok:
			out = append(out, Facet{Name: n.Name, Many: true})
		case len(f.Values) > 0:
			f.Without = max(0, lines-f.Hits)
			out = append(out, f)
		}
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
	found, err := fetch[document](ctx, a, "stats_query_range", q.LogsQL, "step", seconds(step))
	if err != nil {
		return nil, 0, err
	}
	out := make([]Series, 0, len(found.Data.Result))
	for _, m := range found.Data.Result {
		out = append(out, m.series())
	}
	alone(found.Data.Result, out)
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

// alone leaves out of names what is counted, where that is the same for all groups.
func alone(of []matrix, list []Series) {
	for i := range of {
		if of[i].Metric["__name__"] != of[0].Metric["__name__"] {
			return
		}
	}
	for i := range list {
		if len(of[i].Metric) > 1 {
			list[i].Name = strings.TrimPrefix(list[i].Name, of[i].Metric["__name__"]+" ")
		}
	}
}

func (s Series) sum() (sum float64) {
	for _, p := range s.Points {
		sum += p.Value
	}
	return sum
}
