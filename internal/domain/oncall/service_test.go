package oncall_test

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
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/timer"
)

var (
	admin  = actor.Actor{Kind: actor.User, ID: "a", Name: "Ada Admin", Role: actor.Admin}
	client = actor.Actor{Kind: actor.User, ID: "c", Name: "Cleo Client", Role: actor.Client, Customer: "x"}
)

// desk is a database with users, two teams, a calendar and the rosters' service.
type desk struct {
	*testing.T
	*oncall.Service
	db    *db.DB
	clock *clock.Fake
	users *people.Service
	told  []string // notices, as "ana payments-l1 from 02T08:00 to 03T08:00"
	logon map[people.UserID]string

	runner *timer.Runner // of until
	mu     sync.Mutex
}

func each(t *testing.T, test func(k *desk)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		k := &desk{T: t, db: d, clock: c, users: people.New(people.Config{DB: d}), logon: map[people.UserID]string{}}
		k.Service = oncall.New(oncall.Config{DB: d, Notices: k})
		for _, login := range []string{"ana", "ben", "cho", "fay"} {
			k.user(login, false)
		}
		k.do(func(tx *db.Tx) error {
			for _, team := range []string{"payments-l1", "infra-l2"} {
				if _, err := k.users.ApplyTeamIn(tx, admin, team, people.TeamSpec{Level: people.L1}); err != nil {
					return err
				}
			}
			_, err := calendar.New(calendar.Config{DB: d}).ApplyIn(tx, admin, "bank-hours",
				calendar.Spec{Zone: "UTC", Weekly: []string{"mon-fri 07:00-19:00"}})
			return err
		})
		test(k)
	})
}

// ShiftStarts is oncall.Notices.
func (k *desk) ShiftStarts(tx *db.Tx, person people.UserID, roster string, from, to time.Time) error {
	end := "ever"
	if !to.IsZero() {
		end = to.Format("02T15:04")
	}
	k.note(tx, fmt.Sprintf("%s %s from %s to %s", k.logon[person], roster, from.Format("02T15:04"), end))
	return nil
}

// CoverageGaps is oncall.Notices.
func (k *desk) CoverageGaps(tx *db.Tx, person people.UserID, roster string, fallback bool, holes []string) error {
	what := "gaps"
	if fallback {
		what = "fallback"
	}
	k.note(tx, fmt.Sprintf("%s %s %s: %s", k.logon[person], roster, what, strings.Join(holes, " | ")))
	return nil
}

// note keeps what was told, once it is sure: timers run side by side and may run again.
func (k *desk) note(tx *db.Tx, line string) {
	tx.OnCommit(func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.told = append(k.told, line)
	})
}

func (k *desk) do(fn func(*db.Tx) error) {
	k.Helper()
	if err := k.db.Do(context.Background(), fn); err != nil {
		k.Fatal(err)
	}
}

func (k *desk) user(login string, disabled bool) {
	k.Helper()
	k.do(func(tx *db.Tx) error {
		spec := people.UserSpec{Title: strings.ToUpper(login), Role: actor.FirstLine, Disabled: disabled}
		if _, err := k.users.ApplyUserIn(tx, admin, login, spec); err != nil {
			return err
		}
		u, err := people.UserByLogin(tx, login)
		k.logon[u.ID] = login
		return err
	})
}

// of is a person of a team.
func (k *desk) of(role actor.Role, team string) actor.Actor {
	k.Helper()
	a := actor.Actor{Kind: actor.User, ID: "b", Name: "Bo Back", Role: role}
	k.do(func(tx *db.Tx) error {
		t, err := people.TeamByName(tx, team)
		a.Teams = []string{string(t.ID)}
		return err
	})
	return a
}

// daily is three people who change at eight every morning, from Monday 2 November 2026 on.
func daily() oncall.Spec {
	return oncall.Spec{Team: "payments-l1", Zone: "UTC", Layers: []oncall.LayerSpec{
		{Start: "2026-11-02", Handover: "8:00", Rotation: oncall.Daily, Slots: [][]string{{"ana"}, {"ben"}, {"cho"}}}}}
}

