package outbox_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/outbox"
)

func TestMostUrgentMessageLeavesFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d, func(c *outbox.Config) { c.Concurrency = map[outbox.Channel]int{outbox.Mail: 1} })
		for _, m := range []outbox.Message{
			{Address: "a@bank.example", Priority: outbox.NoticePriority, Content: outbox.Content{Title: "notice"}},
			{Address: "b@bank.example", Priority: outbox.UpdatePriority, Content: outbox.Content{Title: "update"}},
			{Address: "c@bank.example", Priority: outbox.PagePriority, Content: outbox.Content{Title: "page 1"}},
			{Address: "d@bank.example", Priority: outbox.PagePriority, Content: outbox.Content{Title: "page 2"}},
		} {
			k.queue(m)
		}
		k.settle()
		want := []string{"page 1", "page 2", "update", "notice"}
		if got := titles(k.to.all()); !slices.Equal(got, want) {
			t.Fatalf("left as %q", got)
		}
	})
}

func TestWhatWaitsForOneAddressLeavesAsOneDelivery(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d, nil)
		g := newGate("ana@bank.example")
		k.to.answer = g.answer
		k.queue(page("first"))
		k.step()
		<-g.entered
		k.queueTitles(outbox.Message{}, "waiting %d", 50)
		if k.step() != 0 {
			t.Fatal("a second delivery started while one was under way")
		}
		g.open <- nil
		k.Wait()
		k.to.answer = nil
		k.settle()
		got := k.to.all()
		if len(got) != 2 || len(got[1].Messages) != 50 || len(k.to.counts()) != 51 {
			t.Fatalf("%d deliveries, messages %v", len(got), k.to.counts())
		}
		if len(k.sent) != 2 || len(k.sent[1].Messages) != 50 || k.sent[1].Messages[0].State != outbox.Sent {
			t.Fatalf("hooks told of %d deliveries", len(k.sent))
		}
	})
}

func TestOnlyPagesAndUpdatesOfOneKindLeaveTogether(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d, nil)
		for _, kind := range []outbox.Kind{outbox.PageKind, outbox.UpdateKind, outbox.TestKind, outbox.VerifyKind, "shift"} {
			k.queueTitles(outbox.Message{Kind: kind}, string(kind)+" %d", 2)
		}
		k.settle()
		sizes := map[outbox.Kind][]int{}
		for _, v := range k.to.all() {
			for _, m := range v.Messages {
				if m.Kind != v.Kind {
					t.Errorf("a %s among %ss", m.Kind, v.Kind)
				}
			}
			sizes[v.Kind] = append(sizes[v.Kind], len(v.Messages))
		}
		for kind, want := range map[outbox.Kind][]int{
			outbox.PageKind: {2}, outbox.UpdateKind: {2}, outbox.TestKind: {1, 1}, outbox.VerifyKind: {1, 1}, "shift": {1, 1},
		} {
			if !slices.Equal(sizes[kind], want) {
				t.Errorf("%s left in deliveries of %v, want %v", kind, sizes[kind], want)
			}
		}
	})
}

func TestChannelTakesNoMoreThanItsConcurrency(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d, func(c *outbox.Config) { c.Concurrency = map[outbox.Channel]int{outbox.Webhook: 3} })
		release := make(chan struct{})
		k.to.answer = func(context.Context, outbox.Delivery) error { <-release; return nil }
		for i := range 12 {
			address := fmt.Sprintf("https://%d.bank.example/", i)
			k.queue(outbox.Message{Channel: outbox.Webhook, Address: address, Content: outbox.Content{Title: address}})
		}
		if n := k.step(); n != 3 {
			t.Fatalf("%d deliveries under way at once", n)
		}
		close(release)
		k.settle()
		if n := len(k.to.counts()); n != 12 {
			t.Fatalf("%d of 12 arrived", n)
		}
	})
}

