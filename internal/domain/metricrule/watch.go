package metricrule

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/metricrule/firing"
	"mainstay/internal/domain/metricrule/group"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/signal"
)

const (
	// atMost is the least time between two evaluations of a group because samples land; those of its interval come besides.
	atMost = time.Second
	// failsFrom is how often in a row it must fail until people are told.
	failsFrom = 3
	// hopsMost is how many groups far a recorded series hurries others.
	hopsMost = 3
)

// The states of a rule's health, as Prometheus calls them.
const (
	Good    = "ok"
	Bad     = "err"
	Unknown = "unknown"
)

// RuleHealth is how the last evaluation of one rule went.
type RuleHealth struct {
	Key    string        `json:"key"`
	Health string        `json:"health"` // ok err unknown
	Error  string        `json:"error,omitempty"`
	Note   string        `json:"note,omitempty"` // such as which series cannot be judged yet
	Took   time.Duration `json:"took"`
}

// evaluation is what is evaluated of an item.
type evaluation interface {
	Evaluate(ctx context.Context, at time.Time) []signal.RuleResult
	Reads() (names []string, all bool)
	Records() []string
	End(ctx context.Context, at time.Time)
}

// watch is an item that this node evaluates. What is below busy belongs to whoever set busy.
type watch struct {
	Item
	of    []terms
	reads []string
	all   bool // any series may matter
	gone  bool // not this node's any more

	next  time.Time // by its interval
	last  time.Time // because samples had landed
	woken bool      // samples have landed since
	hops  int       // how far they came
	busy  bool

	eval    evaluation
	hours   map[string]*calendar.Calendar
	rows    map[string]row
	fails   int
	run     running
	changed bool // health has changed since it was stored
	stored  time.Time
}

// due is when it is evaluated next.
func (w *watch) due() time.Time {
	if at := w.last.Add(atMost); w.woken && at.Before(w.next) {
		return at
	}
	return w.next
}

// slot is when the interval next ends after an instant. Each group has its own phase, so that not all are due at once.
func (w *watch) slot(after time.Time) time.Time {
	every := w.Every()
	h := fnv.New64a()
	h.Write([]byte(w.Name))
	phase := time.Duration(h.Sum64() % uint64(every))
	return after.Add(-phase).Truncate(every).Add(phase + every)
}

func (w *watch) open(name string, now time.Time) bool {
	c := w.hours[name]
	return c == nil || c.Open(now)
}

// errStale says that another node evaluates the group, or that its rules have changed.
var errStale = errors.New("the metric rules in memory are not the present ones")

// evaluate evaluates an item once and stores what came of it.
func (s *Service) evaluate(ctx context.Context, w *watch) error {
	at, took := s.Clock.Now().UTC(), clock.Stopwatch()
	results := w.eval.Evaluate(ctx, at)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	p := firing.Reconcile(w.rows, results, w.of, func(name string) bool { return w.open(name, at) }, at, w.Name)
	health := healthOf(w, results)
	for i := range health {
		if n := p.Over[health[i].Key]; n > 0 {
			health[i].Note = fmt.Sprintf("%d further alerts fire, and are not raised: each rule has as many as a desk can take.", n)
		}
	}
	failing := w.judge(results)
	run := running{evaluated: at, took: took(), health: health, failing: failing}
	if !sameHealth(w.run.health, health) || failing != w.run.failing {
		w.changed = true
	}
	if p.Empty() && failing == w.run.failing {
		w.run = run
		return nil
	}
	if err := s.store(ctx, w, p, run, at); err != nil {
		return err
	}
	w.rows, w.run, w.changed, w.stored = p.Rows, run, false, at
	return nil
}

// store writes alerts and rows in one transaction.
func (s *Service) store(ctx context.Context, w *watch, p firing.Plan, run running, at time.Time) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		if err := s.mine(tx, w, run); err != nil {
			return err
		}
		for _, t := range p.Tell {
			if err := s.tellIn(tx, w.Item, t, at); err != nil {
				return fmt.Errorf("metric rules %q: %w", w.Name, err)
			}
		}
		for _, r := range p.Save {
			if err := saveRow(tx, w.ID, r); err != nil {
				return err
			}
		}
		for _, print := range p.Drop {
			if err := dropRow(tx, w.ID, print); err != nil {
				return err
			}
		}
		if run.failing != w.run.failing {
			in := s.failingAlert(w.Item, firstError(run.health))
			if !run.failing {
				in.Ends = tx.Now()
			}
			if err := s.Alerts.ReceiveIn(tx, actor.Mainstay, in); err != nil {
				return err
			}
		}
		return saveDay(tx, w.ID, at, p.Fired, p.Would)
	})
}

// mine refuses to store for a node that has lost its lease, or that evaluates what is no longer there.
func (s *Service) mine(tx *db.Tx, w *watch, run running) error {
	if ok, err := saveRunning(tx, w.ID, s.node, run); err != nil || !ok {
		return errors.Join(err, staleUnless(ok || err != nil))
	}
	version, err := db.One(tx, db.Value[int64], `SELECT version FROM metricrule WHERE id = ? AND NOT disabled`, string(w.ID))
	if errors.Is(err, db.ErrNone) {
		return errStale
	}
	return errors.Join(err, staleUnless(err != nil || version == w.Version))
}

func staleUnless(fresh bool) error {
	if fresh {
		return nil
	}
	return errStale
}

// judge counts failures in a row, and says whether people are told of them. A store that does not answer says nothing
// about the rule.
func (w *watch) judge(results []signal.RuleResult) (failing bool) {
	bad, unknown := false, false
	for _, r := range results {
		unknown = unknown || errs.Is(r.Err, errs.Unavailable)
		bad = bad || r.Err != nil && !errs.Is(r.Err, errs.Unavailable)
	}
	switch {
	case bad:
		w.fails++
		return w.run.failing || w.fails >= failsFrom
	case unknown:
		return w.run.failing
	}
	w.fails = 0
	return false
}

func healthOf(w *watch, results []signal.RuleResult) []RuleHealth {
	out := make([]RuleHealth, len(results))
	for i, r := range results {
		out[i] = RuleHealth{Key: r.Key, Health: Good, Took: r.Took}
		if noted, ok := w.eval.(interface{ Note() string }); ok {
			out[i].Note = noted.Note()
		}
		if r.Err == nil {
			if r.Unstored != nil {
				out[i].Note = cut("Not all that is recorded could be stored: "+r.Unstored.Error(), group.MaxText)
			}
			continue
		}
		out[i].Health, out[i].Error = Bad, cut(r.Err.Error(), group.MaxText)
		if errs.Is(r.Err, errs.Unavailable) {
			out[i].Health = Unknown
		}
	}
	return out
}

func firstError(health []RuleHealth) string {
	for _, h := range health {
		if h.Error != "" {
			return h.Key + ": " + h.Error
		}
	}
	return ""
}

func sameHealth(a, b []RuleHealth) bool {
	return slices.EqualFunc(a, b, func(x, y RuleHealth) bool {
		x.Took = y.Took
		return x == y
	})
}

// alerts are what the evaluation goes on with.
func (w *watch) alerts() (out []signal.RuleAlert) {
	for _, print := range slices.Sorted(maps.Keys(w.rows)) {
		out = append(out, w.rows[print].Alert())
	}
	return out
}
