package ledger_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/ledger"
)

type note struct {
	Text string `json:"text"`
}

func appendNotes(t *testing.T, d *db.DB, record string, n int) {
	t.Helper()
	for i := range n {
		err := d.Do(context.Background(), func(tx *db.Tx) error {
			return ledger.Append(tx, actor.Mainstay, ledger.Record{Kind: "test", ID: record}, "test.noted",
				note{fmt.Sprint("note ", i)}, ledger.Record{Kind: "other", ID: "o"})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func sequenceAll(t *testing.T, d *db.DB) {
	t.Helper()
	for {
		n, err := ledger.Sequence(context.Background(), d)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func verify(t *testing.T, d *db.DB) *ledger.Report {
	t.Helper()
	r, err := ledger.Verify(context.Background(), d)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestPositionsAreGaplessUnderConcurrentWriters(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		const writers, each = 4, 8
		var wg sync.WaitGroup
		for w := range writers {
			wg.Go(func() { appendNotes(t, d, fmt.Sprint("r", w%2), each) })
			wg.Go(func() { sequenceAll(t, d) })
		}
		wg.Wait()
		sequenceAll(t, d)
		r := verify(t, d)
		if r.Events != writers*each || r.Unplaced != 0 || len(r.Problems) > 0 {
			t.Fatalf("%+v", r)
		}
	})
}

func TestFeedHandsOnEveryEventOnceInOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		ctx := context.Background()
		appendNotes(t, d, "before", 3)
		sequenceAll(t, d)
		feed := ledger.NewFeed(d)
		if _, err := feed.Step(ctx); err != nil {
			t.Fatal(err)
		}
		events, stop := feed.Subscribe()
		defer stop()
		appendNotes(t, d, "after", 5)
		for {
			r, err := feed.Step(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if r.Did == 0 {
				break
			}
		}
		got := <-events
		if len(got) != 5 || got[0].Position != 4 || got[4].Seq != 5 || got[0].About[0].Kind != "other" {
			t.Fatalf("%+v", got)
		}
	})
}

func TestWhatOthersBeganIsToldFromWhatMainstayBegan(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		begun := func() (is bool) {
			do(t, d, func(tx *db.Tx) (err error) {
				is, err = ledger.BegunByOthers(tx, "test")
				return err
			})
			return is
		}
		ana := actor.Actor{Kind: actor.User, ID: "ana", Name: "Ana"}
		appendNotes(t, d, "ours", 1)
		do(t, d, func(tx *db.Tx) error {
			return ledger.Append(tx, ana, ledger.Record{Kind: "test", ID: "ours"}, "test.noted", note{"later"})
		})
		if begun() {
			t.Error("a later event of somebody else counts")
		}
		do(t, d, func(tx *db.Tx) error {
			return ledger.Begin(tx, ana, ledger.Record{Kind: "test", ID: "theirs"}, "test.noted", note{"first"})
		})
		if !begun() {
			t.Error("what ana began does not count")
		}
	})
}

func TestSealersAtTheSameTimeMakeOneChain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		const events = 12
		appendNotes(t, d, "a", events)
		sequenceAll(t, d)
		var wg sync.WaitGroup
		ready := make(chan struct{})
		for to := range events {
			wg.Go(func() {
				<-ready
				err := d.Claim(context.Background(), func(tx *db.Tx) error {
					_, err := ledger.SealNow(tx, int64(to+1))
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		close(ready)
		wg.Wait()
		if r := verify(t, d); len(r.Problems) > 0 || r.Seals == 0 {
			t.Fatalf("%d seals, problems: %q", r.Seals, r.Problems)
		}
	})
}

func TestVerifyFindsTampering(t *testing.T) {
	tamper := map[string]string{
		"changed payload": `UPDATE event SET payload = '{"text":"nothing happened"}' WHERE position = 2`,
		"changed time":    `UPDATE event SET at = at + 1 WHERE position = 2`,
		"removed event":   `DELETE FROM event WHERE position = 5`,
		"changed seal":    `UPDATE seal SET hash = 'x' WHERE to_position = 4`,
	}
	for name, statement := range tamper {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
				appendNotes(t, d, "r", 6)
				sequenceAll(t, d)
				do(t, d, func(tx *db.Tx) error {
					_, err := ledger.SealNow(tx, 4)
					return err
				})
				if r := verify(t, d); len(r.Problems) > 0 {
					t.Fatalf("before: %v", r.Problems)
				}
				do(t, d, func(tx *db.Tx) error {
					if _, err := tx.Exec(`DELETE FROM event_about`); err != nil {
						return err
					}
					_, err := tx.Exec(statement)
					return err
				})
				if r := verify(t, d); len(r.Problems) == 0 {
					t.Fatal("not noticed")
				}
			})
		})
	}
}

func TestRewrittenPastDoesNotMatchTheHashKeptOutside(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		appendNotes(t, d, "r", 3)
		sequenceAll(t, d)
		var seal ledger.Seal
		do(t, d, func(tx *db.Tx) (err error) {
			seal, err = ledger.SealNow(tx, 3)
			return err
		})
		for name, c := range map[string]struct {
			kept  ledger.Kept
			whole bool
		}{
			"the hash that was kept": {ledger.Kept{Position: 3, Hash: seal.Hash}, true},
			"another hash":           {ledger.Kept{Position: 3, Hash: "x"}, false},
			"a seal that is gone":    {ledger.Kept{Position: 9, Hash: seal.Hash}, false},
		} {
			r, err := ledger.Verify(context.Background(), d, c.kept)
			if err != nil || (len(r.Problems) == 0) != c.whole {
				t.Errorf("%s: %v %v", name, r.Problems, err)
			}
		}
	})
}

func TestErasureLeavesTheSealValid(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		record := ledger.Record{Kind: "test", ID: "r"}
		appendNotes(t, d, "r", 3)
		sequenceAll(t, d)
		do(t, d, func(tx *db.Tx) error {
			_, err := ledger.SealNow(tx, 3)
			return err
		})
		do(t, d, func(tx *db.Tx) error {
			events, err := ledger.Timeline(tx, record)
			if err != nil {
				return err
			}
			return ledger.Erase(tx, events[1].ID)
		})
		r := verify(t, d)
		if len(r.Problems) > 0 || r.Erased != 1 {
			t.Fatalf("%+v", r)
		}
		do(t, d, func(tx *db.Tx) error {
			events, err := ledger.Timeline(tx, record)
			if err == nil && (strings.Contains(string(events[1].Payload), "note") || events[1].Actor.Name != "erased") {
				t.Errorf("still there: %+v", events[1])
			}
			return err
		})
	})
}

func do(t *testing.T, d *db.DB, fn func(*db.Tx) error) {
	t.Helper()
	if err := d.Do(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}
