package followup_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/followup"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/timer"
)

// reminded is a room whose reminders are kept: "Mon 09:00 flo: a, b".
type reminded struct {
	*testing.T
	*followup.Service
	clock  *clock.Fake
	db     *db.DB
	runner *timer.Runner

	mu  sync.Mutex
	got []string
}

func eachReminded(t *testing.T, test func(*reminded)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		newRoom(t, d)
		r := &reminded{T: t, clock: c, db: d}
		r.Service = followup.New(followup.Config{DB: d, Reminders: r})
		r.runner = timer.NewRunner(timer.Config{DB: d, Handlers: r.Timers(), Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry()})
		test(r)
	})
}

// FollowUpsDue is followup.Reminders.
func (r *reminded) FollowUpsDue(tx *db.Tx, owner people.UserID, due []followup.FollowUp) error {
	var titles []string
	for _, f := range due {
		titles = append(titles, f.Title)
	}
	u, err := people.UserByID(tx, owner)
	line := fmt.Sprintf("%s %s: %s", tx.Now().Format("Mon 15:04"), u.Login, strings.Join(titles, ", "))
	tx.OnCommit(func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.got = append(r.got, line)
	})
	return err
}

func (r *reminded) make(title, owner string, due time.Time) followup.FollowUp {
	r.Helper()
	f, err := r.Create(context.Background(), line1, followup.In{Title: title, Owner: owner, Due: due})
	if err != nil {
		r.Fatal(err)
	}
	return f
}

func (r *reminded) until(end time.Time) {
	r.Helper()
	for {
		step, err := r.runner.Step(context.Background())
		if err != nil {
			r.Fatal(err)
		}
		if step.Did > 0 {
			continue
		}
		if step.Next.IsZero() || step.Next.After(end) {
			break
		}
		r.clock.Set(step.Next)
	}
	r.clock.Set(end)
}

func (r *reminded) want(when string, want ...string) {
	r.Helper()
	slices.Sort(r.got) // who is reminded first at an instant means nothing
	slices.Sort(want)
	if !slices.Equal(r.got, want) {
		r.Errorf("%s reminded %q, want %q", when, r.got, want)
	}
	r.got = nil
}

// monday is an instant of the week in which the tests begin.
func monday(days, hour int) time.Time { return time.Date(2026, 11, 2+days, hour, 0, 0, 0, time.UTC) }

func TestOwnersAreRemindedWhenItIsDueAndThenEachWorkingDayUntilItIsDone(t *testing.T) {
	eachReminded(t, func(r *reminded) {
		a := r.make("a", "flo", monday(2, 15))
		b := r.make("b", "flo", monday(2, 15))
		r.make("c", "flo", monday(3, 12))
		r.make("d", "bo", monday(3, 12))
		r.until(monday(2, 14))
		r.want("before")
		r.until(monday(2, 23))
		r.want("when two are due", "Wed 15:00 flo: a, b")
		r.until(monday(3, 23))
		r.want("the next day", "Thu 09:00 flo: a, b", "Thu 12:00 flo: c", "Thu 12:00 bo: d")
		if _, err := r.Complete(context.Background(), line1, a.ID, ""); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Drop(context.Background(), line1, b.ID, "not needed"); err != nil {
			t.Fatal(err)
		}
		r.until(monday(7, 23))
		r.want("over the weekend", "Fri 09:00 bo: d", "Fri 09:00 flo: c", "Mon 09:00 bo: d", "Mon 09:00 flo: c")
		if kinds := timeline(t, r.db, followup.Record(a.ID)); !slices.Equal(kinds, []string{
			"follow-up.created", "follow-up.reminded", "follow-up.reminded", "follow-up.done"}) {
			t.Errorf("timeline %v", kinds)
		}
	})
}

