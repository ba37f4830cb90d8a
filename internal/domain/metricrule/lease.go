package metricrule

import (
	"context"
	"maps"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/metricrule/anomaly"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/signal"
)

const (
	leaseEvery = 2 * time.Second
	leaseFor   = 6 * time.Second
	forgetNode = time.Minute
)

// lease renews what this node evaluates, takes over what nobody does, and gives up what is more than its share.
func (s *Service) lease(ctx context.Context, now time.Time) error {
	return s.DB.Claim(ctx, func(tx *db.Tx) error {
		if !tx.Postgres() { // there is no other: whoever had a lease is dead
			_, err := tx.Exec(`UPDATE metricrule_run SET node = ?, until = ? WHERE node <> ?`, s.node, now, s.node)
			return err
		}
		if _, err := tx.Exec(`INSERT INTO metricrule_node (node, seen) VALUES (?, ?) ON CONFLICT (node) DO UPDATE SET seen = excluded.seen`, s.node, now); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM metricrule_node WHERE seen < ?`, now.Add(-forgetNode)); err != nil {
			return err
		}
		mine, err := tx.Exec(`UPDATE metricrule_run SET until = ? WHERE node = ?`, now.Add(leaseFor), s.node)
		if err != nil {
			return err
		}
		share, err := fairShare(tx, now)
		if err != nil {
			return err
		}
		if mine > share {
			_, err := tx.Exec(`UPDATE metricrule_run SET node = '', until = 0 WHERE rule IN (
				SELECT rule FROM metricrule_run WHERE node = ? ORDER BY rule LIMIT ?)`, s.node, mine-share)
			return err
		}
		_, err = tx.Exec(`UPDATE metricrule_run SET node = ?, until = ? WHERE rule IN (
			SELECT rule FROM metricrule_run WHERE node = '' OR until < ? ORDER BY rule LIMIT ? FOR UPDATE SKIP LOCKED)`,
			s.node, now.Add(leaseFor), now, share-mine)
		return err
	})
}

// fairShare is how many items each of the living nodes evaluates.
func fairShare(tx *db.Tx, now time.Time) (int64, error) {
	nodes, err := db.One(tx, db.Value[int64], `SELECT count(*) FROM metricrule_node WHERE seen >= ?`, now.Add(-leaseFor))
	if err != nil {
		return 0, err
	}
	all, err := db.One(tx, db.Value[int64], `SELECT count(*) FROM metricrule_run`)
	return (all + max(nodes, 1) - 1) / max(nodes, 1), err
}

// Release gives up all leases, so that others need not wait for them to end.
func (s *Service) Release(ctx context.Context) error {
	s.busy.Wait()
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(`DELETE FROM metricrule_node WHERE node = ?`, s.node); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE metricrule_run SET node = '', until = 0 WHERE node = ?`, s.node)
		return err
	})
}

// refresh looks at leases and rules every two seconds, or when they have changed.
func (s *Service) refresh(ctx context.Context, now time.Time) error {
	s.mu.Lock()
	fresh := now.Sub(s.leased) < leaseEvery && !now.Before(s.leased)
	s.mu.Unlock()
	if fresh {
		return nil
	}
	version, err := s.versionNow(ctx)
	if err != nil {
		return err
	}
	s.mu.Lock()
	known := s.version
	s.mu.Unlock()
	if s.DB.Postgres() || version != known {
		if err := s.lease(ctx, now); err != nil {
			return err
		}
	}
	if err := s.load(ctx, now); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version, s.leased = version, now
	return nil
}

func (s *Service) versionNow(ctx context.Context) (version int64, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error { version, err = setVersion(tx); return err })
	return version, err
}

// load makes what is in memory what this node has leases on.
func (s *Service) load(ctx context.Context, now time.Time) error {
	items, err := s.leasedItems(ctx)
	if err != nil {
		return err
	}
	s.mu.Lock()
	have := maps.Clone(s.run)
	s.mu.Unlock()
	for _, it := range items {
		was := have[it.ID]
		delete(have, it.ID)
		if was != nil && (was.Version == it.Version || was.busyNow(s)) {
			continue // a busy one is looked at again in two seconds
		}
		if err := s.begin(ctx, it, was, now); err != nil {
			return err
		}
	}
	for _, w := range have {
		s.leave(ctx, w, now)
	}
	s.index()
	return s.refreshHours(ctx, now)
}

