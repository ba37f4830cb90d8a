package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/outbox"
)

var errDown = errors.New("connection refused")

func answering(err error) func(context.Context, outbox.Delivery) error {
	return func(context.Context, outbox.Delivery) error { return err }
}

func TestSameDedupKeyIsQueuedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d, nil)
		if first, second := k.queue(page("p")), k.queue(page("p")); first == "" || second != "" {
			t.Fatalf("ids %q and %q", first, second)
		}
		k.settle()
		if k.to.counts()["p"] != 1 {
			t.Fatal("it left twice")
		}
	})
}

func TestPermanentFailureIsReportedAndNotRepeated(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		k := newDesk(t, d, nil)
		k.to.answer = answering(outbox.Permanent(errors.New("550 no such mailbox")))
		id := k.queue(page("p"))
		k.settle()
		c.Advance(time.Hour)
		k.settle()
		m := k.message(id)
		if m.State != outbox.Failed || m.Reason != "550 no such mailbox" || m.Attempts != 1 || m.Finished.IsZero() {
			t.Fatalf("%+v", m)
		}
		if len(k.failed) != 1 || k.failed[0].ID != id || k.failed[0].State != outbox.Failed {
			t.Fatalf("hooks told of %+v", k.failed)
		}
	})
}

func TestTemporaryFailureBacksOffAndArrives(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		k := newDesk(t, d, nil)
		k.to.answer = answering(outbox.NotSent(errDown))
		id := k.queue(page("p"))
		for i, pause := range []time.Duration{5 * time.Second, 10 * time.Second, 20 * time.Second, 40 * time.Second, time.Minute, time.Minute} {
			k.settle()
			m := k.message(id)
			if m.State != outbox.Queued || m.Attempts != i+1 || m.NextAttempt.Sub(c.Now()) != pause || m.Reason == "" {
				t.Fatalf("attempt %d: %+v", i+1, m)
			}
			c.Advance(pause - time.Second)
			if k.step() != 0 {
				t.Fatalf("attempt %d came early", i+2)
			}
			c.Advance(time.Second)
		}
		k.to.answer = nil
		k.settle()
		if m := k.message(id); m.State != outbox.Sent || m.PossibleRepeat || m.Reason != "" {
			t.Fatalf("%+v", m)
		}
	})
}

func TestPageIsGivenUpAfterAQuarterOfAnHour(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		k := newDesk(t, d, nil)
		k.to.answer = answering(outbox.NotSent(errDown))
		id := k.queue(page("p"))
		for range 20 {
			k.settle()
			c.Advance(time.Minute)
		}
		m := k.message(id)
		if m.State != outbox.Failed || !strings.Contains(m.Reason, "given up after 15m0s: connection refused") || len(k.failed) != 1 {
			t.Fatalf("%+v, told %d times", m, len(k.failed))
		}
	})
}

func TestOnlyWhatMayHaveArrivedIsMarkedAsRepeat(t *testing.T) {
	cases := map[string]struct {
		err    error
		repeat bool
	}{
		"dial failed":            {outbox.NotSent(errDown), false},
		"receiver is busy":       {outbox.Busy(errDown, 7*time.Second), false},
		"wrapped":                {fmt.Errorf("webhook: %w", outbox.NotSent(errDown)), false},
		"connection lost":        {errors.New("unexpected EOF"), true},
		"no answer":              {context.DeadlineExceeded, true},
		"dial ran into time-out": {outbox.NotSent(context.DeadlineExceeded), false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
				k := newDesk(t, d, nil)
				k.to.answer = answering(tc.err)
				k.queue(page("p"))
				k.settle()
				c.Advance(10 * time.Second)
				k.to.answer = nil
				k.settle()
				got := k.to.all()
				if len(got) != 2 || got[0].Repeat || got[1].Repeat != tc.repeat || got[1].Messages[0].PossibleRepeat != tc.repeat {
					t.Fatalf("%+v", got)
				}
				if got[0].Key() != got[1].Key() || got[0].ID == got[1].ID {
					t.Fatal("the repeat cannot be told by its key")
				}
			})
		})
	}
}

func TestBusyReceiverIsLeftAloneAsLongAsItAsks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		k := newDesk(t, d, nil)
		k.to.answer = answering(outbox.Busy(errDown, 30*time.Second))
		id := k.queue(page("p"))
		k.settle()
		if m := k.message(id); m.NextAttempt.Sub(c.Now()) != 30*time.Second {
			t.Fatalf("next attempt in %v", m.NextAttempt.Sub(c.Now()))
		}
		k.to.answer = answering(outbox.Busy(errDown, 24*time.Hour))
		c.Advance(30 * time.Second)
		k.settle()
		if m := k.message(id); m.NextAttempt.Sub(c.Now()) != 10*time.Minute {
			t.Fatalf("next attempt in %v", m.NextAttempt.Sub(c.Now()))
		}
	})
}

