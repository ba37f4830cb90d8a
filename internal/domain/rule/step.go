package rule

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/worker"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/source"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/signal"
)

const (
	batchBytes = 4 << 20
	// storeEvery is how often windows are stored when nothing fires, and stillEvery how often it is
	// noted that the rules are alive when nothing arrives.
	storeEvery = time.Second
	stillEvery = time.Minute
	// share bounds what storing may take of the time.
	share = 10
	// lookEvery is how often calendars and volumes are looked at: those are counted every minute.
	lookEvery = time.Minute
	// outage is from when on a pause counts as time in which nothing could arrive.
	outage = 5 * time.Second
	// patience is how often storing is tried before alerts are stored one by one, and how often it is
	// asked whether a line is new.
	patience = 3
	keptDays = 90
)

// Open reads the rules and where they have got to. Until it is called nothing leaves the spool.
func (s *Service) Open(ctx context.Context) error {
	s.step.Lock()
	defer s.step.Unlock()
	s.opened = s.Clock.Now()
	return s.load(ctx)
}

// errStale says that the rules have changed, or that somebody else evaluates them: what is in
// memory does not count.
var errStale = errors.New("the log rules in memory are not the present ones")

// Step shows rules the lines that have arrived, and lets time pass. It does some work and returns
// how many lines it took; at 0 it waits for more, and wants to be called again within a second.
func (s *Service) Step(ctx context.Context) (worker.Result, error) {
	s.step.Lock()
	defer s.step.Unlock()
	if s.run == nil || s.changed.Swap(false) || s.run.due(s.Clock.Now()) {
		s.run = nil
		if err := s.load(ctx); err != nil {
			return worker.Result{}, err
		}
	}
	did, err := s.advance(ctx)
	switch {
	case errors.Is(err, errStale):
		s.run = nil
		return worker.Result{Did: 1}, nil
	case err != nil:
		s.run = nil // what was not stored is found again in the spool
		return worker.Result{}, err
	}
	return worker.Result{Did: did}, nil
}

// Wait returns when lines have arrived that Step has not taken, or with the context's error.
func (s *Service) Wait(ctx context.Context) error {
	s.step.Lock()
	r := s.run
	s.step.Unlock()
	if r == nil {
		return nil
	}
	return r.reader.Wait(ctx)
}

func (s *Service) advance(ctx context.Context) (did int, err error) {
	r := s.run
	batch, err := r.reader.Next(batchBytes)
	if err != nil {
		return 0, fmt.Errorf("reading the spool of log lines: %w", err)
	}
	now := s.Clock.Now()
	if len(batch.Rows) > 0 {
		if err := r.take(ctx, batch); err != nil {
			return 0, err
		}
	} else {
		r.cursor = batch.Cursor
		r.asOf = later(r.asOf, now)
		if err := s.elsewhere(ctx, r); err != nil {
			return 0, err
		}
		r.upTo(r.asOf)
	}
	if err := errors.Join(s.minutely(ctx, r, now), s.together(ctx, r, now)); err != nil {
		return 0, err
	}
	return len(batch.Rows), s.keep(ctx, r, now)
}

// keep stores when it is time to.
func (s *Service) keep(ctx context.Context, r *run, now time.Time) error {
	since := now.Sub(r.storedAt)
	due := r.cursor > r.stored && since >= max(storeEvery, share*r.took) || since >= stillEvery || since < 0
	if !r.urgent() && !due {
		return nil
	}
	took := clock.Stopwatch()
	if err := s.store(ctx, r, now); err != nil {
		return err
	}
	r.took, r.stored, r.storedAt = took(), r.cursor, now
	r.broken, r.mended = nil, nil
	for _, w := range r.watches {
		w.stored()
	}
	r.reader.Release(r.cursor)
	return nil
}

// store writes alerts, windows and the cursor in one transaction, or, when that keeps failing, alerts
// one by one.
func (s *Service) store(ctx context.Context, r *run, now time.Time) error {
	err := s.DB.Do(ctx, func(tx *db.Tx) error { return s.storeIn(tx, r, now, r.tellings()) })
	switch {
	case err == nil:
		s.failed = 0
		return nil
	case errors.Is(err, errStale) || ctx.Err() != nil || errs.Is(err, errs.Unavailable):
		return err
	}
	if s.failed++; s.failed < patience {
		return err
	}
	if err := s.storeOneByOne(ctx, r, now); err != nil {
		return err
	}
	s.failed = 0
	return nil
}

// unknownPattern is the group of lines of which nobody can tell whether they are new.
const unknownPattern = "nobody can tell whether they are new"

// isNew asks whether a line is the first of its pattern. When the database answers and that cannot be
// told all the same, again and again, the line counts as new: rules must not wait for ever, and whoever
// waits for new patterns is rather told of one too many.
func (s *Service) isNew(ctx context.Context, row signal.Row) (pattern string, isNew bool, err error) {
	pattern, isNew, err = s.Patterns.IsNew(ctx, row.Get(signal.Source), row)
	switch {
	case err == nil:
		s.unknown = 0
		return pattern, isNew, nil
	case ctx.Err() != nil || errs.Is(err, errs.Unavailable):
		return "", false, err
	}
	if s.unknown++; s.unknown <= patience {
		return "", false, err
	}
	if broken := s.DB.View(ctx, func(tx *db.Tx) error { _, err := setVersion(tx); return err }); broken != nil {
		return "", false, err
	}
	s.Log.ErrorContext(ctx, "it cannot be told whether a log line is new: log rules take it for new", "err", err)
	return unknownPattern, true, nil
}

