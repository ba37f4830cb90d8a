package app_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"mainstay/internal/apptest"
	"mainstay/internal/base/id"
	"mainstay/internal/engine/db"
)

func TestQuarantineKeepsTheNewestForAMonthAndDoesNotGrowForEver(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		kept := func() (n int64) {
			t.Helper()
			if _, err := d.Rooms.Alerts.Sweep(context.Background()); err != nil {
				t.Fatal(err)
			}
			err := d.DB.View(context.Background(), func(tx *db.Tx) (err error) {
				n, err = db.One(tx, db.Value[int64], `SELECT count(*) FROM alert_quarantine`)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		bad := func() {
			t.Helper()
			d.Call(http.MethodPost, "/api/v2/alerts", `[{"labels":{}}]`).Status(http.StatusUnprocessableEntity)
		}
		bad()
		d.Clock.Advance(20 * 24 * time.Hour)
		bad()
		if n := kept(); n != 2 {
			t.Fatalf("%d kept within the month", n)
		}
		d.Clock.Advance(11 * 24 * time.Hour)
		if n := kept(); n != 1 {
			t.Fatalf("%d kept, one of them is older than a month", n)
		}
		err := d.DB.Do(context.Background(), func(tx *db.Tx) error {
			for range 10_001 {
				_, err := tx.Exec(`INSERT INTO alert_quarantine (id, at, sender, reason, body) VALUES (?, ?, '', '', '')`, id.New[string](), tx.Now())
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := kept(); n != 10_000 {
			t.Fatalf("%d kept of a flood", n)
		}
	})
}
