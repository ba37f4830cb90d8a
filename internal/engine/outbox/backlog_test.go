package outbox_test

import (
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/outbox"
)

func TestBacklogTellsWhatWaitsAndWhatFailed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		backlog := func() (b outbox.Backlog) {
			t.Helper()
			err := d.View(t.Context(), func(tx *db.Tx) (err error) {
				b, err = outbox.BacklogSince(tx, tx.Now().Add(-24*time.Hour))
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return b
		}
		if got := backlog(); got != (outbox.Backlog{}) {
			t.Errorf("nothing queued: %+v", got)
		}
		err := d.Do(t.Context(), func(tx *db.Tx) error {
			for _, dedup := range []string{"a", "b", "c"} {
				_, err := outbox.Queue(tx, outbox.Message{Dedup: dedup, Channel: outbox.Mail, Address: dedup + "@bank.example", Kind: outbox.NoticeKind,
					Content: outbox.Content{Title: "x"}})
				if err != nil {
					return err
				}
			}
			_, err := tx.Exec(`UPDATE message SET state = 'failed', finished = ?, next_attempt = NULL WHERE dedup = 'c'`, tx.Now())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		c.Advance(3 * time.Minute)
		if got, want := backlog(), (outbox.Backlog{Waiting: 2, Overdue: 3 * time.Minute, Failed: 1}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
		c.Advance(48 * time.Hour)
		if got := backlog().Failed; got != 0 {
			t.Errorf("failed two days ago still counts: %d", got)
		}
	})
}
