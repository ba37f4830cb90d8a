package search

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
)

// Answer is what a question found.
type Answer struct {
	Rows []Row
	// Older is where the next page begins; nil when this was the last.
	Older *Cursor
	// Table is set where the rows are no lines but what a pipe has made of them; Columns are then
	// their fields in order.
	Table   bool
	Columns []string
	// Made are fields of lines that the query's pipes have taken out of them.
	Made []string
	Took time.Duration
}

// Rows returns the newest lines first, unless the question orders them itself.
func (s *Service) Rows(ctx context.Context, by actor.Actor, q Question) (out Answer, err error) {
	a, err := s.admit(ctx, by, q)
	if err != nil {
		return out, err
	}
	began := s.Clock.Now()
	switch parsed := cut(q.LogsQL); {
	case parsed.paged():
		out, err = a.page(ctx)
		if err == nil && len(parsed.pipes) > 0 {
			out.Made, err = a.made(ctx, out.Rows)
		}
	default:
		out, err = a.shaped(ctx, parsed)
	}
	out.Took = s.Clock.Now().Sub(began)
	return out, err
}

// page reads one page of lines. The engine cuts off in the middle of an instant, so what it sent
// of the oldest one belongs to the next page; only where a page is a single instant, it is
// read whole and shown in parts.
func (a asker) page(ctx context.Context) (Answer, error) {
	to, seen := a.q.End, 0
	if b := a.q.Before; b != nil && !b.Time.After(to) {
		to, seen = b.Time, b.Seen
	}
	if seen > 0 {
		return a.instant(ctx, to, seen)
	}
	rows, err := a.newest(ctx, a.q.LogsQL, a.q.Start, to, a.q.Limit+1)
	if err != nil || len(rows) <= a.q.Limit {
		return Answer{Rows: rows}, err
	}
	oldest := rows[len(rows)-1].Time
	whole := slices.IndexFunc(rows, func(r Row) bool { return r.Time.Equal(oldest) })
	if whole >= a.q.Limit/2 {
		return Answer{Rows: rows[:whole], Older: &Cursor{Time: oldest}}, nil
	}
	return a.filled(ctx, rows[:whole], oldest)
}

// filled is a page of which little would be left without the lines of its oldest instant: as many of
// those follow as there is room for.
func (a asker) filled(ctx context.Context, rows []Row, oldest time.Time) (Answer, error) {
	a.q.Limit -= len(rows)
	rest, err := a.instant(ctx, oldest, 0)
	rest.Rows = append(rows, rest.Rows...)
	return rest, err
}

// newest reads the newest rows. The engine has a limit of its own for that, which loses lines where
// many have the same instant; sorting by time costs as much as counting them does.
func (a asker) newest(ctx context.Context, logsql string, from, to time.Time, n int) ([]Row, error) {
	rows, err := a.rows(ctx, cut(logsql).newest(n), from, to)
	newestFirst(rows)
	return rows, err
}

// instant reads lines that all have the same time, which more than a page of them have.
func (a asker) instant(ctx context.Context, at time.Time, seen int) (Answer, error) {
	rows, err := a.newest(ctx, a.q.LogsQL, at, at, wholeTies)
	if err != nil {
		return Answer{}, err
	}
	rows = rows[min(seen, len(rows)):]
	if len(rows) > a.q.Limit {
		return Answer{Rows: rows[:a.q.Limit], Older: &Cursor{at, seen + a.q.Limit}}, nil
	}
	if before := at.Add(-1); !before.Before(a.q.Start) {
		return Answer{Rows: rows, Older: &Cursor{Time: before}}, nil
	}
	return Answer{Rows: rows}, nil
}

// made names the fields that the query's pipes have added to lines.
func (a asker) made(ctx context.Context, rows []Row) ([]string, error) {
	stored, err := a.names(ctx, cut(a.q.LogsQL).filter)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, n := range stored {
		known[n.Name] = true
	}
	var out []string
	for _, name := range columns(rows) {
		if !known[name] {
			out = append(out, name)
		}
	}
	return out, nil
}

// shaped reads an answer whose order and columns are the query's own.
func (a asker) shaped(ctx context.Context, parsed query) (Answer, error) {
	rows, err := a.rows(ctx, parsed.text("limit "+strconv.Itoa(a.q.Limit)), a.q.Start, a.q.End)
	if err != nil {
		return Answer{}, err
	}
	out := Answer{Rows: rows, Columns: columns(rows)}
	out.Table = parsed.tables() || !slices.ContainsFunc(rows, func(r Row) bool { return r.Mark != "" })
	if out.Table && slices.ContainsFunc(rows, func(r Row) bool { return !r.Time.IsZero() }) {
		out.Columns = append([]string{signal.TimeField}, out.Columns...)
	}
	switch {
	case parsed.any(sorting):
	case out.Table:
		mostFirst(rows)
	default:
		newestFirst(rows)
	}
	return out, nil
}

// columns are the fields of rows in the order in which they first appear.
func columns(rows []Row) []string {
	var out []string
	seen := map[string]bool{}
	for _, r := range rows {
		for _, f := range r.Fields {
			if !seen[f.Name] {
				seen[f.Name] = true
				out = append(out, f.Name)
			}
		}
	}
	return out
}

