package saved

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/search"
	"mainstay/internal/engine/db"
)

// Shown is what a panel shows to one reader.
type Shown struct {
	Title string
	// Asked is what it searches, with which its reader can go on.
	Asked      SearchSpec
	Start, End time.Time

	// Total and Bad are of a count; Value is that of a stats query, as the engine writes it.
	Total, Bad int64
	Value      string
	// Hits or Series are of a chart.
	Hits   *search.Hits
	Series []search.Series
	Step   time.Duration
	// Answer is of a table or of lines, and Answer.Table says which.
	Answer search.Answer
	// Values are the most frequent ones of a top panel.
	Values []search.Value
}

const (
	chartSteps = 60
	maxSeries  = 6
)

// Panel answers one panel, for the range that ends at an instant, within what by may see. What it
// has found out by then comes with an error, too.
func (s *Service) Panel(ctx context.Context, by actor.Actor, p Panel, end time.Time, length time.Duration) (out Shown, err error) {
	out = Shown{Title: p.Title, Asked: SearchSpec{Query: p.Query, As: p.As}, Start: end.Add(-length), End: end}
	if err := people.Allow(by, people.SearchRead, people.Target{}); err != nil {
		return out, err
	}
	if p.Search != "" {
		if err := s.DB.View(ctx, func(tx *db.Tx) error {
			it, err := s.Searches.seen(tx, by, p.Search)
			out.Asked, out.Title = it.Spec, cmp.Or(out.Title, it.Title())
			return err
		}); err != nil {
			out.Title = cmp.Or(p.Title, p.Search)
			return out, err
		}
	}
	out.Title = cmp.Or(out.Title, p.Query)
	err = s.answer(ctx, by, p, &out)
	return out, err
}

func (s *Service) answer(ctx context.Context, by actor.Actor, p Panel, out *Shown) (err error) {
	q := search.Question{LogsQL: out.Asked.LogsQL(), Start: out.Start, End: out.End, Limit: cmp.Or(p.Limit, usualLimit)}
	counts := search.Counts(q.LogsQL)
	switch p.Kind {
	case CountPanel:
		if counts {
			out.Answer, err = s.Search.Rows(ctx, by, q)
			out.Value = single(out.Answer)
			return err
		}
		out.Total, out.Bad, err = s.count(ctx, by, q)
	case ChartPanel:
		if counts {
			out.Series, out.Step, err = s.Search.Series(ctx, by, q, chartSteps, maxSeries)
			return err
		}
		hits, err := s.Search.Hits(ctx, by, q, chartSteps)
		out.Hits = &hits
		return err
	case TopPanel:
		out.Values, err = s.top(ctx, by, q, p.Field)
	case TablePanel, LinesPanel:
		out.Answer, err = s.Search.Rows(ctx, by, q)
	}
	return err
}

// single is the one number that a stats query without groups counts, "" for more.
func single(a search.Answer) string {
	if len(a.Rows) != 1 || len(a.Rows[0].Fields) != 1 {
		return ""
	}
	return a.Rows[0].Fields[0].Value
}

// top are the most frequent values of a field.
func (s *Service) top(ctx context.Context, by actor.Actor, q search.Question, field string) ([]search.Value, error) {
	name := strconv.Quote(field)
	q.LogsQL = search.Then(q.LogsQL, `filter `+name+`:* | stats by (`+name+`) count() "lines of it" | sort by ("lines of it" desc, `+name+`) limit `+strconv.Itoa(q.Limit))
	answer, err := s.Search.Rows(ctx, by, q)
	if err != nil {
		return nil, err
	}
	out := make([]search.Value, 0, len(answer.Rows))
	for _, r := range answer.Rows {
		n, _ := strconv.ParseInt(r.Get("lines of it"), 10, 64) // it counted
		value := r.Get(field)
		if value == "" && field == "_stream" {
			value = r.Stream
		}
		out = append(out, search.Value{Name: value, Hits: n})
	}
	return out, nil
}
