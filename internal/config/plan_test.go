package config_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/config"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
)

// named is a service whose policy is looked up in the midst of it all.
const named = `
	kind: Policy
	name: standard
	response: {steps: [{targets: [{team: payments-l2}], after: 0m}]}
	---
	kind: Service
	name: mail
	tier: 2
	owner: payments-l2
	policy: standard
	---
	kind: Service
	name: payments
	title: Payments
	tier: 1
	owner: payments-l2
	functions:
	  - {name: trade, percent: 80}
	  - {name: report, percent: 20}
	`

func TestOthersStoreWhatTheyHaveToWhileAConfigurationIsPlanned(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		stored := 0
		k := newDeskWith(t, d, policies{asked: func() {
			ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
			defer stop()
			err := d.Do(ctx, func(tx *db.Tx) error {
				_, err := tx.Number("incident")
				return err
			})
			if err != nil {
				t.Errorf("while it is planned: %v", err)
			}
			stored++
		}})
		first, _, _ := strings.Cut(named, "	---\n	kind: Service\n	name: payments")
		if _, err := k.Plan(t.Context(), admin, file(small+"---\n"+first)); err != nil {
			t.Fatal(err)
		}
		if stored == 0 {
			t.Error("nobody was asked")
		}
	})
}

// A change that comes between the plan and its execution is neither lost nor overlooked.
func TestAPlanThatWasOvertakenIsMadeAnew(t *testing.T) {
	for name, times := range map[string]int{"once": 1, "every time": 3} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
				var k *desk
				left, tier := 0, 2
				k = newDeskWith(t, d, policies{asked: func() {
					if left == 0 {
						return
					}
					left--
					tier = 5 - tier // 2 and 3 in turns: somebody keeps changing another service
					changed := strings.Replace(small, "tier: 1", "tier: "+string(rune('0'+tier)), 1)
					if _, err := k.Apply(context.Background(), admin, file(changed)); err != nil {
						t.Error(err)
					}
				}})
				k.apply(small)
				left = times
				diff, err := k.Apply(t.Context(), admin, file(named))
				if err != nil {
					t.Fatal(err)
				}
				if left != 0 {
					t.Errorf("%d changes did not come in between", left)
				}
				if got := lines(diff); !strings.Contains(got, "tier: "+string(rune('0'+tier))+" → 1") {
					t.Errorf("the plan that was carried out is not the last:\n%s", got)
				}
				if got := lines(k.apply(named)); !strings.HasPrefix(got, "no change") {
					t.Errorf("afterwards it is not as the documents say:\n%s", got)
				}
			})
		})
	}
}

func TestWhatWasConfirmedIsRefusedWhenItWasOvertaken(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		var k *desk
		overtake := false
		k = newDeskWith(t, d, policies{asked: func() {
			if overtake {
				overtake = false
				k.apply(strings.Replace(small, "tier: 1", "tier: 3", 1))
			}
		}})
		k.apply(small)
		files := file(named)
		shown, err := k.Plan(t.Context(), admin, files)
		if err != nil {
			t.Fatal(err)
		}
		overtake = true
		if _, err := k.ApplyPlanned(t.Context(), admin, files, shown.Fingerprint(files)); err == nil || !strings.Contains(err.Error(), "nothing was changed") {
			t.Errorf("got %v", err)
		}
		if got := lines(mustPlan(t, k, files)); !strings.Contains(got, "+ Service mail") {
			t.Errorf("it was applied all the same:\n%s", got)
		}
	})
}

func mustPlan(t *testing.T, k *desk, files []config.File) config.Diff {
	t.Helper()
	diff, err := k.Plan(t.Context(), admin, files)
	if err != nil {
		t.Fatal(err)
	}
	return diff
}

// Documents that change nothing do not even wait for others who store something.
func TestWhatChangesNothingIsAppliedWithoutWaiting(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		k.apply(small)
		err := d.Do(t.Context(), func(tx *db.Tx) error {
			if _, err := tx.Number("incident"); err != nil {
				return err
			}
			ctx, stop := context.WithTimeout(context.Background(), 5*time.Second)
			defer stop()
			diff, err := k.Apply(ctx, admin, file(small))
			if err == nil && diff.Count(config.Unchanged) != 3 {
				t.Errorf("got %s", lines(diff))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// The revision is told by events of the records behind each kind of document.
func TestEveryKindOfDocumentMovesTheRevision(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		k.apply(small)
		texts := map[string]string{
			"User": "kind: User\nname: ben\nrole: first-line", "Team": "kind: Team\nname: l1\nlevel: L1",
			"Calendar":    "kind: Calendar\nname: bank\nzone: UTC\nweekly: [mon-fri 08:00-18:00]",
			"Environment": "kind: Environment\nname: dr\ntitle: DR",
			"Roster":      "kind: Roster\nname: r\nzone: UTC\nlayers: [{start: 2026-01-05, handover: \"08:00\", rotation: daily, slots: [[ana]]}]",
			"Policy":      "kind: Policy\nname: standard\nresponse: {steps: [{targets: [{team: payments-l2}], after: 0m}]}",
			"Service":     "kind: Service\nname: mail\ntier: 2\nowner: payments-l2",
			"Component":   "kind: Component\nname: mq\nlayer: middleware\nservice: payments",
			"Drawing":     "kind: Drawing\nname: payments\ntwo_colours: true",
			"Customer":    "kind: Customer\nname: acme\ntitle: Acme",
			"Source":      "kind: Source\nname: app",
			"LogRule":     "kind: LogRule\nname: fatal\nfilter: level:fatal",
			"Check":       "kind: Check\nname: port\nprobe: {tcp: {address: \"db.example:5432\"}}",
			"SavedSearch": "kind: SavedSearch\nname: errors\nquery: level:error",
			"Dashboard":   "kind: Dashboard\nname: night\npanels: [{kind: count, query: level:error}]",
			"Contacts":    "kind: Contacts\nname: ana\nmethods: [{name: mail, channel: mail, address: ana@bank.example, verified: true}]",
			"MetricRules": "kind: MetricRules\nname: queues\nrules: [{alert: Deep, expr: depth > 1}]",
			"Maintenance": "kind: Maintenance\nname: patching\nservices: [payments]\nstarts: 2026-11-22T03:00\nlasts: 1h",
			"AnomalyRule": "kind: AnomalyRule\nname: odd\nexpr: depth",
		}
		for kind, text := range texts {
			before := revision(t, d, k)
			k.apply(text)
			if after := revision(t, d, k); after <= before {
				t.Errorf("%s: the revision is %d before and %d after", kind, before, after)
			}
		}
		if n := len(k.KindNames()); n != len(texts) {
			t.Errorf("there are %d kinds, and %d here", n, len(texts))
		}
		before := revision(t, d, k)
		if err := people.New(people.Config{DB: d}).DeleteUser(t.Context(), admin, "ben"); err != nil {
			t.Fatal(err)
		}
		if after := revision(t, d, k); after <= before {
			t.Error("a user who left does not move the revision")
		}
	})
}

func revision(t *testing.T, d *db.DB, k *desk) (n int64) {
	t.Helper()
	if err := d.View(t.Context(), func(tx *db.Tx) (err error) {
		n, err = k.Revision(tx)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}
