package followup_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/followup"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/ledger"
)

var (
	admin    = actor.Actor{Kind: actor.User, ID: "a", Name: "Ada Admin", Role: actor.Admin}
	line1    = actor.Actor{Kind: actor.User, ID: "f", Name: "Flo First", Role: actor.FirstLine}
	incident = ledger.Record{Kind: "incident", ID: "0198f1aa"}
)

func newRoom(t *testing.T, d *db.DB) *followup.Service {
	t.Helper()
	users := people.New(people.Config{DB: d})
	for login, disabled := range map[string]bool{"flo": false, "bo": false, "gone": true} {
		spec := people.UserSpec{Role: actor.FirstLine, Disabled: disabled}
		if _, err := users.ApplyUser(context.Background(), admin, login, spec); err != nil {
			t.Fatal(err)
		}
	}
	return followup.New(followup.Config{DB: d})
}

func timeline(t *testing.T, d *db.DB, r ledger.Record) (kinds []string) {
	t.Helper()
	err := d.View(context.Background(), func(tx *db.Tx) error {
		events, err := ledger.Timeline(tx, r)
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

func TestFollowUpLivesFromOpenToDoneAndBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		s, ctx := newRoom(t, d), context.Background()
		due := c.Now().Add(48 * time.Hour)
		f, err := s.Create(ctx, line1, followup.In{Title: "Raise the queue limit", Owner: "flo", Due: due, Record: incident})
		if err != nil || f.State != followup.Open || f.OwnerLogin != "flo" {
			t.Fatalf("%+v, %v", f, err)
		}
		in := followup.In{Title: "Raise the queue limit to 50,000", Owner: "bo", Due: due.Add(time.Hour)}
		if f, err = s.Update(ctx, line1, f.ID, in); err != nil || f.OwnerLogin != "bo" || f.Record != incident {
			t.Fatalf("%+v, %v", f, err)
		}
		if _, err := s.Update(ctx, line1, f.ID, in); err != nil {
			t.Fatal(err)
		}
		if f, err = s.Complete(ctx, line1, f.ID, "done in CHG-310"); err != nil || f.State != followup.Done || !f.Finished.Equal(c.Now()) {
			t.Fatalf("%+v, %v", f, err)
		}
		if _, err := s.Complete(ctx, line1, f.ID, ""); !errs.Is(err, errs.Conflict) {
			t.Errorf("done twice: %v", err)
		}
		if _, err := s.Update(ctx, line1, f.ID, in); !errs.Is(err, errs.Conflict) {
			t.Errorf("changed when done: %v", err)
		}
		if f, err = s.Reopen(ctx, line1, f.ID, ""); err != nil || !f.Finished.IsZero() {
			t.Fatalf("%+v, %v", f, err)
		}
		if _, err := s.Drop(ctx, line1, f.ID, ""); !errs.Is(err, errs.Invalid) {
			t.Errorf("dropped without a reason: %v", err)
		}
		if _, err := s.Drop(ctx, line1, f.ID, "the queue is gone"); err != nil {
			t.Fatal(err)
		}
		want := []string{"follow-up.created", "follow-up.changed", "follow-up.done", "follow-up.opened", "follow-up.dropped"}
		if got := timeline(t, d, followup.Record(f.ID)); !slices.Equal(got, want) {
			t.Errorf("timeline %v", got)
		}
		if got := timeline(t, d, incident); !slices.Equal(got, want) {
			t.Errorf("timeline of the incident %v", got)
		}
	})
}

func TestEveryWrongFieldIsNamed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		s := newRoom(t, d)
		good := followup.In{Title: "x", Owner: "flo", Due: c.Now()}
		for path, change := range map[string]func(*followup.In){
			"title":     func(in *followup.In) { in.Title = "" },
			"note":      func(in *followup.In) { in.Note = "\x00" },
			"owner":     func(in *followup.In) { in.Owner = "gone" },
			"due":       func(in *followup.In) { in.Due = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) },
			"record":    func(in *followup.In) { in.Record = ledger.Record{Kind: "incident"} },
			"record.id": func(in *followup.In) { in.Record = ledger.Record{Kind: "incident", ID: "\xff"} },
		} {
			in := good
			change(&in)
			_, err := s.Create(context.Background(), line1, in)
			if !errs.Is(err, errs.Invalid) || errs.FieldsOf(err)[0].Path != path {
				t.Errorf("%s: got %v", path, err)
			}
		}
		unknown := good
		unknown.Owner = "nobody"
		if _, err := s.Create(context.Background(), line1, unknown); !errs.Is(err, errs.Invalid) {
			t.Errorf("unknown owner: %v", err)
		}
	})
}

