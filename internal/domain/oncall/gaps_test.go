package oncall_test

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/worker"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/timer"
)

// until lets time pass, running every timer when it is due.
func (k *desk) until(end time.Time) {
	k.Helper()
	if k.runner == nil {
		k.runner = timer.NewRunner(timer.Config{DB: k.db, Handlers: k.Timers(), Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry()})
	}
	for {
		var r worker.Result
		r, err := k.runner.Step(context.Background())
		if err != nil {
			k.Fatal(err)
		}
		if r.Did > 0 {
			continue
		}
		if r.Next.IsZero() || r.Next.After(end) {
			break
		}
		k.clock.Set(r.Next)
	}
	k.clock.Set(end)
}

func (k *desk) days(n int) { k.Helper(); k.until(k.clock.Now().AddDate(0, 0, n)) }

// gapsTold returns and forgets what was told of gaps.
func (k *desk) gapsTold() (out []string) {
	for _, line := range k.told {
		if strings.Contains(line, ": roster ") {
			out = append(out, line)
		}
	}
	k.told = nil
	return out
}

func (k *desk) wantGaps(when string, want ...string) {
	k.Helper()
	if got := k.gapsTold(); !slices.Equal(got, want) {
		k.Errorf("%s told\n%s\nwant\n%s", when, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// ownedBy makes a person the owner of the team, as a manager makes a manager.
func (k *desk) ownedBy(team, owner string) {
	k.Helper()
	k.do(func(tx *db.Tx) error {
		_, err := k.users.ApplyTeamIn(tx, admin, team, people.TeamSpec{Level: people.L1, Owner: owner})
		return err
	})
}

func (k *desk) override(roster, user string, from, to time.Time) oncall.OverrideID {
	k.Helper()
	o, err := k.AddOverride(context.Background(), admin, roster, oncall.OverrideIn{User: user, From: from, To: to})
	if err != nil {
		k.Fatal(err)
	}
	return o.ID
}

func november(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 0, 0, 0, time.UTC) }

func TestANewGapIsToldOnceToTheOwnerOfTheTeam(t *testing.T) {
	each(t, func(k *desk) {
		k.ownedBy("payments-l1", "cho")
		k.put("payments-l1", daily())
		k.days(3)
		k.wantGaps("without gaps")

		until := november(17, 8) // twelve days ahead of 5 November, 09:00
		ending := daily()
		ending.Layers[0].Until = "2026-11-17"
		k.put("payments-l1", ending)
		k.until(k.clock.Now().Add(4 * time.Minute))
		k.wantGaps("while the roster may still be changed")
		k.until(k.clock.Now().Add(time.Minute))
		k.wantGaps("five minutes after the change",
			`cho payments-l1 gaps: roster "payments-l1" has nobody on call from Tue 17 Nov 2026 08:00 UTC on: add a person or a fallback person`)
		k.days(3)
		k.wantGaps("three days later")

		over := k.override("payments-l1", "ana", until, until.AddDate(0, 0, 2))
		k.days(1)
		k.wantGaps("when it has become shorter")
		if err := k.RemoveOverride(context.Background(), admin, "payments-l1", over); err != nil {
			t.Fatal(err)
		}
		k.days(1)
		k.wantGaps("when it has become longer again",
			`cho payments-l1 gaps: roster "payments-l1" has nobody on call from Tue 17 Nov 2026 08:00 UTC on: add a person or a fallback person`)
	})
}

func TestWhatRepeatsIsToldOnce(t *testing.T) {
	each(t, func(k *desk) {
		k.ownedBy("payments-l1", "cho")
		nights := daily()
		nights.Fallback = "fay"
		nights.Layers[0].Windows = []string{"mon-sun 06:00-22:00"}
		k.put("payments-l1", nights)
		k.days(40)
		k.wantGaps("forty days", `cho payments-l1 fallback: roster "payments-l1" has only the fallback, FAY, on call from 22:00 to 06:00 UTC, 60 times, first on Mon 2 Nov 2026`)

		nights.Fallback = "" // worse than it was
		k.put("payments-l1", nights)
		k.days(3)
		got := k.gapsTold()
		if len(got) != 1 || !strings.Contains(got[0], "nobody on call from 22:00 to 06:00 UTC, 60 times") {
			t.Errorf("without the fallback person told %q", got)
		}
	})
}

func TestAGapFarAheadIsToldTheNextMorning(t *testing.T) {
	each(t, func(k *desk) {
		k.ownedBy("payments-l1", "cho")
		k.put("payments-l1", daily())
		k.until(november(2, 18))
		spec := daily()
		spec.Layers[0].Until = "2026-12-10"
		spec.Layers = append(spec.Layers, spec.Layers[0])
		spec.Layers[1].Name, spec.Layers[1].Start, spec.Layers[1].Until = "new", "2026-12-12", ""
		k.put("payments-l1", spec)
		k.until(november(3, 8))
		k.wantGaps("the same evening")
		k.until(november(3, 9))
		k.wantGaps("the next morning",
			`cho payments-l1 gaps: roster "payments-l1" has nobody on call from Thu 10 Dec 2026 08:00 to Sat 12 Dec 2026 08:00 UTC: add a person or a fallback person`)
		k.days(50)
		k.wantGaps("later")
	})
}

func TestAPersonWhoLeavesTearsGapsThatAreTold(t *testing.T) {
	each(t, func(k *desk) {
		k.users.Left = k.UserLeftIn
		k.ownedBy("payments-l1", "cho")
		spec := daily()
		spec.Fallback, spec.Layers[0].Slots = "fay", [][]string{{"ana"}}
		spec.Layers[0].Windows = []string{"mon-fri 08:00-18:00"}
		k.put("payments-l1", spec)
		k.put("other", daily())
		k.override("payments-l1", "ben", november(7, 8), november(7, 18))
		k.days(3)
		k.gapsTold()
		k.user("ben", true) // only on call by the override, and on the other roster
		k.until(k.clock.Now().Add(5 * time.Minute))
		got := strings.Join(k.gapsTold(), "\n")
		if !strings.Contains(got, `cho payments-l1 fallback: roster "payments-l1" has only the fallback, FAY, on call from Fri 6 Nov 2026 18:00 to Mon 9 Nov 2026 08:00 UTC`) ||
			!strings.Contains(got, `cho other gaps: roster "other" has nobody on call from 08:00 to 08:00 UTC`) {
			t.Errorf("told %s", got)
		}
	})
}

func TestWhereATeamHasNoOwnerTheManagersAreTold(t *testing.T) {
	each(t, func(k *desk) {
		k.put("nobodys", oncall.Spec{Zone: "UTC", Layers: []oncall.LayerSpec{{Start: "2026-11-09", Handover: "08:00", Rotation: oncall.Daily, Slots: [][]string{{"ana"}}}}})
		k.days(2)
		k.wantGaps("without anybody to tell")
		k.do(func(tx *db.Tx) error {
			for login, role := range map[string]actor.Role{"sam": actor.SupportManager, "root": actor.Admin} {
				if _, err := k.users.ApplyUserIn(tx, admin, login, people.UserSpec{Role: role}); err != nil {
					return err
				}
				u, err := people.UserByLogin(tx, login)
				if err != nil {
					return err
				}
				k.logon[u.ID] = login
			}
			return nil
		})
		k.days(2)
		k.wantGaps("as soon as there is a manager",
			`sam nobodys gaps: roster "nobodys" has nobody on call from Thu 5 Nov 2026 09:00 to Mon 9 Nov 2026 08:00 UTC: add a person or a fallback person`)
		k.days(2)
		k.wantGaps("again")
	})
}

func TestWatchingBeginsForRostersThatWereThereBefore(t *testing.T) {
	each(t, func(k *desk) {
		k.ownedBy("payments-l1", "cho")
		spec := daily()
		spec.Layers[0].Until = "2026-11-05"
		e := k.put("payments-l1", spec)
		k.do(func(tx *db.Tx) error { return timer.Cancel(tx, "oncall.gaps", string(e.ID)) })
		k.days(1)
		k.wantGaps("before")
		k.do(k.WatchIn)
		k.do(k.WatchIn)
		k.days(1)
		if got := k.gapsTold(); len(got) != 1 {
			t.Errorf("told %q", got)
		}
	})
}
