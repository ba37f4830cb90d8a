package logs

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/search"
	"mainstay/internal/engine/signal"
	"mainstay/internal/web/action"
)

// found is the page: what was asked and what was found.
type found struct {
	asked
	now  time.Time
	by   actor.Actor
	base string // where lines are sent to

	answer search.Answer
	err    error // why there is no answer
	// pending is set where the answer takes longer than a page may wait for it.
	pending bool

	hits   *search.Hits
	newest *search.Row // the newest error of the range
	// Where there is none in the range: latest is the newest line of all, empty says that there is none.
	latest *search.Row
	empty  bool

	series     []search.Series
	seriesStep time.Duration
	// chartErr is why there is no histogram or chart beside the answer.
	chartErr error

	facets   []search.Facet
	fieldErr error
	// later is set where the fields have yet to be asked for.
	later bool
}

const (
	patience  = 2500 * time.Millisecond // until a page comes without its answer
	bars      = 60
	points    = 60
	maxSeries = 6
	topValues = 10
)

// show is the page. As a fragment it is asked by the script, which shows how long it takes and can
// cancel it, so it waits as long as the engine does. As a page it waits a little.
func (p pages) show(r *http.Request, by actor.Actor) (action.Answer, error) {
	ctx := r.Context()
	f := found{now: p.Search.Clock.Now(), by: by, base: p.BaseURL}
	fragment := r.Header.Get("HX-Request") != ""
	f.asked, f.err = read(r.URL.Query(), f.now)
	if f.err == nil {
		if !fragment && r.URL.Query().Get("wait") == "" {
			var stop context.CancelFunc
			ctx, stop = context.WithTimeout(ctx, patience)
			defer stop()
		}
		f.later = fragment
		p.find(ctx, by, &f)
	}
	if errs.Is(f.err, errs.Forbidden) {
		return action.Answer{}, f.err
	}
	if f.err != nil && r.Context().Err() == nil && errors.Is(f.err, context.DeadlineExceeded) {
		f.err, f.pending, f.later = nil, true, true
	}
	if fragment {
		return action.Show(room(f)), nil
	}
	return action.Show(page(f)), nil
}

// find asks for all parts of the page at the same time.
func (p pages) find(ctx context.Context, by actor.Actor, f *found) {
	var all sync.WaitGroup
	q := f.question()
	all.Go(func() { f.answer, f.err = p.Search.Rows(ctx, by, q) })
	if !f.later {
		all.Go(func() { f.facets, f.fieldErr = p.Search.Fields(ctx, by, q, topValues) })
	}
	if search.Counts(f.logsql) {
		all.Go(func() {
			f.series, f.seriesStep, f.chartErr = p.Search.Series(ctx, by, q, points, maxSeries)
		})
	} else {
		all.Go(func() {
			hits, err := p.Search.Hits(ctx, by, q, bars)
			if f.chartErr = err; err == nil {
				f.hits = &hits
			}
		})
	}
	all.Wait()
	if errors.Is(f.fieldErr, context.DeadlineExceeded) {
		f.later, f.fieldErr = true, nil
	}
	f.worst(ctx, by, p)
	f.everything(ctx, by, p)
}

// everything looks beyond the range when it has no line at all: somebody who sees nothing wants to know
// whether anything was ever there.
func (f *found) everything(ctx context.Context, by actor.Actor, p pages) {
	if f.err != nil || f.logsql != "*" || len(f.answer.Rows) > 0 || f.before != nil {
		return
	}
	// Not as far back as a question may go: lines are seldom kept for years, and days cost.
	for _, back := range []time.Duration{24 * time.Hour, 31 * 24 * time.Hour, 400 * 24 * time.Hour} {
		q := search.Question{LogsQL: "*", Start: f.now.Add(-back), End: f.now.Add(24 * time.Hour), Limit: 1}
		found, err := p.Search.Rows(ctx, by, q)
		if err != nil {
			return
		}
		if len(found.Rows) > 0 {
			f.latest = &found.Rows[0]
			return
		}
	}
	f.empty = true
}

// worst finds the newest error: on the page, or by asking when there is one beyond it.
func (f *found) worst(ctx context.Context, by actor.Actor, p pages) {
	if f.err != nil || f.answer.Table {
		return
	}
	if i := slices.IndexFunc(f.answer.Rows, func(r search.Row) bool { return r.Level.Bad() }); i >= 0 && f.before == nil {
		f.newest = &f.answer.Rows[i]
		return
	}
	if f.hits != nil && f.hits.Bad() > 0 {
		f.newest, _ = p.Search.Newest(ctx, by, f.question()) // the page is good without it
	}
}

// shown are the columns between level and message.
func (f found) shown() []string {
	if f.columns != nil {
		return slices.DeleteFunc(slices.Clone(f.columns), func(c string) bool { return c == noColumn })
	}
	out := []string{signal.Service, "host"}
	return append(out, f.answer.Made[:min(len(f.answer.Made), maxColumns-len(out))]...)
}

// total is how many lines the range has, -1 when that is not known.
func (f found) total() int64 {
	if f.hits == nil || search.Piped(f.logsql) {
		return -1
	}
	return f.hits.Total
}

// canTail reports whether what arrives can be watched.
func (f found) canTail() bool { return f.err == nil && search.CanTail(f.logsql) }

// fields is the list of fields by itself.
func (p pages) fields(r *http.Request, by actor.Actor) (action.Answer, error) {
	f := found{now: p.Search.Clock.Now()}
	if f.asked, f.fieldErr = read(r.URL.Query(), f.now); f.fieldErr == nil {
		f.facets, f.fieldErr = p.Search.Fields(r.Context(), by, f.question(), topValues)
	}
	if errs.Is(f.fieldErr, errs.Forbidden) {
		return action.Answer{}, f.fieldErr
	}
	return action.Show(fieldList(f)), nil
}

// tail is what has arrived since: rows for the list, and where to go on.
func (p pages) tail(r *http.Request, by actor.Actor) (action.Answer, error) {
	f := found{now: p.Search.Clock.Now()}
	if f.asked, f.err = read(r.URL.Query(), f.now); f.err == nil {
		q := f.question()
		q.Limit, q.Before = tailRows, nil
		q.Start, q.End = f.since(), f.now.Add(time.Minute)
		f.answer.Rows, f.err = p.Search.Tail(r.Context(), by, q)
		f.answer.Made = nil
	}
	if errs.Is(f.err, errs.Forbidden) || r.Context().Err() != nil {
		return action.Answer{}, cmp.Or(f.err, r.Context().Err())
	}
	return action.Show(arrived(f)), nil
}

const (
	tailRows = 500
	// lateness is how long a line may be on its way and is still found by the tail.
	lateness = 10 * time.Second
	tailBack = 5 * time.Minute // how far a tail that was cut off reaches back
)

func (f found) since() time.Time {
	t, err := time.Parse(time.RFC3339Nano, f.values.Get("since"))
	if err != nil || t.After(f.now) {
		return f.now.Add(-lateness)
	}
	return latest(t.Add(-lateness), f.now.Add(-tailBack))
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
