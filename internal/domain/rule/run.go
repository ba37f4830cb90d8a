package rule

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"mainstay/internal/engine/signal"
)

// Spool is where lines wait that have arrived.
type Spool interface {
	// ID identifies the spool that cursors belong to.
	ID() string
	// End is the cursor behind all lines that have arrived.
	End() int64
	// Reader returns a reader from a cursor on.
	Reader(cursor int64) Reader
}

// Reader reads a spool in order.
type Reader interface {
	// Next returns what is behind what was read last, about maxBytes of it; none at the end. The
	// rows live until the next call.
	Next(maxBytes int) (Batch, error)
	// Wait returns when there is more to read, or with the context's error.
	Wait(ctx context.Context) error
	// Release says that lines before a cursor are not needed any more.
	Release(cursor int64)
}

// Batch is some deliveries and the cursor behind them.
type Batch struct {
	Rows       []signal.Row
	Deliveries []Delivery
	Cursor     int64
}

// Delivery is lines that arrived together.
type Delivery struct {
	Rows    int   // how many of the batch's, in order
	End     int64 // the cursor behind it
	Arrived time.Time
}

// run is the evaluation of the rules that are enabled, in memory. What it knows beyond what is
// stored is lost in a crash, and found again in the spool.
type run struct {
	version int64 // of the set of rules
	watches []*watch
	reader  Reader
	spool   string

	cursor   int64     // dealt with
	stored   int64     // dealt with durably
	storedAt time.Time // when that was
	took     time.Duration
	asOf     time.Time // until when everything has been seen, by arrival
	next     time.Time // when the passing of time alone changes something
	began    time.Time
	looked   time.Time // at calendars and volumes
	together time.Time // at what other servers have counted

	compiler signal.Compiler
	filtered []*watch // those with a filter, in the order of matcher
	matcher  signal.Matcher
	isNew    func(context.Context, signal.Row) (pattern string, isNew bool, err error)

	// putAside gives up a rule that is too slow, and again is when the rules are to be read again
	// because one of those may be tried.
	putAside func(*watch, *signal.SlowError)
	again    time.Time

	broken []breakdown // found since the last time that it was stored
	mended []Rule
}

// breakdown is a rule that cannot be used.
type breakdown struct {
	rule Rule
	why  string
	slow bool
}

// compile makes one matcher of all filters. They have been compiled one by one before.
func (r *run) compile() (err error) {
	var filters []string
	r.filtered = r.filtered[:0]
	for _, w := range r.watches {
		if w.kind != Volume {
			r.filtered = append(r.filtered, w)
			filters = append(filters, w.Spec.Filter)
		}
	}
	r.matcher, err = r.compiler.Compile(filters)
	return err
}

// take shows a batch to all rules. After an error the whole batch is shown again.
func (r *run) take(ctx context.Context, b Batch) error {
	hits, err := r.judge(ctx, b.Rows)
	if err != nil {
		return err
	}
	where := places(b)
	r.upTo(firstArrival(b, r.asOf))
	for i, rows := range hits {
		w := r.filtered[i]
		for _, n := range rows {
			d := b.Deliveries[where[n]]
			if d.End <= w.from || !w.Sees.Shows(b.Rows[n]) || b.Rows[n].Get(signal.Uploaded) != "" {
				continue
			}
			if err := r.show(ctx, w, line{arrived: d.Arrived, row: b.Rows[n]}); err != nil {
				return err
			}
		}
	}
	r.cursor = b.Cursor
	if n := len(b.Deliveries); n > 0 {
		r.asOf = later(r.asOf, b.Deliveries[n-1].Arrived)
	}
	r.upTo(r.asOf)
	return nil
}

// judge returns which lines each rule of filtered matches. Rules that cannot tell are given up.
func (r *run) judge(ctx context.Context, rows []signal.Row) ([][]int, error) {
	hits, err := guarded(ctx, r.matcher, rows)
	switch slow := slowness(err); {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err == nil:
		return hits, nil
	case slow != nil:
		return r.withoutSlow(slow, hits)
	}
	return r.oneByOne(ctx, rows)
}

// slowness is what an error says of filters that are too slow, nil for nothing. Beside another
// failure it does not count: that one is found first, rule by rule, and so are they.
func slowness(err error) *signal.SlowError {
	slow, _ := err.(*signal.SlowError) //nolint:errorlint // alone, not among others
	return slow
}

// withoutSlow gives up the rules that are too slow. What the others match stands.
func (r *run) withoutSlow(slow *signal.SlowError, hits [][]int) (out [][]int, err error) {
	var good []*watch
	for i, w := range r.filtered {
		if slices.Contains(slow.Filters, i) {
			r.putAside(w, slow)
			continue
		}
		good, out = append(good, w), append(out, hits[i])
	}
	r.keepOnly(good)
	return out, r.compile()
}