func TestRepeatedBundleLeavesAsItDidAndNewMessagesAreNotMarked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		k := newDesk(t, d, nil)
		k.to.answer = answering(errors.New("unexpected EOF"))
		k.queueTitles(outbox.Message{}, "old %d", 3)
		k.settle()
		c.Advance(time.Minute)
		k.to.answer = nil
		k.queueTitles(outbox.Message{}, "new %d", 2)
		k.settle()
		got := k.to.all()
		if len(got) != 3 || got[1].Repeat || len(got[1].Messages) != 2 || !got[2].Repeat || got[2].Key() != got[0].Key() {
			t.Fatalf("%+v", got)
		}
	})
}

func TestReplacedMessageNeverLeaves(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		k := newDesk(t, d, nil)
		m := page("p")
		m.Page = "page-1"
		id := k.queue(m)
		other := k.queue(page("no page"))
		k.do(func(tx *db.Tx) error {
			n, err := outbox.Replace(tx, "page-1", "acknowledged by Ana Ruiz")
			if n != 1 {
				t.Errorf("replaced %d", n)
			}
			if n, _ := outbox.Replace(tx, "", "nobody"); n != 0 {
				t.Errorf("replaced %d messages of no page", n)
			}
			return err
		})
		c.Advance(time.Hour)
		k.settle()
		if k.to.counts()["p"] != 0 || k.message(id).State != outbox.Replaced || k.message(id).Reason != "acknowledged by Ana Ruiz" {
			t.Fatalf("%+v", k.message(id))
		}
		if k.message(other).State != outbox.Sent {
			t.Fatal("the other message did not leave")
		}
	})
}

func TestMessageWithdrawnWhileItIsSentIsNotRepeated(t *testing.T) {
	cases := map[string]struct {
		answer error
		want   outbox.State
	}{
		"the attempt fails":       {outbox.NotSent(errDown), outbox.Replaced},
		"it fails for good":       {outbox.Permanent(errDown), outbox.Replaced},
		"the attempt arrives":     {nil, outbox.Sent},
		"the node dies meanwhile": {context.Canceled, outbox.Replaced},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
				k := newDesk(t, d, nil)
				g := newGate("ana@bank.example")
				k.to.answer = g.answer
				m := page("p")
				m.Page = "page-1"
				id := k.queue(m)
				ctx, die := context.WithCancel(context.Background())
				if _, err := k.Step(ctx); err != nil {
					t.Fatal(err)
				}
				<-g.entered
				k.do(func(tx *db.Tx) error {
					_, err := outbox.Replace(tx, "page-1", "restored")
					return err
				})
				if errors.Is(tc.answer, context.Canceled) {
					die()
				} else {
					g.open <- tc.answer
				}
				k.Wait()
				die()
				c.Advance(time.Hour)
				k.to.answer = nil
				k.settle()
				if got := k.message(id); got.State != tc.want || len(k.to.all()) != 1 || len(k.failed) != 0 {
					t.Fatalf("%+v, left %d times, %d failures told", got, len(k.to.all()), len(k.failed))
				}
			})
		})
	}
}

func TestCutOffDeliveryIsRepeatedAfterItsLeaseAndMarked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		dead := newDesk(t, d, nil)
		g := newGate("ana@bank.example")
		dead.to.answer = g.answer
		id := dead.queue(page("p"))
		ctx, die := context.WithCancel(context.Background())
		if _, err := dead.Step(ctx); err != nil {
			t.Fatal(err)
		}
		<-g.entered
		die()
		dead.Wait()

		alive := newDesk(t, d, nil)
		alive.settle()
		if len(alive.to.all()) != 0 {
			t.Fatal("took over a live lease")
		}
		c.Advance(15 * time.Second)
		alive.settle()
		got := alive.to.all()
		if len(got) != 1 || !got[0].Repeat || alive.message(id).State != outbox.Sent {
			t.Fatalf("%+v", got)
		}
	})
}

func TestFreedLeasesAreRepeatedAtOnceAndMarked(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		dead := newDesk(t, d, nil)
		g := newGate("ana@bank.example")
		dead.to.answer = g.answer
		dead.queue(page("p"))
		ctx, die := context.WithCancel(context.Background())
		if _, err := dead.Step(ctx); err != nil {
			t.Fatal(err)
		}
		<-g.entered
		die()
		dead.Wait()
		if err := outbox.FreeLeases(context.Background(), d); err != nil {
			t.Fatal(err)
		}
		alive := newDesk(t, d, nil)
		alive.settle()
		if got := alive.to.all(); len(got) != 1 || !got[0].Repeat {
			t.Fatalf("%+v", got)
		}
	})
}