func (k *desk) put(name string, s oncall.Spec) oncall.Entry {
	k.Helper()
	e, err := k.Put(context.Background(), admin, oncall.In{Name: name, Spec: s})
	if err != nil {
		k.Fatal(err)
	}
	return e
}

// onCall says who is on call now, as the escalation sees it.
func (k *desk) onCall(roster string) string {
	k.Helper()
	var logins []string
	k.do(func(tx *db.Tx) error {
		e, err := oncall.ByName(tx, roster)
		if err != nil {
			return err
		}
		ids, err := oncall.OnCall(tx, e.ID, tx.Now())
		logins = nil
		for _, id := range ids {
			logins = append(logins, k.logon[id])
		}
		return err
	})
	return strings.Join(logins, "+")
}

func (k *desk) want(what, got, want string) {
	k.Helper()
	if got != want {
		k.Errorf("%s: %q, want %q", what, got, want)
	}
}

func (k *desk) wantTold(want ...string) {
	k.Helper()
	if !slices.Equal(k.told, want) {
		k.Errorf("told %q, want %q", k.told, want)
	}
	k.told = nil
}

func (k *desk) timeline(id oncall.RosterID) (kinds []string) {
	k.Helper()
	k.do(func(tx *db.Tx) error {
		events, err := ledger.Timeline(tx, oncall.Record(id))
		kinds = nil
		for _, e := range events {
			kinds = append(kinds, e.Kind)
		}
		return err
	})
	return kinds
}

func fieldsOf(err error) (paths []string) {
	for _, f := range errs.FieldsOf(err) {
		paths = append(paths, f.Path)
	}
	return paths
}

func TestRosterIsStoredChangedAndDeleted(t *testing.T) {
	each(t, func(k *desk) {
		ctx := context.Background()
		made := k.put("payments-l1", daily())
		if made.Version != 1 || made.Spec.Layers[0].Handover != "08:00" || made.Title() != "payments-l1" {
			t.Errorf("made %+v", made)
		}
		k.want("on call", k.onCall("payments-l1"), "ana")
		if same := k.put("payments-l1", daily()); same.Version != 1 {
			t.Errorf("the same again is version %d", same.Version)
		}
		other := daily()
		other.Layers[0].Slots[0] = []string{"ben", "cho"}
		changed, err := k.Put(ctx, admin, oncall.In{Name: "payments-l1", Spec: other, Version: 1})
		if err != nil || changed.Version != 2 || changed.ID != made.ID {
			t.Fatalf("%+v, %v", changed, err)
		}
		k.want("on call after the change", k.onCall("payments-l1"), "ben+cho")
		if _, err := k.Put(ctx, admin, oncall.In{Name: "payments-l1", Spec: daily(), Version: 1}); !errs.Is(err, errs.Conflict) {
			t.Errorf("a change of an old version: %v", err)
		}
		if err := k.Delete(ctx, admin, "payments-l1"); err != nil {
			t.Fatal(err)
		}
		if _, err := k.Get(ctx, admin, "payments-l1"); !errs.Is(err, errs.NotFound) {
			t.Errorf("after it was deleted: %v", err)
		}
		if got := k.timeline(made.ID); !slices.Equal(got, []string{"roster.created", "roster.changed", "roster.deleted"}) {
			t.Errorf("timeline %v", got)
		}
		k.do(func(tx *db.Tx) error {
			left, err := timer.Of(tx, string(made.ID))
			if len(left) > 0 {
				t.Errorf("a deleted roster has timers: %+v", left)
			}
			return err
		})
	})
}