func TestListIsFilteredAndPagedByDue(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		s, ctx := newRoom(t, d), context.Background()
		// Due 2 h ago, 1 h ago, now, …; odd ones are bo's; two share an instant; the last is done.
		for i := range 6 {
			owner := []string{"flo", "bo"}[i%2]
			in := followup.In{Title: fmt.Sprint("f", i), Owner: owner, Due: c.Now().Add(time.Duration(i/2*2-2) * time.Hour)}
			if i == 2 {
				in.Record = incident
			}
			f, err := s.Create(ctx, line1, in)
			if err != nil {
				t.Fatal(err)
			}
			if i == 5 {
				if _, err := s.Complete(ctx, line1, f.ID, ""); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, c := range []struct {
			name   string
			filter followup.Filter
			want   []string
		}{
			{"open", followup.Filter{}, []string{"f0", "f1", "f2", "f3", "f4"}},
			{"done", followup.Filter{State: followup.Done}, []string{"f5"}},
			{"any", followup.Filter{Any: true}, []string{"f0", "f1", "f2", "f3", "f4", "f5"}},
			{"overdue", followup.Filter{Overdue: true}, []string{"f0", "f1"}},
			{"bo's", followup.Filter{Owner: "bo"}, []string{"f1", "f3"}},
			{"of the incident", followup.Filter{Record: incident}, []string{"f2"}},
		} {
			var got []string
			for r := (page.Request{Limit: 2}); ; {
				list, err := s.List(ctx, line1, c.filter, r)
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range list.Items {
					got = append(got, f.Title)
				}
				if list.Next == nil {
					break
				}
				r.Cursor = *list.Next
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: got %v, want %v", c.name, got, c.want)
			}
		}
		if _, err := s.List(ctx, line1, followup.Filter{State: "maybe"}, page.Request{}); !errs.Is(err, errs.Invalid) {
			t.Errorf("unknown state: %v", err)
		}
	})
}

func TestOnlyThoseWhoMayWriteFollowUps(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		s, ctx := newRoom(t, d), context.Background()
		in := followup.In{Title: "x", Owner: "flo", Due: c.Now()}
		observer := actor.Actor{Kind: actor.User, ID: "o", Role: actor.Observer}
		if _, err := s.Create(ctx, observer, in); !errs.Is(err, errs.Forbidden) {
			t.Errorf("observer writes: %v", err)
		}
		if _, err := s.List(ctx, observer, followup.Filter{}, page.Request{}); err != nil {
			t.Errorf("observer reads: %v", err)
		}
		client := actor.Actor{Kind: actor.User, ID: "c", Role: actor.Client, Customer: "acme"}
		if _, err := s.List(ctx, client, followup.Filter{}, page.Request{}); !errs.Is(err, errs.Forbidden) {
			t.Errorf("client reads: %v", err)
		}
		if _, err := s.FollowUp(ctx, line1, "unknown"); !errs.Is(err, errs.NotFound) {
			t.Errorf("unknown: %v", err)
		}
	})
}

func TestFinishedFollowUpsComeLatestFirstAndOpenOnesAreCounted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		s, ctx := newRoom(t, d), context.Background()
		for i := range 5 {
			f, err := s.Create(ctx, line1, followup.In{Title: fmt.Sprint("done ", i), Owner: "flo", Due: c.Now().Add(time.Duration(i) * time.Hour)})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Complete(ctx, line1, f.ID, ""); err != nil {
				t.Fatal(err)
			}
		}
		var titles []string
		r := page.Request{Limit: 2}
		for {
			list, err := s.List(ctx, line1, followup.Filter{State: followup.Done}, r)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range list.Items {
				titles = append(titles, f.Title)
			}
			if list.Next == nil {
				break
			}
			r.Cursor = *list.Next
		}
		if want := []string{"done 4", "done 3", "done 2", "done 1", "done 0"}; !slices.Equal(titles, want) {
			t.Errorf("finished: %v, want %v", titles, want)
		}
		for owner, due := range map[string]time.Duration{"flo": -time.Hour, "bo": time.Hour} {
			if _, err := s.Create(ctx, line1, followup.In{Title: "open", Owner: owner, Due: c.Now().Add(due)}); err != nil {
				t.Fatal(err)
			}
		}
		var flo people.User
		if err := d.View(ctx, func(tx *db.Tx) (err error) { flo, err = people.UserByLogin(tx, "flo"); return err }); err != nil {
			t.Fatal(err)
		}
		counts, err := s.Count(ctx, flo.Actor())
		if want := (followup.Counts{Open: 2, Overdue: 1, MineOpen: 1, MineOverdue: 1}); err != nil || counts != want {
			t.Errorf("counts: %+v, %v; want %+v", counts, err, want)
		}
		mine, err := s.List(ctx, line1, followup.Filter{OwnerID: flo.ID, Overdue: true}, page.Request{})
		if err != nil || len(mine.Items) != 1 {
			t.Errorf("mine: %+v, %v", mine.Items, err)
		}
	})
}
