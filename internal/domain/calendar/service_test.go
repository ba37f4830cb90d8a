package calendar_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/ledger"
)

var (
	manager = actor.Actor{Kind: actor.User, ID: "m", Name: "Max Manager", Role: actor.SupportManager}
	line1   = actor.Actor{Kind: actor.User, ID: "f", Name: "Flo First", Role: actor.FirstLine}
	client  = actor.Actor{Kind: actor.User, ID: "c", Name: "Cleo Client", Role: actor.Client, Customer: "x"}
)

func bankHours() calendar.Spec {
	return calendar.Spec{Title: "Bank hours", Zone: "Europe/London", Weekly: []string{"mon-fri 9:00-17:00"},
		Holidays: []calendar.Holiday{{Date: "2026-12-25", Name: "Christmas Day"}}}
}

func timeline(t *testing.T, d *db.DB, id calendar.ID) (kinds []string) {
	t.Helper()
	err := d.View(context.Background(), func(tx *db.Tx) error {
		events, err := ledger.Timeline(tx, calendar.Record(id))
		for _, e := range events {
			kinds = append(kinds, e.Kind)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return kinds
}

func TestCalendarIsStoredChangedAndDeleted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		s, ctx := calendar.New(calendar.Config{DB: d}), context.Background()
		made, err := s.Put(ctx, manager, calendar.In{Name: "bank-hours", Spec: bankHours()})
		if err != nil || made.Version != 1 || !made.Open(time.Date(2026, 12, 24, 12, 0, 0, 0, time.UTC)) || made.Open(time.Date(2026, 12, 25, 12, 0, 0, 0, time.UTC)) {
			t.Fatalf("%+v, %v", made, err)
		}
		c.Advance(time.Hour)
		same, err := s.Put(ctx, manager, calendar.In{Name: "bank-hours", Spec: bankHours(), Version: 1})
		if err != nil || same.Version != 1 || !same.Changed.Equal(made.Changed) {
			t.Errorf("the same again: %+v, %v", same, err)
		}
		other := bankHours()
		other.Holidays = nil
		changed, err := s.Put(ctx, manager, calendar.In{Name: "bank-hours", Spec: other, Version: 1})
		if err != nil || changed.Version != 2 || changed.ID != made.ID || !changed.Changed.Equal(c.Now()) {
			t.Fatalf("%+v, %v", changed, err)
		}
		if _, err := s.Put(ctx, manager, calendar.In{Name: "bank-hours", Spec: bankHours(), Version: 1}); !errs.Is(err, errs.Conflict) {
			t.Errorf("a change of an old version: %v", err)
		}
		if err := s.Delete(ctx, manager, "bank-hours"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(ctx, manager, "bank-hours"); !errs.Is(err, errs.NotFound) {
			t.Errorf("after it was deleted: %v", err)
		}
		if _, err := s.Put(ctx, manager, calendar.In{Name: "bank-hours", Spec: bankHours(), Version: 2}); !errs.Is(err, errs.NotFound) {
			t.Errorf("a change of what was deleted: %v", err)
		}
		if got := timeline(t, d, made.ID); !slices.Equal(got, []string{"calendar.created", "calendar.changed", "calendar.deleted"}) {
			t.Errorf("timeline %v", got)
		}
	})
}

func TestApplyingAnExportChangesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		s := calendar.New(calendar.Config{DB: d})
		err := d.Do(context.Background(), func(tx *db.Tx) error {
			for _, name := range []string{"nights", "bank-hours"} {
				if changed, err := s.ApplyIn(tx, manager, name, bankHours()); err != nil || !changed {
					t.Errorf("%s: changed %t, %v", name, changed, err)
				}
			}
			named, err := s.ExportIn(tx, manager)
			if len(named) != 2 || named[0].Name != "bank-hours" || named[0].Spec.Weekly[0] != "mon-fri 09:00-17:00" {
				t.Errorf("exported %+v", named)
			}
			for _, n := range named {
				if changed, err := s.ApplyIn(tx, manager, n.Name, n.Spec); err != nil || changed {
					t.Errorf("%s again: changed %t, %v", n.Name, changed, err)
				}
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestCalendarInUseIsNotDeleted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		user, failure := `service "payments"`, error(nil)
		uses := func(_ *db.Tx, name string) (string, error) {
			if name != "bank-hours" {
				return "", nil
			}
			return user, failure
		}
		s, ctx := calendar.New(calendar.Config{DB: d, Uses: []calendar.Uses{uses}}), context.Background()
		for _, name := range []string{"bank-hours", "nights"} {
			if _, err := s.Put(ctx, manager, calendar.In{Name: name, Spec: bankHours()}); err != nil {
				t.Fatal(err)
			}
		}
		err := s.Delete(ctx, manager, "bank-hours")
		if want := `calendar "bank-hours" is used by service "payments": give that another one first`; !errs.Is(err, errs.Conflict) || err.Error() != want {
			t.Errorf("in use: %v, want %s", err, want)
		}
		team := people.TeamSpec{Level: people.L1, Hours: "nights"}
		if _, err := people.New(people.Config{DB: d}).ApplyTeam(ctx, manager, "payments-l1", team); err != nil {
			t.Fatal(err)
		}
		if err := s.Delete(ctx, manager, "nights"); !errs.Is(err, errs.Conflict) || !strings.Contains(err.Error(), `team "payments-l1"`) {
			t.Errorf("in use by a team: %v", err)
		}
		team.Hours = ""
		if _, err := people.New(people.Config{DB: d}).ApplyTeam(ctx, manager, "payments-l1", team); err != nil {
			t.Fatal(err)
		}
		if err := s.Delete(ctx, manager, "nights"); err != nil {
			t.Errorf("not in use: %v", err)
		}
		user, failure = "", errors.New("broken")
		if err := s.Delete(ctx, manager, "bank-hours"); !errors.Is(err, failure) {
			t.Errorf("when nobody knows: %v", err)
		}
	})
}

func TestBadCalendarsAreNotStored(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		s, ctx := calendar.New(calendar.Config{DB: d}), context.Background()
		bad := bankHours()
		bad.Zone = "London"
		_, err := s.Put(ctx, manager, calendar.In{Name: "Bank Hours", Spec: bad})
		var paths []string
		for _, f := range errs.FieldsOf(err) {
			paths = append(paths, f.Path)
		}
		if !errs.Is(err, errs.Invalid) || !slices.Equal(paths, []string{"name", "zone"}) {
			t.Errorf("refused %v for %v", paths, err)
		}
		list, err := s.List(ctx, manager, page.Request{})
		if err != nil || len(list.Items) != 0 {
			t.Errorf("%d calendars stored, %v", len(list.Items), err)
		}
	})
}