func TestAFollowUpThatMovesIsRemindedOfAnew(t *testing.T) {
	eachReminded(t, func(r *reminded) {
		f := r.make("a", "flo", monday(0, 8)) // is over already
		r.until(monday(0, 10))
		r.want("at once", "Mon 09:00 flo: a")
		change := func(owner string, due time.Time) {
			t.Helper()
			if _, err := r.Update(context.Background(), line1, f.ID, followup.In{Title: "a", Owner: owner, Due: due}); err != nil {
				t.Fatal(err)
			}
		}
		change("flo", monday(3, 12))
		r.until(monday(3, 13))
		r.want("when it was put off", "Thu 12:00 flo: a")
		change("bo", monday(3, 12))
		r.until(monday(3, 23))
		r.want("when somebody else took it", "Thu 13:00 bo: a")
		if _, err := r.Complete(context.Background(), line1, f.ID, ""); err != nil {
			t.Fatal(err)
		}
		r.until(monday(9, 0))
		r.want("when it was done")
		if _, err := r.Reopen(context.Background(), line1, f.ID, ""); err != nil {
			t.Fatal(err)
		}
		r.until(monday(9, 8))
		r.want("when it was opened again", "Wed 00:00 bo: a")
	})
}

func TestTheDayBeginsWithTheHoursOfTheTeamOrWhereThePersonIs(t *testing.T) {
	eachReminded(t, func(r *reminded) {
		users, ctx := people.New(people.Config{DB: r.db}), context.Background()
		calendars := calendar.New(calendar.Config{DB: r.db})
		err := r.db.Do(ctx, func(tx *db.Tx) error {
			for name, weekly := range map[string][]string{"bank": {"mon-fri 07:30-12:00, 13:00-18:00"}, "always": {"mon-sun 00:00-24:00"}} {
				if _, err := calendars.ApplyIn(tx, admin, name, calendar.Spec{Zone: "Europe/London", Weekly: weekly,
					Holidays: []calendar.Holiday{{Date: "2026-11-04"}}}); err != nil {
					return err
				}
			}
			for login, zone := range map[string]string{"kim": "Asia/Tokyo", "lee": "America/New_York"} {
				if _, err := users.ApplyUserIn(tx, admin, login, people.UserSpec{Role: actor.FirstLine, Zone: zone}); err != nil {
					return err
				}
			}
			for team, spec := range map[string]people.TeamSpec{
				"days": {Level: people.L1, Hours: "bank", Members: []string{"flo"}}, "always": {Level: people.L1, Hours: "always", Members: []string{"lee"}},
			} {
				if _, err := users.ApplyTeamIn(tx, admin, team, spec); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, owner := range []string{"flo", "kim", "lee"} {
			r.make("a", owner, monday(0, 20))
		}
		r.until(monday(1, 0))
		r.want("when it is due", "Mon 20:00 flo: a", "Mon 20:00 kim: a", "Mon 20:00 lee: a")
		r.until(monday(3, 20))
		r.want("in the mornings",
			"Tue 07:30 flo: a", // the team's hours; Wednesday is a holiday
			"Tue 14:00 lee: a", // round the clock: nine in New York
			"Wed 00:00 kim: a", // nine in Tokyo, of the day after her Tuesday
			"Wed 14:00 lee: a", "Thu 00:00 kim: a", "Thu 07:30 flo: a", "Thu 14:00 lee: a")
	})
}

func TestRemindingBeginsForFollowUpsThatWereThereBefore(t *testing.T) {
	eachReminded(t, func(r *reminded) {
		f := r.make("a", "flo", monday(1, 12))
		err := r.db.Do(context.Background(), func(tx *db.Tx) error {
			if err := timer.Cancel(tx, "followup.remind", string(f.Owner)); err != nil {
				return err
			}
			return r.WatchIn(tx)
		})
		if err != nil {
			t.Fatal(err)
		}
		r.until(monday(1, 13))
		r.want("after the start", "Tue 12:00 flo: a")
	})
}
