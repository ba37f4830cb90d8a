package timer_test

import (
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/timer"
)

func TestBacklogTellsWhatIsLate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		backlog := func() (b timer.Backlog) {
			t.Helper()
			if err := d.View(t.Context(), func(tx *db.Tx) (err error) { b, err = timer.BacklogNow(tx); return err }); err != nil {
				t.Fatal(err)
			}
			return b
		}
		if got := backlog(); got != (timer.Backlog{}) {
			t.Errorf("nothing promised: %+v", got)
		}
		err := d.Do(t.Context(), func(tx *db.Tx) error {
			for subject, in := range map[string]time.Duration{"a": time.Minute, "b": 2 * time.Minute, "c": time.Hour} {
				if err := timer.Schedule(tx, "test", subject, tx.Now().Add(in), struct{}{}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		c.Advance(5 * time.Minute)
		if got, want := backlog(), (timer.Backlog{Pending: 3, Late: 2, Overdue: 4 * time.Minute}); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	})
}