func TestTwoDispatchersShareTheWorkAndRepeatNone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		a := newDesk(t, d, nil)
		b := newDesk(t, d, func(c *outbox.Config) {
			c.Senders = map[outbox.Channel]outbox.Sender{outbox.Mail: a.to}
		})
		for i := range 60 {
			a.queueTitles(outbox.Message{Address: fmt.Sprintf("%d@bank.example", i%20)}, fmt.Sprint(i, " of %d"), 1)
		}
		var wg sync.WaitGroup
		for _, k := range []*desk{a, b} {
			wg.Go(func() {
				for {
					r, err := k.Step(context.Background())
					if err != nil {
						t.Error(err)
						return
					}
					k.Wait()
					if r.Did == 0 {
						return
					}
				}
			})
		}
		wg.Wait()
		a.settle() // what one left because the other had it locked
		counts := a.to.counts()
		if len(counts) != 60 {
			t.Fatalf("%d of 60 arrived", len(counts))
		}
		for title, n := range counts {
			if n != 1 {
				t.Errorf("%q arrived %d times", title, n)
			}
		}
	})
}

func TestFaultInAHookNeitherLosesNorHammers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		broken := true
		k := newDesk(t, d, func(c *outbox.Config) {
			c.Hooks.Sent = func(*db.Tx, outbox.Delivery) error {
				if broken {
					return errors.New("fault")
				}
				return nil
			}
		})
		id := k.queue(page("p"))
		k.settle()
		k.settle()
		if m := k.message(id); m.State != outbox.Queued || !m.PossibleRepeat || len(k.to.all()) != 1 {
			t.Fatalf("%+v, left %d times", m, len(k.to.all()))
		}
		broken = false
		c.Advance(5 * time.Second)
		k.settle()
		if got := k.to.all(); len(got) != 2 || !got[1].Repeat || k.message(id).State != outbox.Sent {
			t.Fatalf("%+v", got)
		}
	})
}

func TestPanicInASenderIsAnAttemptThatFailed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d, nil)
		k.to.answer = func(context.Context, outbox.Delivery) error { panic("boom") }
		id := k.queue(page("p"))
		k.settle()
		if m := k.message(id); m.State != outbox.Queued || !strings.Contains(m.Reason, "boom") {
			t.Fatalf("%+v", m)
		}
	})
}

func TestUnknownChannelFailsAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d, nil)
		m := page("p")
		m.Channel = "pigeon"
		id := k.queue(m)
		k.settle()
		if got := k.message(id); got.State != outbox.Failed || !strings.Contains(got.Reason, "pigeon") {
			t.Fatalf("%+v", got)
		}
	})
}

func TestOverdueTellsTheAgeOfTheOldestDueMessage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		k := newDesk(t, d, nil)
		overdue := func() (age time.Duration) {
			k.do(func(tx *db.Tx) (err error) {
				age, err = outbox.Overdue(tx)
				return err
			})
			return age
		}
		if overdue() != 0 {
			t.Fatal("overdue without messages")
		}
		k.queue(page("old"))
		c.Advance(time.Minute)
		k.queue(page("new"))
		if got := overdue(); got != time.Minute {
			t.Fatalf("overdue by %v", got)
		}
		k.settle()
		if overdue() != 0 {
			t.Fatal("overdue after delivery")
		}
	})
}

func TestLatestIsFilteredAndPaged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d, nil)
		k.queueTitles(outbox.Message{Person: "ana", Page: "p1"}, "ana %d", 3)
		k.queueTitles(outbox.Message{Person: "ben", Kind: outbox.UpdateKind, Channel: outbox.Webhook}, "ben %d", 2)
		get := func(f outbox.Filter, before outbox.ID, limit int) (ms []outbox.Message) {
			k.do(func(tx *db.Tx) (err error) {
				ms, err = outbox.Latest(tx, f, before, limit)
				return err
			})
			return ms
		}
		if all := get(outbox.Filter{}, "", 10); len(all) != 5 || all[0].Content.Title != "ben 1" {
			t.Fatalf("%v", all)
		}
		for _, f := range []outbox.Filter{{Person: "ana"}, {Page: "p1"}, {Channel: outbox.Mail}, {Kind: outbox.PageKind}} {
			if got := get(f, "", 10); len(got) != 3 {
				t.Errorf("%+v gave %d", f, len(got))
			}
		}
		first := get(outbox.Filter{State: outbox.Queued}, "", 2)
		rest := get(outbox.Filter{State: outbox.Queued}, first[1].ID, 10)
		if len(rest) != 3 || rest[0].Content.Title != "ana 2" {
			t.Fatalf("%v", rest)
		}
	})
}