func TestApplyingAnExportChangesNothing(t *testing.T) {
	each(t, func(k *desk) {
		spec := daily()
		spec.Title, spec.Hours, spec.Fallback = "Payments first line", "bank-hours", "fay"
		spec.Layers[0].Slots = append(spec.Layers[0].Slots, nil)
		k.do(func(tx *db.Tx) error {
			if changed, err := k.ApplyIn(tx, admin, "payments-l1", spec); err != nil || !changed {
				t.Errorf("changed %t, %v", changed, err)
			}
			named, err := k.ExportIn(tx, admin)
			if len(named) != 1 || named[0].Name != "payments-l1" {
				t.Fatalf("exported %+v, %v", named, err)
			}
			changed, err := k.ApplyIn(tx, admin, named[0].Name, named[0].Spec)
			if changed {
				t.Errorf("applying %+v changes it", named[0].Spec)
			}
			return err
		})
	})
}

func TestWhatARosterNamesMustExist(t *testing.T) {
	each(t, func(k *desk) {
		k.do(func(tx *db.Tx) error {
			_, err := k.users.ApplyUserIn(tx, admin, "cleo", people.UserSpec{Role: actor.Client, Customer: "x"})
			return err
		})
		spec := daily()
		spec.Team, spec.Hours, spec.Fallback = "nobodys", "never", "nobody"
		spec.Layers[0].Slots = [][]string{{"ana"}, {"ben", "zoe"}, {"cleo"}}
		_, err := k.Put(context.Background(), admin, oncall.In{Name: "payments-l1", Spec: spec})
		want := []string{"team", "hours", "fallback", "layers[0].slots[1]", "layers[0].slots[2]"}
		if got := fieldsOf(err); !errs.Is(err, errs.Invalid) || !slices.Equal(got, want) {
			t.Errorf("refused %v, want %v: %v", got, want, err)
		}
	})
}

func TestWhatARosterNamesIsNotDeleted(t *testing.T) {
	each(t, func(k *desk) {
		spec := daily()
		spec.Hours = "bank-hours"
		k.put("payments-l1", spec)
		ctx := context.Background()
		if err := calendar.New(calendar.Config{DB: k.db}).Delete(ctx, admin, "bank-hours"); !errs.Is(err, errs.Conflict) {
			t.Errorf("its calendar: %v", err)
		}
		err := k.db.Do(ctx, func(tx *db.Tx) error { return k.users.DeleteTeamIn(tx, admin, "payments-l1") })
		if !errs.Is(err, errs.Conflict) {
			t.Errorf("its team: %v", err)
		}
		k.Uses = []oncall.Uses{func(_ *db.Tx, name string) (string, error) { return `policy "standard"`, nil }}
		err = k.Delete(ctx, admin, "payments-l1")
		if want := `roster "payments-l1" is used by policy "standard": give that another one first`; err == nil || err.Error() != want {
			t.Errorf("the roster of a policy: %v", err)
		}
	})
}