func TestCalendarsAreListedByName(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		s, ctx := calendar.New(calendar.Config{DB: d}), context.Background()
		for _, name := range []string{"c", "a", "b-2", "b"} {
			if _, err := s.Put(ctx, manager, calendar.In{Name: name, Spec: bankHours()}); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		for r := (page.Request{Limit: 3}); ; {
			list, err := s.List(ctx, line1, r)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range list.Items {
				got = append(got, e.Name)
			}
			if list.Next == nil {
				break
			}
			r.Cursor = *list.Next
		}
		if !slices.Equal(got, []string{"a", "b", "b-2", "c"}) {
			t.Errorf("listed %v", got)
		}
		if _, err := s.List(ctx, line1, page.Request{Cursor: "?"}); !errs.Is(err, errs.Invalid) {
			t.Errorf("a cursor that is not ours: %v", err)
		}
	})
}

func TestWhoMayDoWhatWithCalendars(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		s, ctx := calendar.New(calendar.Config{DB: d}), context.Background()
		if _, err := s.Put(ctx, manager, calendar.In{Name: "bank-hours", Spec: bankHours()}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Get(ctx, line1, "bank-hours"); err != nil {
			t.Errorf("first line may read: %v", err)
		}
		_, get := s.Get(ctx, client, "bank-hours")
		_, list := s.List(ctx, client, page.Request{})
		_, put := s.Put(ctx, line1, calendar.In{Name: "x", Spec: bankHours()})
		for what, err := range map[string]error{
			"a client reads": get, "a client lists": list, "first line writes": put, "first line deletes": s.Delete(ctx, line1, "bank-hours"),
		} {
			if !errs.Is(err, errs.Forbidden) {
				t.Errorf("%s: %v", what, err)
			}
		}
		err := d.Do(ctx, func(tx *db.Tx) error {
			_, err := s.ApplyIn(tx, line1, "x", bankHours())
			_, export := s.ExportIn(tx, client)
			if !errs.Is(export, errs.Forbidden) {
				t.Errorf("a client exports: %v", export)
			}
			return err
		})
		if !errs.Is(err, errs.Forbidden) {
			t.Errorf("first line applies: %v", err)
		}
	})
}
