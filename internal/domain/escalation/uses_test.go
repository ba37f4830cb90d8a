package escalation_test

import (
	"context"
	"testing"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/escalation"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
)

func TestWhatAPolicyNamesIsNotDeleted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		ctx, admin := context.Background(), actor.Actor{Kind: actor.User, ID: "a", Name: "Ada Admin", Role: actor.Admin}
		calendars := calendar.New(calendar.Config{DB: d, Uses: []calendar.Uses{escalation.UsesCalendar}})
		rosters := oncall.New(oncall.Config{DB: d, Uses: []oncall.Uses{escalation.UsesRoster}})
		policies := escalation.New(escalation.Config{DB: d})
		step := func(roster string) []escalation.Step {
			return []escalation.Step{{Targets: []escalation.Target{{Roster: roster}}}}
		}
		err := d.Do(ctx, func(tx *db.Tx) error {
			if _, err := people.New(people.Config{DB: d}).ApplyUserIn(tx, admin, "ana", people.UserSpec{Role: actor.FirstLine}); err != nil {
				return err
			}
			if _, err := calendars.ApplyIn(tx, admin, "bank-hours", calendar.Spec{Zone: "UTC", AlwaysOpen: true}); err != nil {
				return err
			}
			for _, name := range []string{"first", "second", "third"} {
				_, err := rosters.ApplyIn(tx, admin, name, oncall.Spec{Zone: "UTC", Layers: []oncall.LayerSpec{
					{Start: "2026-01-05", Handover: "08:00", Rotation: oncall.Weekly, Slots: [][]string{{"ana"}}}}})
				if err != nil {
					return err
				}
			}
			_, err := policies.ApplyIn(tx, admin, "standard", escalation.Spec{
				Response: escalation.ResponseSpec{Steps: step("first")},
				Resolution: escalation.ResolutionSpec{BusinessHours: "bank-hours", Ladders: []escalation.Ladder{
					{Hours: "business", Steps: step("second")}}},
			})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for what, err := range map[string]error{
			"the calendar":          calendars.Delete(ctx, admin, "bank-hours"),
			"the roster of a step":  rosters.Delete(ctx, admin, "first"),
			"the roster of a level": rosters.Delete(ctx, admin, "second"),
		} {
			if !errs.Is(err, errs.Conflict) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := rosters.Delete(ctx, admin, "third"); err != nil {
			t.Errorf("a roster that no policy names: %v", err)
		}
	})
}
