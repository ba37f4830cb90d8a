package rule

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/search"
	"mainstay/internal/domain/source"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/signal"
)

const (
	maxPreview  = 31 * 24 * time.Hour
	maxLines    = 20_000 // looked at in a preview
	maxFirings  = 200    // told of
	previewBars = 60
	maxAnswer   = 256 << 20 // bytes of an answer of the store
)

// Preview says how a rule would have fired over lines that are stored.
type Preview struct {
	From, To time.Time
	// Matches is how many lines match. Looked is how many of them, the latest, were looked at.
	Matches int64
	Looked  int
	Firings []Preceding // the earliest first
	// Fired counts all firings, Groups those who fire.
	Fired, Groups int
	Bars          []Bar
	// Note says what the preview cannot tell; empty mostly.
	Note string
}

// Preceding is a firing that would have been.
type Preceding struct {
	At, Until time.Time // zero Until: still firing at the end
	Group     []string
	Service   string
	Severity  int
	Count     int64
	Why, Line string
}

// Bar is a part of the range.
type Bar struct {
	At      time.Time
	Matches int64
	Fired   int
}

// Range is what of the stored lines is looked at when the ends are left out: the day before now, or
// before the end that is given.
func Range(now, from, to time.Time) (time.Time, time.Time) {
	if to.IsZero() {
		to = now
	}
	if from.IsZero() {
		from = to.Add(-24 * time.Hour)
	}
	return from, to
}

// Preview works out how often, when and for which groups a rule would have fired between two
// instants, over the lines that by may read. It stores nothing.
func (s *Service) Preview(ctx context.Context, by actor.Actor, spec Spec, from, to time.Time) (p Preview, err error) {
	if err := mayWriteSome(by); err != nil {
		return p, err
	}
	scope, err := s.Scope(ctx, by)
	if err != nil {
		return p, err
	}
	spec.Disabled = false
	if err := s.checkPreview(spec, from, to); err != nil {
		return p, err
	}
	p = Preview{From: from.UTC(), To: to.UTC(), Bars: bars(from, to)}
	w := newWatch(Rule{Name: "preview", Spec: spec, Sees: signal.Scope{All: true}}, 0, nil)
	if err := s.hoursOf(ctx, w); err != nil {
		return p, err
	}
	switch w.kind {
	case NewPattern:
		p.Note = "What would have been new cannot be told afterwards: these are all lines that match."
	case Volume:
		return p, s.previewVolume(ctx, w, &p)
	}
	if err := s.countMatches(ctx, spec, scope, &p); err != nil {
		return p, err
	}
	rows, err := s.matches(ctx, spec, scope, p)
	if err != nil {
		return p, err
	}
	p.Looked = len(rows)
	if int64(p.Looked) < p.Matches && p.Looked == maxLines {
		p.Note = strings.TrimSpace(p.Note + fmt.Sprintf(" More than %d lines match; only the latest of them were looked at.", maxLines))
	}
	p.Note = strings.TrimSpace(p.Note + " " + caseNote(spec.Filter, p.Matches))
	if w.kind != NewPattern {
		w.replay(rows, &p)
	}
	return p, nil
}

// caseNote says that words mean less in a rule than in the line of the search page, where that may
// surprise: it reads words without regard to case.
func caseNote(filter string, matches int64) string {
	reading, plain := search.Interpret(filter)
	if !plain || matches > 0 && strings.Contains(filter, `"`) {
		return ""
	}
	return "Words are compared with case; i(\"…\") matches any case, as plain words do on the search page. That is: " + cut(reading, maxText)
}

func (s *Service) checkPreview(spec Spec, from, to time.Time) error {
	var c errs.Check
	spec.Validate(&c)
	s.checkFilter(&c, spec)
	c.Require(to.After(from), "to", "must be after from")
	c.Require(to.Sub(from) <= maxPreview, "from", "must be at most 31 days before to")
	return c.Err("the preview")
}

func bars(from, to time.Time) []Bar {
	out := make([]Bar, previewBars)
	for i := range out {
		out[i].At = from.UTC().Add(to.Sub(from) * time.Duration(i) / previewBars)
	}
	return out
}

// bar is the part of the range in which an instant lies.
func (p *Preview) bar(at time.Time) *Bar {
	i := int(at.Sub(p.From) * previewBars / max(1, p.To.Sub(p.From)))
	return &p.Bars[min(max(i, 0), previewBars-1)]
}

func (s *Service) hoursOf(ctx context.Context, w *watch) error {
	if w.Spec.Hours == "" {
		return nil
	}
	return s.DB.View(ctx, func(tx *db.Tx) error {
		e, err := calendar.ByName(tx, w.Spec.Hours)
		w.hours = e.Calendar
		return err
	})
}

// countMatches asks how many lines match, by part of the range.
func (s *Service) countMatches(ctx context.Context, spec Spec, scope signal.Scope, p *Preview) error {
	step := max(p.To.Sub(p.From)/previewBars, time.Millisecond)
	body, err := s.ask(ctx, "hits", spec.Filter, scope, *p, url.Values{"step": {strconv.FormatInt(step.Milliseconds(), 10) + "ms"}})
	if err != nil {
		return err
	}
	defer body.Close()
	var answer struct {
		Hits []struct {
			Timestamps []time.Time `json:"timestamps"`
			Values     []int64     `json:"values"`
		} `json:"hits"`
	}
	if err := json.NewDecoder(io.LimitReader(body, maxAnswer)).Decode(&answer); err != nil {
		return errs.Unavailablef("the log store gave an answer that cannot be read: %v", err)
	}
	for _, h := range answer.Hits {
		for i, n := range h.Values[:min(len(h.Values), len(h.Timestamps))] {
			p.Matches += n
			p.bar(h.Timestamps[i].Add(step / 2)).Matches += n
		}
	}
	return nil
}

