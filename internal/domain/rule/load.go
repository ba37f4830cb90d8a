package rule

import (
	"context"
	"fmt"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/source"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/signal"
)

// load reads the rules, their states, and the cursor that these belong to.
func (s *Service) load(ctx context.Context) error {
	r := &run{spool: s.Spool.ID(), compiler: s.Compiler, began: s.Clock.Now()}
	r.putAside = func(w *watch, slow *signal.SlowError) { s.putAside(r, w, slow) }
	if s.Patterns != nil {
		r.isNew = s.isNew
	}
	var at time.Time
	var found []loaded
	err := s.DB.Do(ctx, func(tx *db.Tx) (err error) {
		if r.version, err = setVersion(tx); err != nil {
			return err
		}
		if r.stored, at, err = spoolAt(tx, r.spool); err != nil {
			return err
		}
		if at.IsZero() {
			at = r.began
			if _, err := tx.Exec(`INSERT INTO rule_spool (spool, cursor, at) VALUES (?, 0, ?)`, r.spool, at); err != nil {
				return err
			}
			if err := adopt(tx, r.spool); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(`DELETE FROM rule_day WHERE day < ?`, r.began.Add(-keptDays*24*time.Hour)); err != nil {
			return err
		}
		found, err = loadIn(tx, r.spool)
		return err
	})
	if err != nil {
		return err
	}
	r.cursor, r.storedAt, r.asOf = r.stored, at, at
	pause := time.Duration(0)
	if !s.resumed {
		pause = r.began.Sub(at)
	}
	for _, l := range found {
		s.include(r, l, pause)
	}
	if err := r.compile(); err != nil {
		return fmt.Errorf("the filters of all log rules together: %w", err)
	}
	r.next = at // look at everything once
	r.reader = s.Spool.Reader(r.cursor)
	s.run, s.resumed = r, true
	return nil
}

// loaded is an enabled rule with all that belongs to it.
type loaded struct {
	Rule
	from    int64
	hours   *calendar.Calendar
	service string // of its source, for volumes
	broken  string
	slow    bool // that is why it is broken
	state   *storedState
}

func loadIn(tx *db.Tx, spool string) ([]loaded, error) {
	rules, err := all(tx)
	if err != nil {
		return nil, err
	}
	states, err := statesOf(tx, spool)
	if err != nil {
		return nil, err
	}
	byRule := map[ID]*storedState{}
	for i := range states {
		byRule[states[i].rule] = &states[i]
	}
	from, err := numbers(tx, `SELECT rule, cursor FROM rule_from WHERE spool = ?`, spool)
	if err != nil {
		return nil, err
	}
	broken, err := brokenOnes(tx)
	if err != nil {
		return nil, err
	}
	var out []loaded
	for _, r := range rules {
		if r.Spec.Disabled {
			continue
		}
		l := loaded{Rule: r, from: from[r.ID], broken: broken[r.ID].why, slow: broken[r.ID].slow, state: byRule[r.ID]}
		if err := l.lookUp(tx); err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

// lookUp reads the calendar and the source that a rule names, where they are still there.
func (l *loaded) lookUp(tx *db.Tx) error {
	if l.Spec.Hours != "" {
		e, err := calendar.ByName(tx, l.Spec.Hours)
		if err != nil && !errs.Is(err, errs.NotFound) {
			return err
		}
		l.hours = e.Calendar
	}
	if l.Spec.Source == "" || l.Spec.Service != "" {
		return nil
	}
	src, err := source.ByName(tx, l.Spec.Source)
	if errs.Is(err, errs.NotFound) {
		return nil
	}
	l.service = src.Spec.Service
	return err
}

func numbers(tx *db.Tx, query string, args ...any) (map[ID]int64, error) {
	out := map[ID]int64{}
	_, err := db.All(tx, func(sc db.Scanner) (struct{}, error) {
		var id ID
		var n int64
		err := sc.Scan(&id, &n)
		out[id] = n
		return struct{}{}, err
	}, query, args...)
	return out, err
}

// brokenOnes are the rules that could not be used when that was last looked at.
func brokenOnes(tx *db.Tx) (map[ID]breakdown, error) {
	out := map[ID]breakdown{}
	_, err := db.All(tx, func(sc db.Scanner) (struct{}, error) {
		var id ID
		var b breakdown
		err := sc.Scan(&id, &b.why, &b.slow)
		out[id] = b
		return struct{}{}, err
	}, `SELECT rule, broken, slow FROM rule_health WHERE broken <> ''`)
	return out, err
}

// include makes a watch of a rule, unless it cannot be used. Before, nothing ran for the pause.
func (s *Service) include(r *run, l loaded, pause time.Duration) {
	if l.kind() != Volume {
		if why := s.brokenFilter(l.Spec.Filter); why != "" {
			if why != l.broken {
				r.broken = append(r.broken, breakdown{l.Rule, why, false})
			}
			return
		}
		if s.leftAlone(r, l) {
			return
		}
	}
	w := newWatch(l.Rule, min(l.from, s.Spool.End()), l.hours) // an older spool may have been put back
	if l.broken != "" {
		r.mends(w, l.slow)
	}
	if w.service == "" {
		w.service = l.service
	}
	if l.state != nil && l.state.essence == w.essence {
		w.resume(l.state.state, l.state.seen, l.state.dropped)
		if pause > outage {
			w.shift(pause)
		}
	}
	if w.kind == Absent && w.seen.IsZero() {
		w.seen, w.dirty = r.began, true // it waits from now on
	}
	r.watches = append(r.watches, w)
}

func (r Rule) kind() When { return r.Spec.kind() }