func TestShiftStartsAreToldOnceInTime(t *testing.T) {
	each(t, func(k *desk) {
		k.put("payments-l1", daily())
		k.wantTold("ana payments-l1 from 02T09:00 to 03T08:00")
		runner := timer.NewRunner(timer.Config{DB: k.db, Handlers: k.Timers(), Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry()})
		step := func() {
			t.Helper()
			if _, err := runner.Step(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		step()
		k.wantTold() // nothing is due
		k.clock.Set(time.Date(2026, 11, 3, 8, 0, 0, 0, time.UTC))
		step()
		step()
		k.wantTold("ben payments-l1 from 03T08:00 to 04T08:00")
		k.clock.Set(time.Date(2026, 11, 6, 10, 0, 0, 0, time.UTC)) // the server was down: cho and ana came and went
		step()
		k.wantTold("ben payments-l1 from 06T08:00 to 07T08:00")
		k.clock.Set(time.Date(2026, 11, 7, 8, 0, 0, 0, time.UTC))
		step()
		k.wantTold("cho payments-l1 from 07T08:00 to 08T08:00")
	})
}

func TestShiftThatStartsInYearsIsToldToo(t *testing.T) {
	each(t, func(k *desk) {
		spec := daily()
		spec.Layers[0].Start = "2028-11-01"
		e := k.put("payments-l1", spec)
		runner := timer.NewRunner(timer.Config{DB: k.db, Handlers: k.Timers(), Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry()})
		for range 10 {
			k.do(func(tx *db.Tx) error {
				next, err := timer.Of(tx, string(e.ID))
				i := slices.IndexFunc(next, func(p timer.Timer) bool { return p.Kind == "oncall.shift" })
				if i < 0 {
					t.Fatalf("timers %+v, %v", next, err)
				}
				k.clock.Set(next[i].Due)
				return err
			})
			if _, err := runner.Step(context.Background()); err != nil {
				t.Fatal(err)
			}
			if len(k.told) > 0 {
				break
			}
		}
		k.wantTold("ana payments-l1 from 01T08:00 to 02T08:00")
		if want := time.Date(2028, 11, 1, 8, 0, 0, 0, time.UTC); !k.clock.Now().Equal(want) {
			t.Errorf("told at %s", k.clock.Now())
		}
	})
}

func TestWhoComesOnCallByAChangeIsToldAtOnce(t *testing.T) {
	each(t, func(k *desk) {
		k.put("payments-l1", daily())
		k.told = nil
		spec := daily()
		spec.Layers[0].Slots[0] = []string{"ana", "fay"}
		k.put("payments-l1", spec)
		k.wantTold("fay payments-l1 from 02T09:00 to 03T08:00")
		spec.Title = "Payments"
		k.put("payments-l1", spec)
		k.wantTold()
		for _, slots := range [][][]string{{{"ana"}}, {{}}} {
			spec.Layers[0].Slots = slots
			k.put("payments-l1", spec)
		}
		k.wantTold()
		spec.Layers[0].Slots = [][]string{{"ana"}}
		k.put("payments-l1", spec)
		k.wantTold("ana payments-l1 from 02T09:00 to ever")
	})
}

func TestOverridesFromNowOn(t *testing.T) {
	each(t, func(k *desk) {
		ctx, now := context.Background(), k.clock.Now()
		e := k.put("payments-l1", daily())
		k.told = nil
		flo := k.of(actor.FirstLine, "payments-l1")
		o, err := k.AddOverride(ctx, flo, "payments-l1", oncall.OverrideIn{From: now.Add(-time.Minute), To: now.Add(2 * time.Hour), User: "fay", Replaces: "ana", Note: "dentist "})
		if err != nil || !o.From.Equal(now) || o.Note != "dentist" || o.Creator != "Bo Back" {
			t.Fatalf("%+v, %v", o, err)
		}
		k.want("on call", k.onCall("payments-l1"), "fay")
		k.wantTold("fay payments-l1 from 02T09:00 to 02T11:00")
		later, err := k.AddOverride(ctx, flo, "payments-l1", oncall.OverrideIn{From: now.Add(24 * time.Hour), To: now.Add(48 * time.Hour), User: "ana"})
		if err != nil {
			t.Fatal(err)
		}
		k.wantTold()
		k.clock.Advance(time.Hour)
		if err := k.RemoveOverride(ctx, flo, "payments-l1", o.ID); err != nil {
			t.Fatal(err)
		}
		if err := k.RemoveOverride(ctx, flo, "payments-l1", later.ID); err != nil {
			t.Fatal(err)
		}
		k.want("on call when it is taken back", k.onCall("payments-l1"), "ana")
		k.wantTold("ana payments-l1 from 02T10:00 to 03T08:00")
		table, err := k.Schedule(ctx, admin, "payments-l1", now, now.Add(4*time.Hour))
		if err != nil || len(table.Overrides) != 1 || len(table.Shifts) != 2 || table.Shifts[0].Users()[0] != "fay" || table.Names["fay"] != "FAY" {
			t.Errorf("what was does not stay: %+v, %v", table, err)
		}
		if err := k.RemoveOverride(ctx, flo, "payments-l1", o.ID); !errs.Is(err, errs.Conflict) {
			t.Errorf("an override that is over is taken back: %v", err)
		}
		if err := k.RemoveOverride(ctx, flo, "payments-l1", later.ID); !errs.Is(err, errs.NotFound) {
			t.Errorf("an override that does not exist: %v", err)
		}
		want := []string{"roster.created", "roster.overridden", "roster.overridden", "roster.override-removed", "roster.override-removed"}
		if got := k.timeline(e.ID); !slices.Equal(got, want) {
			t.Errorf("timeline %v", got)
		}
	})
}

func TestBadOverridesAreRefused(t *testing.T) {
	each(t, func(k *desk) {
		k.put("payments-l1", daily())
		k.user("gone", true)
		now := k.clock.Now()
		good := oncall.OverrideIn{From: now, To: now.Add(time.Hour), User: "fay"}
		for want, change := range map[string]func(*oncall.OverrideIn){
			"from":     func(o *oncall.OverrideIn) { o.From = time.Time{} },
			"to":       func(o *oncall.OverrideIn) { o.From, o.To = now.Add(-2*time.Hour), now.Add(-time.Hour) },
			"user":     func(o *oncall.OverrideIn) { o.User = "gone" },
			"replaces": func(o *oncall.OverrideIn) { o.Replaces = "nobody" },
			"note":     func(o *oncall.OverrideIn) { o.Note = "two\nlines" },
		} {
			in := good
			change(&in)
			_, err := k.AddOverride(context.Background(), admin, "payments-l1", in)
			if got := fieldsOf(err); !errs.Is(err, errs.Invalid) || len(got) == 0 || got[0] != want {
				t.Errorf("%s: %v", want, err)
			}
		}
		if _, err := k.AddOverride(context.Background(), admin, "nights", good); !errs.Is(err, errs.NotFound) {
			t.Errorf("no such roster: %v", err)
		}
	})
}

func TestDisabledPeopleAreNotCalled(t *testing.T) {
	each(t, func(k *desk) {
		spec := daily()
		spec.Fallback = "fay"
		k.put("payments-l1", spec)
		k.user("ana", true)
		k.want("on call when ana has left", k.onCall("payments-l1"), "fay")
		k.user("fay", true)
		k.want("on call when both have left", k.onCall("payments-l1"), "")
		c, err := k.CoverageOf(context.Background(), admin, "payments-l1")
		want := `roster "payments-l1" has nobody on call from 08:00 to 08:00 UTC, 20 times, first on Thu 5 Nov 2026: add a person or a fallback person`
		if err != nil || len(c.Gaps()) != 21 || len(c.Report) != 2 || c.Report[1] != want {
			t.Errorf("%d gaps, %q, %v", len(c.Gaps()), c.Report, err)
		}
		if changed := k.put("payments-l1", spec); changed.Version != 1 {
			t.Errorf("a roster with people who left cannot be applied again: %+v", changed)
		}
	})
}

func TestCoverageIsLookedAtWithinTheHoursOfTheBusiness(t *testing.T) {
	each(t, func(k *desk) {
		spec := daily()
		spec.Layers[0].Windows = []string{"mon-fri 08:00-19:00"}
		k.put("nights-uncovered", spec)
		spec.Hours = "bank-hours"
		k.put("bank", spec)
		all, err := k.CoverageAhead(context.Background(), admin)
		if err != nil || len(all) != 2 {
			t.Fatalf("%+v, %v", all, err)
		}
		want := `roster "bank" has nobody on call from 07:00 to 08:00 UTC, 44 times, first on Tue 3 Nov 2026: add a person or a fallback person`
		if got := all[0].Report; len(got) != 1 || got[0] != want {
			t.Errorf("within hours: %q, want %q", got, want)
		}
		if got := all[1].Report; len(got) != 2 {
			t.Errorf("at all times: %q", got)
		}
	})
}

func TestWhoIsOnCallNow(t *testing.T) {
	each(t, func(k *desk) {
		k.put("payments-l1", daily())
		spec := daily()
		spec.Layers[0].Start, spec.Fallback = "2026-11-05", "fay"
		k.put("starts-later", spec)
		spec.Layers[0].Start, spec.Layers[0].Slots, spec.Fallback = "2026-11-02", [][]string{{}, {"ana"}}, ""
		k.put("nobody-today", spec)
		now, err := k.OnCallNow(context.Background(), k.of(actor.Observer, "infra-l2"))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range now {
			line := []string{s.Roster.Name, string(s.State), "next", s.Next.Format("02T15:04")}
			for _, p := range s.People {
				line = append(line, p.Name, "until", p.Until.Format("02T15:04"), "by", string(p.Why))
			}
			got = append(got, strings.Join(line, " "))
		}
		want := []string{
			"nobody-today nobody next 03T08:00",
			"payments-l1 covered next 03T08:00 ANA until 03T08:00 by layer",
			"starts-later fallback next 05T08:00 FAY until 05T08:00 by fallback",
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestExactlyOnePersonIsCalledAtEveryMinuteOfADSTNight(t *testing.T) {
	each(t, func(k *desk) {
		spec := daily()
		spec.Zone, spec.Layers[0].Start, spec.Layers[0].Handover = "Europe/London", "2026-10-20", "01:30"
		e := k.put("payments-l1", spec)
		k.do(func(tx *db.Tx) error {
			for at := time.Date(2026, 10, 24, 22, 0, 0, 0, time.UTC); at.Before(time.Date(2026, 10, 25, 4, 0, 0, 0, time.UTC)); at = at.Add(time.Minute) {
				ids, err := oncall.OnCall(tx, e.ID, at)
				if err != nil {
					return err
				}
				want := "ben"
				if !at.Before(time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC)) { // 01:30, the first time
					want = "cho"
				}
				if len(ids) != 1 || k.logon[ids[0]] != want {
					t.Fatalf("at %s %v are on call, want %s", at, ids, want)
				}
			}
			return nil
		})
	})
}

func TestScheduleIsLookedAtInReason(t *testing.T) {
	each(t, func(k *desk) {
		k.put("payments-l1", daily())
		ctx, now := context.Background(), k.clock.Now()
		for want, times := range map[string][2]time.Time{
			"from": {{}, now}, "to": {now, now}, "to ": {now, now.AddDate(0, 0, 401)},
		} {
			_, err := k.Schedule(ctx, admin, "payments-l1", times[0], times[1])
			if got := fieldsOf(err); len(got) == 0 || got[0] != strings.TrimSpace(want) {
				t.Errorf("%s: %v", want, err)
			}
		}
		if _, err := k.Schedule(ctx, admin, "nights", now, now.Add(time.Hour)); !errs.Is(err, errs.NotFound) {
			t.Errorf("no such roster: %v", err)
		}
	})
}

func TestRostersAreListedByNameAndTeam(t *testing.T) {
	each(t, func(k *desk) {
		for _, name := range []string{"c", "a", "b"} {
			k.put(name, daily())
		}
		infra := daily()
		infra.Team = "infra-l2"
		k.put("d", infra)
		list, err := k.List(context.Background(), admin, page.Request{Limit: 3})
		if err != nil || len(list.Items) != 3 || list.Next == nil {
			t.Fatalf("%+v, %v", list, err)
		}
		rest, err := k.List(context.Background(), admin, page.Request{Cursor: *list.Next})
		if err != nil || len(rest.Items) != 1 || rest.Items[0].Name != "d" || rest.Next != nil {
			t.Errorf("%+v, %v", rest, err)
		}
		k.do(func(tx *db.Tx) error {
			team, err := people.TeamByName(tx, "infra-l2")
			if err != nil {
				return err
			}
			of, err := oncall.OfTeam(tx, team.ID)
			if len(of) != 1 || of[0].Name != "d" {
				t.Errorf("rosters of the team: %+v", of)
			}
			return err
		})
	})
}

func TestWhoMayDoWhatWithRosters(t *testing.T) {
	each(t, func(k *desk) {
		ctx := context.Background()
		ours, theirs := k.of(actor.BackLine, "payments-l1"), k.of(actor.BackLine, "infra-l2")
		moved := daily()
		moved.Team = "infra-l2"
		orphan := daily()
		orphan.Team = ""
		put := func(by actor.Actor, s oncall.Spec) error {
			_, err := k.Put(ctx, by, oncall.In{Name: "payments-l1", Spec: s})
			return err
		}
		override := func(by actor.Actor) error {
			_, err := k.AddOverride(ctx, by, "payments-l1", oncall.OverrideIn{From: k.clock.Now(), To: k.clock.Now().Add(time.Hour), User: "fay"})
			return err
		}
		now := func(by actor.Actor) error { _, err := k.OnCallNow(ctx, by); return err }
		list := func(by actor.Actor) error { _, err := k.List(ctx, by, page.Request{}); return err }
		get := func(by actor.Actor) error { _, err := k.Get(ctx, by, "payments-l1"); return err }
		plan := func(by actor.Actor) error {
			_, err := k.Schedule(ctx, by, "payments-l1", k.clock.Now(), k.clock.Now().Add(1))
			return err
		}
		one := func(by actor.Actor) error { _, err := k.CoverageOf(ctx, by, "payments-l1"); return err }
		ahead := func(by actor.Actor) error { _, err := k.CoverageAhead(ctx, by); return err }
		for _, c := range []struct {
			what string
			err  error
			kind errs.Kind // Internal stands for allowed
		}{
			{"back line makes a roster for another team", put(ours, moved), errs.Forbidden},
			{"back line makes a roster for no team", put(ours, orphan), errs.Forbidden},
			{"back line makes a roster for its team", put(ours, daily()), errs.Internal},
			{"another team's back line changes it", put(theirs, daily()), errs.Forbidden},
			{"another team's back line takes it", put(theirs, moved), errs.Forbidden},
			{"back line gives it away", put(ours, moved), errs.Forbidden},
			{"first line changes it", put(k.of(actor.FirstLine, "payments-l1"), daily()), errs.Forbidden},
			{"first line overrides it", override(k.of(actor.FirstLine, "payments-l1")), errs.Internal},
			{"another team's first line overrides it", override(k.of(actor.FirstLine, "infra-l2")), errs.Forbidden},
			{"another team's first line takes an override back", k.RemoveOverride(ctx, theirs, "payments-l1", "x"), errs.Forbidden},
			{"another team's back line deletes it", k.Delete(ctx, theirs, "payments-l1"), errs.Forbidden},
			{"another team's back line looks for a roster by deleting it", k.Delete(ctx, theirs, "nights"), errs.Forbidden},
			{"an observer sees who is on call", now(k.of(actor.Observer, "infra-l2")), errs.Internal},
			{"a client sees who is on call", now(client), errs.Forbidden},
			{"a client lists rosters", list(client), errs.Forbidden},
			{"a client reads a roster", get(client), errs.Forbidden},
			{"a client sees the plan", plan(client), errs.Forbidden},
			{"a client sees gaps", one(client), errs.Forbidden},
			{"a client sees all gaps", ahead(client), errs.Forbidden},
			{"nobody in particular sees who is on call", now(actor.Actor{}), errs.Unauthenticated},
		} {
			if c.kind == errs.Internal && c.err != nil || c.kind != errs.Internal && !errs.Is(c.err, c.kind) {
				t.Errorf("%s: %v", c.what, c.err)
			}
		}
		k.do(func(tx *db.Tx) error {
			if _, err := k.ExportIn(tx, client); !errs.Is(err, errs.Forbidden) {
				t.Errorf("a client exports rosters: %v", err)
			}
			return nil
		})
	})
}