func (s *Service) ask(ctx context.Context, endpoint, query string, scope signal.Scope, p Preview, more url.Values) (io.ReadCloser, error) {
	form := url.Values{"query": {query}, "start": {p.From.Format(time.RFC3339Nano)}, "end": {p.To.Format(time.RFC3339Nano)}}
	for k, v := range more {
		form[k] = v
	}
	answer, err := s.Logs.Select(ctx, endpoint, form, scope)
	return answer.Body, err
}

// matches returns the latest lines that match, the earliest first.
func (s *Service) matches(ctx context.Context, spec Spec, scope signal.Scope, p Preview) ([]signal.Row, error) {
	fields := []string{signal.TimeField, signal.Message, signal.Source, signal.Service, signal.Component}
	for _, f := range spec.GroupBy {
		if !slices.Contains(fields, f) {
			fields = append(fields, strconv.Quote(f))
		}
	}
	query := "(" + spec.Filter + "\n) | fields " + strings.Join(fields, ", ") + " | sort by (_time) desc limit " + strconv.Itoa(maxLines)
	body, err := s.ask(ctx, "query", query, scope, p, nil)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	var rows []signal.Row
	lines := bufio.NewScanner(io.LimitReader(body, maxAnswer))
	lines.Buffer(nil, 8<<20)
	for lines.Scan() {
		row, err := rowOf(lines.Bytes())
		if err != nil {
			return nil, errs.Unavailablef("the log store gave an answer that cannot be read: %v", err)
		}
		rows = append(rows, row)
	}
	if err := lines.Err(); err != nil {
		return nil, errs.Unavailablef("the answer of the log store broke off: %v", err)
	}
	slices.SortStableFunc(rows, func(a, b signal.Row) int { return a.Time.Compare(b.Time) })
	return rows, nil
}

func rowOf(text []byte) (row signal.Row, err error) {
	var fields map[string]string
	if err := json.Unmarshal(text, &fields); err != nil {
		return row, err
	}
	if row.Time, err = time.Parse(time.RFC3339Nano, fields[signal.TimeField]); err != nil {
		return row, err
	}
	for name, value := range fields {
		row.Fields = append(row.Fields, signal.Field{Name: name, Value: value})
	}
	return row, nil
}

// replay shows a watch lines as if they had just arrived, and notes what it says.
func (w *watch) replay(rows []signal.Row, p *Preview) {
	open := map[string]int{} // by group: its firing, in the order of all
	groups := map[string]bool{}
	if w.kind == Absent {
		w.seen = p.From
	}
	for _, row := range rows {
		w.passTo(row.Time)
		w.match(line{arrived: row.Time, row: row})
		w.note(p, open, groups)
	}
	w.passTo(p.To)
	w.note(p, open, groups)
	p.Groups = len(groups)
	for _, g := range w.active {
		if i, ok := open[g.key()]; ok && i < len(p.Firings) {
			p.Firings[i].Count = w.lines(g.episode.Count)
		}
	}
}

// lines is how many lines a firing was about: an absence is about none.
func (w *watch) lines(counted int64) int64 {
	if w.kind == Absent {
		return 0
	}
	return counted
}

// passTo lets time pass, stopping wherever something happens.
func (w *watch) passTo(end time.Time) {
	for {
		next := w.next()
		if next.IsZero() || next.After(end) {
			return
		}
		before := len(w.told)
		w.pass(next)
		if len(w.told) == before {
			return
		}
	}
}

// note takes what the watch has said into the preview.
func (w *watch) note(p *Preview, open map[string]int, groups map[string]bool) {
	for _, t := range w.told {
		key := t.group.key()
		switch t.what {
		case fires:
			open[key], groups[key] = p.Fired, true
			p.Fired++
			p.bar(t.at).Fired++
			if len(p.Firings) < maxFirings {
				p.Firings = append(p.Firings, Preceding{At: t.at, Group: t.group.values, Service: t.group.service,
					Severity: w.Spec.severity(), Count: w.lines(t.episode.Count), Why: t.episode.Why, Line: t.episode.Line})
			}
		case ends:
			if i := open[key]; i < len(p.Firings) {
				p.Firings[i].Until, p.Firings[i].Count = t.at, w.lines(t.episode.Count)
			}
			delete(open, key)
		case repeats:
		}
	}
	w.told = nil
}

// previewVolume looks at every hour of the range.
func (s *Service) previewVolume(ctx context.Context, w *watch, p *Preview) error {
	v := volumeOf{zone: time.UTC, spec: w.Spec}
	if w.hours != nil {
		v.zone = w.hours.Location()
	}
	if err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		if _, err = source.ByName(tx, w.Spec.Source); err == nil {
			v.lines, err = source.Hours(tx, w.Spec.Source, p.From.Add(-history-2*time.Hour))
		}
		return err
	}); err != nil {
		return err
	}
	open, groups := map[string]int{}, map[string]bool{}
	known := false
	for hour := p.From.Truncate(time.Hour); hour.Before(p.To); hour = hour.Add(time.Hour) {
		p.Matches += v.lines[hour]
		p.bar(hour).Matches += v.lines[hour]
		if _, ok := v.normal(hour); ok {
			known = true
		}
		w.weigh(v, hour.Add(time.Hour-time.Second))
		w.note(p, open, groups)
	}
	p.Groups = len(groups)
	if !known {
		p.Note = fmt.Sprintf("What is normal is known once an hour of the day had lines on %d days.", minDays)
	}
	return nil
}
