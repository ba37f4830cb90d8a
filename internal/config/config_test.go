package config_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/config"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
)

func TestSecondApplicationChangesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		if diff := k.apply(small); diff.Count(config.Created) != 3 {
			t.Fatalf("first:\n%s", lines(diff))
		}
		before := events(t, d)
		if got := lines(k.apply(small)); got != "no change: 3 objects are as they should be\n" {
			t.Fatalf("second:\n%s", got)
		}
		if after := events(t, d); after != before {
			t.Fatalf("%d events became %d", before, after)
		}
	})
}

func TestDiffShowsWhatWasAndWhatIs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		k.apply(small)
		got := lines(k.apply(`
			kind: Service
			name: payments
			title: Payments
			tier: 2
			owner: payments-l2
			group_by: [site]
			---
			kind: Team
			name: payments-l2
			level: L2
			members: [ana]
			---
			kind: Environment
			name: prod
			`))
		want := cut(`
			+ Environment prod
			~ Service payments
			    tier: 1 → 2
			    group_by: + [site]
			    functions: - [{name: trade, percent: 80}, {name: report, percent: 20}]
			1 created, 1 changed, 1 unchanged
			`)
		if got != want {
			t.Fatalf("got:\n%s\nwant:\n%s", got, want)
		}
	})
}

func TestPlanChangesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		before := events(t, d)
		diff, err := k.Plan(context.Background(), admin, file(small))
		if err != nil || !diff.DryRun || diff.Count(config.Created) != 3 {
			t.Fatalf("%+v, %v", diff, err)
		}
		if after := events(t, d); after != before {
			t.Fatalf("%d events became %d", before, after)
		}
		if diff := k.apply(small); diff.Count(config.Created) != 3 {
			t.Fatalf("something was there:\n%s", lines(diff))
		}
	})
}

func TestOneWrongDocumentStopsAll(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		before := events(t, d)
		k.refused(small + `
			---
			kind: Component
			name: db1
			layer: middleware
			service: nothing
			`)
		if after := events(t, d); after != before {
			t.Fatalf("%d events became %d", before, after)
		}
	})
}

// TestOrderOfDocumentsMeansNothing shuffles documents and the files they stand in.
func TestOrderOfDocumentsMeansNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		docs := strings.Split(cut(small)+cut(`
			---
			kind: Component
			name: queue
			layer: middleware
			depends_on: [host]
			service: payments
			---
			kind: Component
			name: host
			layer: machine
			---
			kind: Customer
			name: acme
			services: [payments]
			account_owner: ana
			---
			kind: User
			name: cy
			role: client
			customer: acme
			`), "---\n")
		rapid.Check(t, func(r *rapid.T) {
			var files []config.File
			for _, i := range rapid.Permutation(indexes(len(docs))).Draw(r, "order") {
				if len(files) == 0 || rapid.Bool().Draw(r, "new file") {
					files = append(files, config.File{Name: string(rune('a' + len(files)))})
				}
				f := &files[len(files)-1]
				f.Text += "---\n" + docs[i]
			}
			diff, err := k.Plan(context.Background(), admin, files)
			if err != nil || diff.Count(config.Created) != len(docs) {
				r.Fatalf("%v\n%s", err, lines(diff))
			}
		})
	})
}

func indexes(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func TestEveryProblemIsNamedWithItsPlace(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"in the documents themselves", `
			kind: Service
			name: payments
			tier: high
			ownr: payments-l2
			support: payments-l2
			---
			kind: Sevice
			name: mail
			---
			name: nothing
			---
			kind: Team
			name: l1
			level: L9
			level: L1
			---
			kind: Component
			name: db1
			layer: machine
			links:
			  - {title: Console, url: "ftp://x"}
			  - null
			`, `
			desk.yaml:3:7 tier must be a whole number, not "high"
			desk.yaml:4:1 ownr is not a field of Service, did you mean "owner"?
			desk.yaml:5:10 support must be a list such as "[a, b]", not "payments-l2"
			desk.yaml:7:7 kind "Sevice" is not a kind: there are KINDS
			desk.yaml:10:1 kind is missing
			desk.yaml:15:1 level stands here a second time
			desk.yaml:22:5 links[1] must not be empty`},
		{"in what rooms see by themselves", `
			kind: Component
			name: db1
			layer: attic
			links:
			  - title: Console
			    url: "ftp://x"
			---
			kind: Service
			name: payments
			tier: 1
			owner: l2
			functions: [{name: trade, percent: 70}]
			`, `
			desk.yaml:3:8 layer must be one of [machine network middleware application business-process front-end third-party], not "attic"
			desk.yaml:6:10 links[0].url must be an address that starts with https:// or http://, not "ftp://x"
			desk.yaml:12:12 functions must add up to 100, not 70`},
		{"in what they refer to", `
			kind: Service
			name: payments
			tier: 1
			owner: ghosts
			support:
			  - l2
			  - phantoms
			---
			kind: Team
			name: l2
			level: L2
			---
			kind: Component
			name: a
			layer: application
			depends_on: [b]
			---
			kind: Component
			name: b
			layer: application
			depends_on: [a]
			---
			kind: User
			name: cy
			role: client
			customer: nobody
			---
			kind: Service
			name: Bad Name
			tier: 1
			owner: l2
			`, `
			desk.yaml:4:8 owner names "ghosts", which does not exist
			desk.yaml:7:5 support[1] names "phantoms", which does not exist
			desk.yaml:16:13 depends_on goes in a circle: a → b → a
			desk.yaml:21:13 depends_on goes in a circle: b → a → b
			desk.yaml:26:11 customer names "nobody", which does not exist
			desk.yaml:29:7 name must be 1 to 60 lower-case letters, digits and dashes, not "Bad Name"`},
		{"named twice", `
			kind: Environment
			name: prod
			---
			kind: Team
			name: prod
			level: L1
			---
			kind: Environment
			name: prod
			`, `
			desk.yaml:9:7 name Environment "prod" stands in desk.yaml:2 already`},
		{"fields under spec", `
			kind: Environment
			name: prod
			spec: {title: Production}
			`, `
			desk.yaml:3:1 spec is not a field of Environment: its fields stand beside kind and name`},
		{"only the cause, not what follows from it", `
			kind: Team
			name: l2
			level: L2
			members: [nobody]
			---
			kind: Service
			name: payments
			tier: 1
			owner: l2
			---
			kind: Component
			name: db1
			layer: middleware
			service: payments
			`, `
			desk.yaml:4:10 members names "nobody", but there is no such user`},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		for _, c := range cases {
			if got, want := k.refused(c.text), strings.ReplaceAll(cut(c.want), "KINDS", strings.Join(k.KindNames(), ", ")); got != want {
				t.Errorf("%s\ngot:\n%s\nwant:\n%s", c.name, got, want)
			}
		}
	})
}