func TestHangingReceiverDelaysNobodyElse(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d, nil)
		g := newGate("hangs@bank.example")
		k.to.answer = g.answer
		k.do(func(tx *db.Tx) error { // more than one claim can see
			for i := range 1100 {
				m := page("flood")
				m.Channel, m.Address, m.Dedup = outbox.Mail, "hangs@bank.example", fmt.Sprint("flood ", i)
				if _, err := outbox.Queue(tx, m); err != nil {
					return err
				}
			}
			return nil
		})
		k.step()
		<-g.entered
		k.queue(outbox.Message{Address: "ben@bank.example", Content: outbox.Content{Title: "for Ben"}})
		k.step()
		for len(k.to.counts()) < 2 { // the flood's first delivery and Ben's
			k.step()
		}
		if k.to.counts()["for Ben"] != 1 {
			t.Fatalf("%v", k.to.counts())
		}
		g.open <- nil
		k.to.answer = nil
		k.Wait()
		k.settle()
		if n := k.to.counts()["flood"]; n != 1100 {
			t.Fatalf("%d of the flood arrived", n)
		}
	})
}

func TestRepeatsLeaveRoomForFirstAttempts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		k := newDesk(t, d, func(c *outbox.Config) { c.Concurrency = map[outbox.Channel]int{outbox.Mail: 4} })
		down := func(_ context.Context, v outbox.Delivery) error { return outbox.NotSent(errDown) }
		k.to.answer = down
		for _, a := range []string{"a", "b", "c", "d", "e"} {
			k.queue(outbox.Message{Address: a + "@down.example", Content: outbox.Content{Title: a}})
		}
		k.settle()
		c.Advance(5 * time.Second)
		release := make(chan struct{})
		k.to.answer = func(context.Context, outbox.Delivery) error { <-release; return nil }
		if r, err := k.Step(context.Background()); err != nil || r.Did != 2 {
			t.Fatalf("%d repeats took the channel, err %v", r.Did, err)
		}
		k.queue(outbox.Message{Address: "new@bank.example", Content: outbox.Content{Title: "new"}})
		if r, err := k.Step(context.Background()); err != nil || r.Did != 1 {
			t.Fatalf("the first attempt found no room: %d, err %v", r.Did, err)
		}
		close(release)
		k.Wait()
		k.settle()
		if len(k.sent) != 6 {
			t.Fatalf("%d sent", len(k.sent))
		}
	})
}

func TestStormIsSpacedAndNothingIsLost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		k := newDesk(t, d, func(c *outbox.Config) { c.Spacing = nil })
		for i := range 60 { // one message a second
			k.queueTitles(outbox.Message{}, string(rune('A'+i))+" %d", 1)
			k.settle()
			c.Advance(time.Second)
		}
		c.Advance(10 * time.Second)
		k.settle()
		counts := k.to.counts()
		if len(counts) != 60 {
			t.Fatalf("%d of 60 arrived", len(counts))
		}
		for title, n := range counts {
			if n != 1 {
				t.Errorf("%q arrived %d times", title, n)
			}
		}
		if n := len(k.to.all()); n > 16 {
			t.Errorf("%d deliveries in a minute", n)
		}
		for i, v := range k.to.all()[:3] {
			if len(v.Messages) != 1 {
				t.Errorf("delivery %d waited for others", i+1)
			}
		}
	})
}

func TestPageDoesNotWaitBecauseOfUpdates(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d, func(c *outbox.Config) { c.Spacing = nil })
		for i := range 5 {
			k.queueTitles(outbox.Message{Kind: outbox.UpdateKind, Priority: outbox.UpdatePriority}, string(rune('a'+i))+" %d", 1)
			k.settle()
		}
		k.queue(page("page"))
		k.settle()
		if k.to.counts()["page"] != 1 {
			t.Fatal("the page was held back")
		}
		if len(k.to.all()) != 4 {
			t.Fatalf("%d deliveries: the updates were not spaced", len(k.to.all()))
		}
	})
}

func TestSpacedOutAddressDoesNotHideOthers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d, func(c *outbox.Config) {
			c.Spacing, c.Concurrency = nil, map[outbox.Channel]int{outbox.Mail: 1}
		})
		for i := range 4 {
			k.queueTitles(outbox.Message{}, string(rune('a'+i))+" %d", 1)
			k.settle()
		}
		k.queue(outbox.Message{Address: "ben@bank.example", Content: outbox.Content{Title: "for Ben"}})
		k.settle()
		if k.to.counts()["for Ben"] != 1 {
			t.Fatal("Ben waits for the storm to Ana")
		}
	})
}
