package timer_test

import (
	"slices"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/timer"
)

func TestSoonestGivesTheKindsAskedForInTheOrderInWhichTheyAreDue(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		var got []string
		err := d.Do(t.Context(), func(tx *db.Tx) error {
			got = nil
			for kind, after := range map[timer.Kind]time.Duration{"a": 3 * time.Minute, "b": time.Minute, "other": time.Second} {
				if err := timer.Schedule(tx, kind, "x", c.Now().Add(after), struct{}{}); err != nil {
					return err
				}
			}
			for _, limit := range []int{10, 1} {
				list, err := timer.Soonest(tx, limit, "a", "b")
				if err != nil {
					return err
				}
				for _, tm := range list {
					got = append(got, string(tm.Kind))
				}
			}
			none, err := timer.Soonest(tx, 10)
			got = append(got, make([]string, len(none))...)
			return err
		})
		if want := []string{"b", "a", "b"}; err != nil || !slices.Equal(got, want) {
			t.Errorf("got %q, %v, want %q: both kinds by due time, then the first alone, then nothing", got, err, want)
		}
	})
}