func TestTextsAreTakenAsTheyAreWritten(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		k.apply(`
			kind: Customer
			name: "1860"
			title: no
			contacts:
			  - name: 007
			    telephone: 5550100
			    note:
			  - name: true
			    note: |
			      Monday to Friday
			      2026-12-25: closed
			---
			kind: Team
			name: l2
			level: L2
			review_by: 2026-12-31
			`)
		files, err := k.Export(context.Background(), admin)
		if err != nil {
			t.Fatal(err)
		}
		want := cut(`
			kind: Team
			name: l2
			level: L2
			review_by: "2026-12-31"
			---
			kind: Service
			name: unassigned
			title: Unassigned
			description: Alerts that name no known service.
			tier: 2
			---
			kind: Customer
			name: "1860"
			title: "no"
			contacts:
			  - name: "007"
			    telephone: "5550100"
			  - name: "true"
			    note: |
			      Monday to Friday
			      2026-12-25: closed
			`)
		if got := config.Join(files); got != want {
			t.Fatalf("got:\n%s\nwant:\n%s", got, want)
		}
	})
}

func TestSecretsAreNeverShown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		k.apply(small)
		contacts := func(secret, address string) string {
			return cut(`
				kind: Contacts
				name: ana
				methods:
				  - {name: mail, channel: mail, address: ana@bank.example, verified: true}
				  - {name: phone, channel: webhook, address: "` + address + `", secret: ` + secret + `, verified: true}
				rules:
				  high:
				    - {method: mail, after: 0s}
				    - {method: phone, after: 5m}
				`)
		}
		k.apply(contacts("correct-horse-1", "https://phone.bank.example/ana"))
		if got := lines(k.apply(contacts("correct-horse-1", "https://phone.bank.example/ana"))); !strings.HasPrefix(got, "no change") {
			t.Errorf("the same again:\n%s", got)
		}
		got := lines(k.apply(contacts("correct-horse-2", "https://phone.bank.example/ana")))
		if want := "~ Contacts ana\n    secret: hidden → hidden\n0 created, 1 changed, 0 unchanged\n"; got != want {
			t.Errorf("another secret:\n%s", got)
		}
		files, err := k.Export(context.Background(), admin)
		if err != nil || strings.Contains(config.Join(files), "correct-horse") {
			t.Errorf("exported %v\n%s", err, config.Join(files))
		}
		diff, err := k.Apply(context.Background(), admin, files)
		if err != nil || diff.Count(config.Unchanged) != len(diff.Objects) {
			t.Errorf("the export, applied: %v\n%s", err, lines(diff))
		}
	})
}

func TestOnlyAdminsApplyAndManagersExport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		for _, role := range actor.Roles {
			a := actor.Actor{Kind: actor.User, ID: "x", Name: "X", Role: role}
			_, err := k.Plan(ctx, a, file(small))
			if allowed := err == nil; allowed != (role == actor.Admin) || err != nil && !errs.Is(err, errs.Forbidden) {
				t.Errorf("%s plans: %v", role, err)
			}
			_, err = k.Export(ctx, a)
			may := slices.Contains([]actor.Role{actor.Admin, actor.SupportManager}, role)
			if allowed := err == nil; allowed != may || err != nil && !errs.Is(err, errs.Forbidden) {
				t.Errorf("%s exports: %v", role, err)
			}
		}
	})
}

func TestRefusalKeepsItsKind(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		k.apply("kind: User\nname: root\nrole: admin\n")
		_, err := k.Apply(context.Background(), admin, file("kind: User\nname: root\nrole: observer\n"))
		if !errs.Is(err, errs.Conflict) || !strings.HasPrefix(errs.FieldsOf(err)[0].Path, "desk.yaml:1:1 User root") {
			t.Errorf("last admin: %v", err)
		}
		narrow := actor.Actor{Kind: actor.Token, ID: "t", Name: "token ci", Role: actor.Admin, Scopes: []string{"config.apply"}}
		if _, err := k.Apply(context.Background(), narrow, file("kind: Environment\nname: prod\n")); !errs.Is(err, errs.Forbidden) {
			t.Errorf("token without service.write: %v", err)
		}
	})
}

func events(t *testing.T, d *db.DB) (n int64) {
	t.Helper()
	err := d.View(context.Background(), func(tx *db.Tx) (err error) {
		n, err = db.One(tx, db.Value[int64], `SELECT count(*) FROM event`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
