package rule

import (
	"context"
	"slices"
	"time"

	"mainstay/internal/engine/db"
	"mainstay/internal/engine/signal"
)

// Where several servers share a database, the lines of a burst may be spread over them. Each counts
// its own as they arrive, and looks every second at what the others have stored of theirs; where the
// windows together are full, each that took a line of them fires, and that is one alert.

// togetherFor is how long a server looks at the others after it has counted a line: by then they
// have stored what they had counted at that moment, or they look themselves.
const togetherFor = 10 * time.Second

// together fires the groups of which all servers together have seen enough.
func (s *Service) together(ctx context.Context, r *run, now time.Time) error {
	if !s.DB.Postgres() || now.Sub(r.together) < storeEvery && !now.Before(r.together) {
		return nil
	}
	r.together = now
	for _, w := range r.watches {
		if w.counted {
			w.counted, w.lookUntil = false, now.Add(togetherFor)
		}
		if w.kind != AtLeast || now.After(w.lookUntil) {
			continue
		}
		elsewhere, err := s.windowsElsewhere(ctx, w, r.spool)
		if err != nil {
			return err
		}
		w.join(elsewhere, r.asOf)
		if at := w.next(); !at.IsZero() && (r.next.IsZero() || at.Before(r.next)) {
			r.next = at
		}
	}
	return nil
}

// windowsElsewhere are the instants that other servers hold of a rule, by group.
func (s *Service) windowsElsewhere(ctx context.Context, w *watch, spool string) (map[string][]int64, error) {
	var states []state
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		states, err = db.All(tx, func(sc db.Scanner) (st state, err error) { return st, sc.Scan(db.JSON(&st)) },
			`SELECT state FROM rule_state WHERE rule = ? AND spool <> ? AND essence = ?`, string(w.ID), spool, w.essence)
		return err
	})
	out := map[string][]int64{}
	for _, st := range states {
		for _, g := range st.Groups {
			key := (&group{service: g.Service, values: g.Values}).key()
			out[key] = append(out[key], g.Live...)
		}
	}
	return out, err
}

// join fires the groups whose windows are full with the instants of others. A group that the others
// alone have filled is theirs.
func (w *watch) join(elsewhere map[string][]int64, asOf time.Time) {
	for key, theirs := range elsewhere {
		e, ok := w.groups[key]
		if !ok {
			continue
		}
		g := e.Value.(*group)
		if g.episode != nil || len(g.live.at) == 0 {
			continue
		}
		slices.Sort(theirs)
		all, full := window{slices.Clip(theirs)}, false
		for _, at := range g.live.at {
			full = all.add(at, w.Spec.Count, w.within.Microseconds()) || full
		}
		if full {
			w.fireWith(all, g, asOf)
		}
	}
}

// fireWith fires a group for the lines of a window that is not all its own.
func (w *watch) fireWith(all window, g *group, asOf time.Time) {
	own := g.live
	last := time.UnixMicro(own.at[len(own.at)-1]).UTC()
	row := signal.Row{Time: last, Fields: []signal.Field{{Name: signal.Message, Value: g.line}, {Name: signal.Component, Value: g.component}}}
	g.live = all // so that the alert begins with the first line of them all
	w.hit(g, line{arrived: asOf, row: row}, w.enough())
	g.live = own
}

// enough says what an alert of at-least is about.
func (w *watch) enough() string {
	return "at least " + number(w.Spec.Count) + " lines within " + w.Spec.Within.String()
}