// refreshHours reads the calendars again, every minute.
func (s *Service) refreshHours(ctx context.Context, now time.Time) error {
	s.mu.Lock()
	due := now.Sub(s.looked) >= hoursEvery || now.Before(s.looked)
	s.mu.Unlock()
	if !due {
		return nil
	}
	list := s.hold(func(w *watch) bool { return len(w.hours) > 0 })
	defer s.free(list)
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		for _, w := range list {
			w.hours = map[string]*calendar.Calendar{}
			if err := w.lookAtHours(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looked = now
	return nil
}

// hold keeps groups from being evaluated until they are freed.
func (s *Service) hold(which func(*watch) bool) (list []*watch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.run {
		if !w.busy && which(w) {
			w.busy = true
			list = append(list, w)
		}
	}
	return list
}

func (s *Service) free(list []*watch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range list {
		w.busy = false
	}
}

func (w *watch) busyNow(s *Service) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return w.busy
}

func (s *Service) leasedItems(ctx context.Context) (items []Item, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		items, err = db.All(tx, scan, `SELECT `+columns+` FROM metricrule
			WHERE NOT disabled AND id IN (SELECT rule FROM metricrule_run WHERE node = ?)`, s.node)
		return err
	})
	return items, err
}

// begin takes an item into memory, where another version of it may be.
func (s *Service) begin(ctx context.Context, it Item, was *watch, now time.Time) error {
	w := &watch{Item: it, of: it.terms(), rows: map[string]row{}, next: now, hours: map[string]*calendar.Calendar{}}
	if err := s.DB.View(ctx, func(tx *db.Tx) error {
		rows, err := rowsOf(tx, it.ID)
		if err != nil {
			return err
		}
		for _, r := range rows {
			w.rows[r.Print] = r
		}
		if w.run, err = runningOf(tx, it.ID); err != nil {
			return err
		}
		return w.lookAtHours(tx)
	}); err != nil {
		return err
	}
	w.ready(s, was)
	w.reads, w.all = w.eval.Reads()
	s.mu.Lock()
	defer s.mu.Unlock()
	if was != nil {
		was.gone = true
	}
	s.run[it.ID] = w
	return nil
}

// ready makes an item ready. One that cannot be used any more, after an update perhaps, is one that fails.
func (w *watch) ready(s *Service, was *watch) {
	if w.Kind == Anomaly {
		w.eval = anomaly.NewWatch(w.Name, w.Anomaly, s.Metrics, w.alerts())
		return
	}
	var before signal.RuleEvaluation
	if was != nil {
		before, _ = was.eval.(signal.RuleEvaluation)
	}
	ev, err := s.Rules.OpenRules(w.group(), w.alerts(), before)
	if err != nil {
		w.eval = broken{why: err, alerts: w.alerts()}
		return
	}
	w.eval = ev
}

// broken is a group that cannot be evaluated at all.
type broken struct {
	why    error
	alerts []signal.RuleAlert
}

// Evaluate fails for every rule that has alerts: they stay.
func (b broken) Evaluate(context.Context, time.Time) []signal.RuleResult {
	out := []signal.RuleResult{{Err: errs.Invalidf("%s", b.why)}}
	for _, a := range b.alerts {
		out = append(out, signal.RuleResult{Key: a.Rule, Err: out[0].Err})
	}
	return out
}

// Reads names nothing.
func (broken) Reads() (names []string, all bool) { return nil, false }

// Records names nothing.
func (broken) Records() []string { return nil }

// End does nothing.
func (broken) End(context.Context, time.Time) {}

// lookAtHours reads the calendars that its rules name.
func (w *watch) lookAtHours(tx *db.Tx) error {
	for _, t := range w.of {
		if t.Hours == "" || w.hours[t.Hours] != nil {
			continue
		}
		e, err := calendar.ByName(tx, t.Hours)
		if err != nil {
			return err
		}
		w.hours[t.Hours] = e.Calendar
	}
	return nil
}

// leave drops an item that was removed, or that another node has. The series of one that was removed go no further.
func (s *Service) leave(ctx context.Context, w *watch, now time.Time) {
	s.mu.Lock()
	delete(s.run, w.ID)
	w.gone = true
	busy := w.busy
	s.mu.Unlock()
	var there int64
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		there, err = db.One(tx, db.Value[int64], `SELECT count(*) FROM metricrule WHERE id = ? AND NOT disabled`, string(w.ID))
		return err
	})
	if err == nil && there == 0 && !busy {
		w.eval.End(ctx, now)
	}
}
