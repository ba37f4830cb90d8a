package metricrule

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/worker"
	"mainstay/internal/engine/db"
)

const (
	// flushEvery is how often it is stored that all is well.
	flushEvery = 10 * time.Second
	// hoursEvery is how often calendars are read again.
	hoursEvery = time.Minute
)

// interest is who wants to know that samples have landed.
type interest struct {
	byName   map[string][]*watch
	any      []*watch
	recorded map[string]bool // series that rules themselves store
}

// OnDue registers what is called when a group has become due because samples have landed. It must be quick.
func (s *Service) OnDue(wake func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wake = wake
}

// index notes which groups read which series.
func (s *Service) index() {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := interest{byName: map[string][]*watch{}, recorded: map[string]bool{"ALERTS": true, "ALERTS_FOR_STATE": true}}
	for _, w := range s.run {
		for _, name := range w.reads {
			in.byName[name] = append(in.byName[name], w)
		}
		if w.all {
			in.any = append(in.any, w)
		}
		for _, name := range w.eval.Records() {
			in.recorded[name] = true
		}
	}
	s.interest = in
}

// Arrived says that samples of series with these names have landed. What rules have recorded is left out here: their
// groups tell of it themselves, once all of it is there.
func (s *Service) Arrived(names []string) {
	s.mu.Lock()
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return s.interest.recorded[name] })
	woken := s.hurry(names, 0, nil)
	wake := s.wake
	s.mu.Unlock()
	if woken {
		wake()
	}
}

// hurry marks the groups that read series. Its caller holds mu.
func (s *Service) hurry(names []string, hops int, but *watch) (woken bool) {
	if len(names) == 0 {
		return false
	}
	mark := func(list []*watch) {
		for _, w := range list {
			if w == but || w.gone {
				continue
			}
			if !w.woken || hops < w.hops {
				w.hops = hops
			}
			w.woken, woken = true, true
		}
	}
	mark(s.interest.any)
	for _, name := range names {
		mark(s.interest.byName[name])
	}
	return woken
}

// Step evaluates what is due. Next is when the next group is; what takes long goes on meanwhile.
func (s *Service) Step(ctx context.Context) (worker.Result, error) {
	now := s.Clock.Now()
	if err := s.refresh(ctx, now); err != nil {
		return worker.Result{}, err
	}
	if round := s.start(ctx, now); round != nil {
		s.wait(ctx, round)
	}
	err := s.flush(ctx, s.Clock.Now())
	return worker.Result{Next: s.nextDue()}, err
}

// start begins to evaluate what is due, and returns what waits for it; nil when nothing is.
func (s *Service) start(ctx context.Context, now time.Time) (round *sync.WaitGroup) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range s.run {
		if w.busy || now.Before(w.due()) {
			continue
		}
		if round == nil {
			round = new(sync.WaitGroup)
		}
		hops := w.hops
		if w.woken {
			w.last = now
		} else {
			hops = 0
		}
		w.busy, w.woken, w.hops = true, false, 0
		if !now.Before(w.next) {
			w.next = w.slot(now)
		}
		s.busy.Add(1)
		round.Go(func() {
			defer s.busy.Done()
			s.work(ctx, w, hops)
		})
	}
	return round
}

// work evaluates one group, when there is a place for it.
func (s *Service) work(ctx context.Context, w *watch, hops int) {
	s.places <- struct{}{}
	err := s.evaluate(ctx, w)
	<-s.places
	s.mu.Lock()
	w.busy = false
	stale := errors.Is(err, errStale)
	if stale && s.run[w.ID] == w {
		delete(s.run, w.ID)
		w.gone, s.leased = true, time.Time{}
	}
	woken := err == nil && hops < hopsMost && s.hurry(w.eval.Records(), hops+1, w)
	wake := s.wake
	s.mu.Unlock()
	if woken {
		wake()
	}
	if err != nil && !stale && ctx.Err() == nil {
		s.Log.ErrorContext(ctx, "what came of metric rules cannot be stored, and is tried again", "rules", w.Name, "err", err)
	}
}

// wait waits for a round, but not for what takes long in it.
func (s *Service) wait(ctx context.Context, round *sync.WaitGroup) {
	done := make(chan struct{})
	go func() { round.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
	case <-clock.Wall().After(s.Patience):
	}
}

func (s *Service) nextDue() (next time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next = s.leased.Add(leaseEvery)
	for _, w := range s.run {
		if at := w.due(); !w.busy && at.Before(next) {
			next = at
		}
	}
	return next
}

// flush stores how evaluations went: soon when that has changed, now and then when not.
func (s *Service) flush(ctx context.Context, now time.Time) error {
	due := now.Sub(s.flushed) >= flushEvery || now.Before(s.flushed)
	list := s.hold(func(w *watch) bool {
		return !w.run.evaluated.IsZero() && (w.changed || due && w.run.evaluated.After(w.stored))
	})
	if len(list) == 0 {
		return nil
	}
	defer s.free(list)
	if err := s.DB.Do(ctx, func(tx *db.Tx) error {
		for _, w := range list {
			if _, err := saveRunning(tx, w.ID, s.node, w.run); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	for _, w := range list {
		w.changed, w.stored = false, w.run.evaluated
	}
	if due {
		s.flushed = now
	}
	return nil
}
