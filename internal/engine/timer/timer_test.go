package timer_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/timer"
)

const kind timer.Kind = "test.ring"

func runner(d *db.DB, h timer.Handler) *timer.Runner {
	return timer.NewRunner(timer.Config{
		DB: d, Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(),
		Handlers: map[timer.Kind]timer.Handler{kind: h},
	})
}

func schedule(t *testing.T, d *db.DB, subject string, at time.Time) {
	t.Helper()
	err := d.Do(context.Background(), func(tx *db.Tx) error {
		return timer.Schedule(tx, kind, subject, at, struct{}{})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func step(t *testing.T, r *timer.Runner) (did int, next time.Time) {
	t.Helper()
	res, err := r.Step(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return res.Did, res.Next
}

func TestTimerRunsOnceAtItsInstantAndNotBefore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		rang := 0
		r := runner(d, func(*db.Tx, timer.Timer) error { rang++; return nil })
		due := c.Now().Add(time.Minute)
		schedule(t, d, "a", due)
		if did, next := step(t, r); did != 0 || !next.Equal(due) {
			t.Fatalf("did %d, next %v", did, next)
		}
		c.Advance(time.Minute)
		step(t, r)
		step(t, r)
		if rang != 1 {
			t.Fatalf("rang %d times", rang)
		}
	})
}

func TestFailingTimerBacksOffAndItsEffectIsUndone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		tries := 0
		r := runner(d, func(tx *db.Tx, tm timer.Timer) error {
			tries++
			if err := timer.Schedule(tx, kind, "effect", tx.Now().Add(time.Hour), struct{}{}); err != nil {
				return err
			}
			if tries < 3 {
				return errors.New("not yet")
			}
			return nil
		})
		schedule(t, d, "a", c.Now())
		step(t, r)
		if n := pending(t, d, "effect"); n != 0 {
			t.Fatal("the effect of a failed run was kept")
		}
		step(t, r)
		if tries != 1 {
			t.Fatalf("tried %d times without a pause", tries)
		}
		c.Advance(time.Second)
		step(t, r)
		c.Advance(2 * time.Second)
		step(t, r)
		if tries != 3 || pending(t, d, "a") != 0 || pending(t, d, "effect") != 1 {
			t.Fatalf("tries %d, pending %d, effect %d", tries, pending(t, d, "a"), pending(t, d, "effect"))
		}
	})
}

func TestTwoRunnersShareTheWorkAndRepeatNone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		var rang sync.Map
		var total atomic.Int32
		h := func(tx *db.Tx, tm timer.Timer) error {
			tx.OnCommit(func() { total.Add(1); rang.Store(tm.Subject, true) })
			return nil
		}
		const n = 100
		for i := range n {
			schedule(t, d, string(rune('a'+i)), c.Now())
		}
		var wg sync.WaitGroup
		for range 2 {
			r := runner(d, h)
			wg.Go(func() {
				for {
					res, err := r.Step(context.Background())
					if err != nil {
						t.Error(err)
						return
					}
					if res.Did == 0 {
						return
					}
				}
			})
		}
		wg.Wait()
		seen := 0
		rang.Range(func(any, any) bool { seen++; return true })
		if total.Load() != n || seen != n {
			t.Fatalf("%d effects on %d subjects, want %d", total.Load(), seen, n)
		}
	})
}

func TestTimerOfADeadNodeIsTakenOver(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		schedule(t, d, "a", c.Now())
		err := d.Do(context.Background(), func(tx *db.Tx) error {
			_, err := tx.Exec(`UPDATE timer SET lease = 'dead', lease_until = ?`, tx.Now().Add(time.Minute))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		rang := 0
		alive := runner(d, func(*db.Tx, timer.Timer) error { rang++; return nil })
		step(t, alive)
		if rang != 0 {
			t.Fatal("took over a live lease")
		}
		c.Advance(2 * time.Minute)
		step(t, alive)
		if rang != 1 {
			t.Fatalf("rang %d times after the lease ran out", rang)
		}
	})
}

func TestNodeThatStopsGivesItsTimersBackAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		for _, subject := range []string{"a", "b", "c"} {
			schedule(t, d, subject, c.Now())
		}
		ctx, stop := context.WithCancel(context.Background())
		stopping := runner(d, func(*db.Tx, timer.Timer) error { stop(); return context.Canceled })
		if _, err := stopping.Step(ctx); !errors.Is(err, context.Canceled) {
			t.Fatalf("the stopping node says %v", err)
		}
		step(t, runner(d, func(*db.Tx, timer.Timer) error { return nil }))
		if left := pending(t, d, "a") + pending(t, d, "b") + pending(t, d, "c"); left != 0 {
			t.Fatalf("%d timers wait for the lease of a node that has stopped", left)
		}
	})
}

func TestPanickingHandlerBacksOffAndTheOthersRun(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		var rang atomic.Int32
		r := runner(d, func(_ *db.Tx, tm timer.Timer) error {
			if tm.Subject == "bad" {
				panic("no such zone")
			}
			rang.Add(1)
			return nil
		})
		schedule(t, d, "bad", c.Now())
		schedule(t, d, "good", c.Now())
		step(t, r)
		if rang.Load() != 1 || pending(t, d, "bad") != 1 {
			t.Fatalf("rang %d times, %d timers left of the bad one", rang.Load(), pending(t, d, "bad"))
		}
	})
}

func TestMovedTimerForgetsItsOldInstant(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		rang := 0
		r := runner(d, func(*db.Tx, timer.Timer) error { rang++; return nil })
		schedule(t, d, "a", c.Now().Add(time.Minute))
		schedule(t, d, "a", c.Now().Add(time.Hour))
		c.Advance(time.Minute)
		step(t, r)
		if rang != 0 {
			t.Fatal("rang at the old instant")
		}
		c.Advance(time.Hour)
		step(t, r)
		if rang != 1 {
			t.Fatal("did not ring at the new instant")
		}
	})
}

func pending(t *testing.T, d *db.DB, subject string) (n int) {
	t.Helper()
	err := d.View(context.Background(), func(tx *db.Tx) error {
		timers, err := timer.Of(tx, subject)
		n = len(timers)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
