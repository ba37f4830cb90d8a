package search

import (
	"context"
	"errors"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
)

// Config is what a Service needs.
type Config struct {
	Logs signal.Logs
	// Scope is what of the stored lines somebody may see, or Forbidden: source.Service.Scope.
	Scope func(context.Context, actor.Actor) (signal.Scope, error)
	// Clock is the one of signals; nil is the wall's.
	Clock clock.Clock
}

// Service asks about stored lines.
type Service struct{ Config }

// New returns the room's service.
func New(c Config) *Service {
	if c.Clock == nil {
		c.Clock = clock.Wall()
	}
	return &Service{c}
}

// Limits of a question.
const (
	MaxText   = 20_000 // bytes of its text
	MaxRows   = 1000   // rows of an answer
	MaxRange  = 10 * 366 * 24 * time.Hour
	wholeTies = 5000 // lines of one instant that can be told apart
	// maxHeld is how many rows of the engine are held in memory for one answer, whatever was asked.
	maxHeld = 100_000
)

// Question is what somebody wants to know.
type Question struct {
	// LogsQL is what is searched; see Interpret.
	LogsQL string
	// Start and End bound the time of the lines; both belong to the range.
	Start, End time.Time
	// Limit is how many rows are wanted; 0 is MaxRows.
	Limit int
	// Before turns to the page of older lines; nil begins with the newest.
	Before *Cursor
	// Whole asks for values as long as they are.
	Whole bool
}

// Cursor is where a page ends: the instant of its oldest lines, and how many of that instant it
// and those before it have shown.
type Cursor struct {
	Time time.Time
	Seen int
}

// String writes the cursor for an address.
func (c Cursor) String() string {
	return c.Time.UTC().Format(time.RFC3339Nano) + "~" + strconv.Itoa(c.Seen)
}

// ParseCursor reads what String wrote.
func ParseCursor(s string) (Cursor, error) {
	at, seen, _ := strings.Cut(s, "~")
	t, err := time.Parse(time.RFC3339Nano, at)
	n, err2 := strconv.Atoi(seen)
	if err != nil || err2 != nil || n < 0 || n > wholeTies {
		return Cursor{}, errs.Invalidf("the page to go on from is not known: begin with the newest lines again")
	}
	return Cursor{t, n}, nil
}

func (q Question) check() error {
	var c errs.Check
	c.Require(len(q.LogsQL) <= MaxText, "q", "must be at most %d bytes long", MaxText)
	c.Require(!q.Start.IsZero() && !q.End.IsZero(), "start", "and end must both be given")
	c.Require(!q.End.Before(q.Start), "end", "must not be before the start")
	c.Require(q.End.Sub(q.Start) <= MaxRange, "start", "must be at most ten years before the end")
	c.Require(q.Limit >= 0 && q.Limit <= MaxRows, "limit", "must be at most %d", MaxRows)
	return c.Err("the search")
}

// asker asks the engine within one person's scope.
type asker struct {
	logs  signal.Logs
	scope signal.Scope
	q     Question
}

// admit is the first line of every method: who may see nothing gets no further.
func (s *Service) admit(ctx context.Context, by actor.Actor, q Question) (asker, error) {
	scope, err := s.Scope(ctx, by)
	if err != nil {
		return asker{}, err
	}
	if q.Limit == 0 {
		q.Limit = MaxRows
	}
	return asker{s.Logs, scope, q}, q.check()
}

// ask sends a query about a range of time.
func (a asker) ask(ctx context.Context, endpoint, logsql string, from, to time.Time, more ...string) (signal.Answer, error) {
	form := url.Values{"query": {logsql}, "start": {stamp(from)}, "end": {stamp(to)}}
	for i := 0; i+1 < len(more); i += 2 {
		form.Add(more[i], more[i+1])
	}
	answer, err := a.logs.Select(ctx, endpoint, form, a.scope)
	return answer, mistake(err, a.asked(logsql))
}

// asked is what the person typed of a query: the room puts pipes behind it, at which mistakes must not point.
func (a asker) asked(logsql string) string {
	if a.q.LogsQL != "" && strings.HasPrefix(logsql, a.q.LogsQL) {
		return a.q.LogsQL
	}
	return logsql
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000000Z") }

// rows asks and reads all rows, of which there may be maxHeld.
func (a asker) rows(ctx context.Context, logsql string, from, to time.Time) ([]Row, error) {
	answer, err := a.ask(ctx, "query", logsql, from, to)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	in := newReader(answer.Body)
	in.whole = a.q.Whole
	var out []Row
	for {
		row, err := in.next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, broken(ctx, err)
		}
		if len(out) == maxHeld {
			return nil, errs.Invalidf("the answer has more than %d rows: narrow the search, take a shorter range of time, or count by fewer different values", maxHeld)
		}
		out = append(out, row)
	}
}

// broken is an answer that ended early: the reader has left, or the engine has.
func broken(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if _, known := errors.AsType[*errs.E](err); known {
		return err
	}
	return &errs.E{Kind: errs.Unavailable, Message: "the log engine stopped in the middle of its answer: it is starting again", Err: err}
}

// newestFirst orders rows by time; those of one instant keep an order that every answer has.
func newestFirst(rows []Row) {
	slices.SortFunc(rows, func(a, b Row) int {
		if c := b.Time.Compare(a.Time); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
}