// mostFirst orders a table that nobody ordered: by time, else by its last number, the largest first.
func mostFirst(rows []Row) {
	last := func(r Row) float64 {
		if len(r.Fields) == 0 {
			return 0
		}
		n, _ := strconv.ParseFloat(r.Fields[len(r.Fields)-1].Value, 64)
		return n
	}
	slices.SortStableFunc(rows, func(a, b Row) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(last(b), last(a)), strings.Compare(a.ID, b.ID))
	})
}

// Tail returns what has arrived since an instant, newest first. Lines arrive late and out of
// order, so ask from some seconds before the last answer and leave out, by ID, what was in it.
func (s *Service) Tail(ctx context.Context, by actor.Actor, q Question) ([]Row, error) {
	a, err := s.admit(ctx, by, q)
	if err != nil {
		return nil, err
	}
	if !CanTail(q.LogsQL) {
		return nil, errs.Invalidf("lines cannot be watched through stats, sort and similar pipes: take them out of the search")
	}
	return a.newest(ctx, q.LogsQL, q.Start, q.End, a.q.Limit)
}

// Newest returns the newest line whose level is Bad, nil when there is none.
func (s *Service) Newest(ctx context.Context, by actor.Actor, q Question) (*Row, error) {
	a, err := s.admit(ctx, by, q)
	if err != nil {
		return nil, err
	}
	rows, err := a.newest(ctx, query{filter: cut(q.LogsQL).filter}.narrow(badLines), q.Start, q.End, 1)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &rows[0], nil
}

// Line finds one line again. The pipes of LogsQL that take lines apart are applied to it.
func (s *Service) Line(ctx context.Context, by actor.Actor, at Place, logsql string) (Row, error) {
	a, err := s.admit(ctx, by, Question{Start: at.Time, End: at.Time, Whole: true})
	if err != nil {
		return Row{}, err
	}
	if !streamID(at.StreamID) {
		return Row{}, errs.NotFoundf("there is no such line: its address is not whole")
	}
	q := query{filter: "_stream_id:" + at.StreamID, pipes: cut(logsql).taking()}
	rows, err := a.newest(ctx, q.text(), at.Time, at.Time, wholeTies)
	if err != nil {
		return Row{}, err
	}
	for _, r := range rows {
		if r.Mark == at.Mark {
			return r, nil
		}
	}
	if len(rows) == 1 {
		return rows[0], nil // a pipe has changed its message
	}
	return Row{}, errs.NotFoundf("this line is not there any more, or not yours to see: lines are kept for a while only")
}

func streamID(s string) bool {
	return len(s) == 48 && strings.Trim(s, "0123456789abcdef") == ""
}

// Around returns up to n lines before and n after a line in its stream, oldest first, with the line
// itself between them.
func (s *Service) Around(ctx context.Context, by actor.Actor, at Place, n int) ([]Row, error) {
	a, err := s.admit(ctx, by, Question{Start: at.Time, End: at.Time})
	if err != nil {
		return nil, err
	}
	if !streamID(at.StreamID) || n < 1 || n > MaxRows {
		return nil, errs.NotFoundf("there is no such line: its address is not whole")
	}
	filter := "_stream_id:" + at.StreamID
	before, err := wider(n+1, func(far time.Duration) ([]Row, error) {
		return a.newest(ctx, filter, at.Time.Add(-far), at.Time, n+1)
	})
	if err != nil {
		return nil, err
	}
	slices.Reverse(before)
	after, err := wider(n, func(far time.Duration) ([]Row, error) {
		return a.rows(ctx, filter+" | sort by (_time) limit "+strconv.Itoa(n), at.Time.Add(1), at.Time.Add(far))
	})
	newestFirst(after)
	slices.Reverse(after)
	return append(before, after...), err
}

// wider looks further and further until enough lines are found.
func wider(enough int, look func(time.Duration) ([]Row, error)) ([]Row, error) {
	var rows []Row
	for _, far := range []time.Duration{time.Minute, time.Hour, 24 * time.Hour, 14 * 24 * time.Hour} {
		var err error
		if rows, err = look(far); err != nil || len(rows) >= enough {
			return rows, err
		}
	}
	return rows, nil
}

// Value is a name or value with how many lines have it.
type Value struct {
	Name string `json:"value"`
	Hits int64  `json:"hits"`
}

// names are the fields that lines have.
func (a asker) names(ctx context.Context, filter string) ([]Value, error) {
	type document struct {
		Values []Value `json:"values"`
	}
	out, err := fetch[document](ctx, a, "field_names", filter)
	return out.Values, err
}

// fetch asks for one JSON document.
func fetch[T any](ctx context.Context, a asker, endpoint, logsql string, more ...string) (out T, err error) {
	answer, err := a.ask(ctx, endpoint, logsql, a.q.Start, a.q.End, more...)
	if err != nil {
		return out, err
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(&out); err != nil {
		return out, broken(ctx, err)
	}
	return out, nil
}