// toTell is something to tell, and the rule that says it.
type toTell struct {
	*watch
	telling
}

func (r *run) tellings() (out []toTell) {
	for _, w := range r.watches {
		for _, t := range w.told {
			out = append(out, toTell{w, t})
		}
	}
	return out
}

func (s *Service) tellIn(tx *db.Tx, t toTell, now time.Time) error {
	return s.Alerts.ReceiveIn(tx, actor.Mainstay, s.inOf(tx, t, now))
}

func (s *Service) inOf(tx *db.Tx, t toTell, now time.Time) alert.In {
	in := t.watch.alertOf(t.telling, tx.Now(), s.BaseURL)
	if t.what == fires { // lines that waited in the spool have lost that time
		in.Starts = in.Starts.Add(-max(0, now.Sub(t.at)))
	}
	return in
}

func (s *Service) storeIn(tx *db.Tx, r *run, now time.Time, tell []toTell) error {
	version, err := setVersion(tx)
	if err != nil {
		return err
	}
	if version != r.version {
		return errStale
	}
	n, err := tx.Exec(`UPDATE rule_spool SET cursor = ?, at = ? WHERE spool = ? AND cursor = ?`, r.cursor, now, r.spool, r.stored)
	if err != nil {
		return err
	}
	if n == 0 {
		return errStale
	}
	for _, t := range tell {
		if err := s.tellIn(tx, t, now); err != nil {
			return fmt.Errorf("log rule %q: %w", t.watch.Name, err)
		}
	}
	for _, w := range r.watches {
		if w.dirty {
			if err := saveState(tx, w, r.spool); err != nil {
				return err
			}
		}
		if err := errors.Join(saveDays(tx, w), saveHealth(tx, w)); err != nil {
			return err
		}
	}
	return s.healthIn(tx, r)
}

// healthIn stores which rules cannot be used, or can be again.
func (s *Service) healthIn(tx *db.Tx, r *run) error {
	for _, b := range r.broken {
		_, err := tx.Exec(`
			INSERT INTO rule_health (rule, fired, broken, slow, skipped, trouble) VALUES (?, NULL, ?, ?, 0, '')
			ON CONFLICT (rule) DO UPDATE SET broken = excluded.broken, slow = excluded.slow`, string(b.rule.ID), b.why, b.slow)
		if err != nil {
			return err
		}
		if err := s.Alerts.ReceiveIn(tx, actor.Mainstay, brokenAlert(b.rule, b.why)); err != nil {
			return err
		}
	}
	for _, rule := range r.mended {
		if err := s.mendedIn(tx, rule); err != nil {
			return err
		}
	}
	return nil
}

// brokenAlert says that a rule sees nothing.
func brokenAlert(r Rule, why string) alert.In {
	labels := map[string]string{labelName: "log-rule-broken", labelRule: r.Name, labelLevel: "3"}
	if r.Spec.Service != "" {
		labels[signal.Service] = r.Spec.Service
	}
	return alert.In{Labels: labels, Annotations: map[string]string{
		"summary":     "Log rule " + clean(r.Title()) + " cannot be used: it sees nothing",
		"description": clean(why),
	}}
}

// elsewhere learns which lines other servers have seen that a rule waits for here.
func (s *Service) elsewhere(ctx context.Context, r *run) error {
	if !s.DB.Postgres() || r.next.IsZero() && !r.waiting() {
		return nil
	}
	var seen map[ID]int64
	for _, w := range r.watches {
		if w.kind != Absent || len(w.active) == 0 && r.asOf.Before(w.deadline()) {
			continue
		}
		if seen == nil {
			if err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
				seen, err = numbers(tx, `SELECT rule, MAX(seen) FROM rule_state WHERE spool <> ? AND seen IS NOT NULL GROUP BY rule`, r.spool)
				return err
			}); err != nil {
				return err
			}
		}
		if at := time.UnixMicro(seen[w.ID]).UTC(); seen[w.ID] != 0 && at.After(w.seen) {
			w.seen, w.dirty = at, true
			for _, g := range w.active {
				w.end(g, r.asOf)
			}
		}
	}
	return nil
}

func (r *run) waiting() bool {
	for _, w := range r.watches {
		if w.kind == Absent {
			return true
		}
	}
	return false
}

// minutely looks at what changes outside of the lines: calendars, and how much sources have sent.
func (s *Service) minutely(ctx context.Context, r *run, now time.Time) error {
	if now.Sub(r.looked) < lookEvery && !now.Before(r.looked) {
		return nil
	}
	r.looked = now
	r.passed(now)
	return s.DB.View(ctx, func(tx *db.Tx) error {
		for _, w := range r.watches {
			if err := s.lookAt(tx, w, now); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) lookAt(tx *db.Tx, w *watch, now time.Time) error {
	if w.Spec.Hours != "" {
		e, err := calendar.ByName(tx, w.Spec.Hours)
		if err != nil {
			return err
		}
		w.hours = e.Calendar
	}
	if w.kind != Volume {
		return nil
	}
	v := volumeOf{zone: time.UTC, spec: w.Spec, since: s.opened}
	if w.hours != nil {
		v.zone = w.hours.Location()
	}
	var err error
	if v.lines, err = source.Hours(tx, w.Spec.Source, now.Add(-history-2*time.Hour)); err == nil {
		w.weigh(v, now)
	}
	return err
}