// firstArrival is the instant up to which time has passed before a batch.
func firstArrival(b Batch, otherwise time.Time) time.Time {
	if len(b.Deliveries) == 0 {
		return otherwise
	}
	return b.Deliveries[0].Arrived
}

// places says to which delivery each row belongs.
func places(b Batch) []int {
	out := make([]int, 0, len(b.Rows))
	for i, d := range b.Deliveries {
		for range d.Rows {
			out = append(out, i)
		}
	}
	return out
}

// show tells one rule of a line. Whatever that line does to it, the other rules go on; an error is not
// the line's fault, and stops them all.
func (r *run) show(ctx context.Context, w *watch, l line) (err error) {
	defer func() {
		if p := recover(); p != nil {
			w.skip(fmt.Sprintf("%v", p))
		}
	}()
	if w.kind == NewPattern {
		if r.isNew == nil {
			return nil
		}
		if l.pattern, l.isNew, err = r.isNew(ctx, l.row); err != nil {
			return err
		}
	}
	w.match(l)
	if at := w.soonest(l.arrived); r.next.IsZero() || at.Before(r.next) {
		r.next = at
	}
	return nil
}

func (w *watch) skip(why string) {
	w.skipped++
	w.trouble = cut(clean(why), maxText)
}

// upTo lets time pass, if there is anything that waits for it.
func (r *run) upTo(asOf time.Time) {
	if r.next.IsZero() || asOf.Before(r.next) {
		return
	}
	r.next = time.Time{}
	for _, w := range r.watches {
		w.pass(asOf)
		if at := w.next(); !at.IsZero() && (r.next.IsZero() || at.Before(r.next)) {
			r.next = at
		}
	}
}

// oneByOne asks each rule by itself, because all together have failed, and finds out whose fault
// it was: that rule misses the lines on which it fails, and is given up when it fails on all.
func (r *run) oneByOne(ctx context.Context, rows []signal.Row) ([][]int, error) {
	var out [][]int
	var good []*watch
	for _, w := range r.filtered {
		hits, ok := r.alone(ctx, w, rows)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if !ok {
			continue
		}
		good, out = append(good, w), append(out, hits)
	}
	r.keepOnly(good)
	return out, r.compile() // a matcher that has panicked is not to be trusted
}

// keepOnly leaves out the rules with a filter that are not good.
func (r *run) keepOnly(good []*watch) {
	kept := r.watches[:0:0]
	for _, w := range r.watches {
		if w.kind == Volume || slices.Contains(good, w) {
			kept = append(kept, w)
		}
	}
	r.watches = kept
}

// giveUp notes that a rule cannot be used, after all.
func (r *run) giveUp(w *watch, why string, slow bool) {
	r.mended = slices.DeleteFunc(r.mended, func(m Rule) bool { return m.ID == w.ID })
	r.broken = append(r.broken, breakdown{w.Rule, cut(clean(why), maxExample), slow})
}

// alone returns what one rule matches; false when the rule can judge none of the lines, or is too
// slow.
func (r *run) alone(ctx context.Context, w *watch, rows []signal.Row) (hits []int, ok bool) {
	hits, err := r.fresh(ctx, w, rows)
	if err == nil {
		return hits, true
	}
	failed := 0
	for i := range rows {
		if slowness(err) != nil || ctx.Err() != nil {
			break
		}
		one, why := r.fresh(ctx, w, rows[i:i+1])
		switch {
		case why != nil:
			failed, err = failed+1, why
			w.skip(why.Error())
		case len(one) > 0:
			hits = append(hits, i)
		}
	}
	if slow := slowness(err); slow != nil {
		r.putAside(w, slow)
		return nil, false
	}
	if failed == len(rows) {
		r.giveUp(w, err.Error(), false)
		return nil, false
	}
	return hits, true
}

// fresh asks one rule with a matcher of its own, which nothing has harmed yet.
func (r *run) fresh(ctx context.Context, w *watch, rows []signal.Row) ([]int, error) {
	m, err := r.compiler.Compile([]string{w.Spec.Filter})
	if err != nil {
		return nil, err
	}
	hits, err := guarded(ctx, m, rows)
	if err != nil {
		return nil, err
	}
	return slices.Clone(hits[0]), nil
}

// guarded matches, and turns a panic into an error.
func guarded(ctx context.Context, m signal.Matcher, rows []signal.Row) (hits [][]int, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v at %s", p, cut(clean(string(debug.Stack())), maxText))
		}
	}()
	return m.Match(ctx, rows)
}

// urgent reports whether anything must be stored at once: an alert is to be told something.
func (r *run) urgent() bool {
	if len(r.broken)+len(r.mended) > 0 {
		return true
	}
	for _, w := range r.watches {
		if len(w.told) > 0 {
			return true
		}
	}
	return false
}
