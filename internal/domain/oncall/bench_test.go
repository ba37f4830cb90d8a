package oncall_test

import (
	"testing"

	"mainstay/internal/base/clock"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
)

// Every page asks who is on call, in its transaction.
func BenchmarkWhoIsOnCall(b *testing.B) {
	for _, kind := range dbtest.Kinds() {
		b.Run(kind, func(b *testing.B) {
			d := dbtest.Open(b, dbtest.URL(b, kind), clock.NewFake(dbtest.Start))
			var e oncall.Entry
			err := d.Do(b.Context(), func(tx *db.Tx) (err error) {
				users := people.New(people.Config{DB: d})
				if _, err := users.ApplyTeamIn(tx, admin, "payments-l1", people.TeamSpec{Level: people.L1}); err != nil {
					return err
				}
				for _, login := range []string{"ana", "ben", "cho"} {
					if _, err := users.ApplyUserIn(tx, admin, login, people.UserSpec{Role: "first-line"}); err != nil {
						return err
					}
				}
				spec := daily()
				spec.Layers[0].Zone, spec.Layers[0].Windows = "America/New_York", []string{"mon-fri 08:00-20:00"}
				spec.Layers = append(spec.Layers, daily().Layers[0])
				spec.Zone = "Europe/London"
				e, err = oncall.New(oncall.Config{DB: d}).PutIn(tx, admin, oncall.In{Name: "payments-l1", Spec: spec})
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
			err = d.View(b.Context(), func(tx *db.Tx) error {
				for b.Loop() {
					if ids, err := oncall.OnCall(tx, e.ID, tx.Now()); err != nil || len(ids) != 1 {
						b.Fatal(ids, err)
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		})
	}
}
