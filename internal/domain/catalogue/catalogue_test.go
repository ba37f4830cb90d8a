package catalogue_test

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/ledger"
)

var admin = actor.Actor{Kind: actor.User, ID: "a", Name: "Ada Admin", Role: actor.Admin}

// desk is a catalogue with two teams, two environments and a policy.
type desk struct {
	*testing.T
	*catalogue.Catalogue
	db       *db.DB
	payments people.TeamID
	infra    people.TeamID
}

// policies stands for the room above that knows escalation policies.
type policies []string

func (p policies) Exists(_ *db.Tx, name string) (bool, error) { return slices.Contains(p, name), nil }

func newDesk(t *testing.T, d *db.DB) *desk {
	t.Helper()
	k := &desk{T: t, db: d, Catalogue: catalogue.New(catalogue.Config{DB: d, Policies: policies{"standard"}})}
	k.do(catalogue.EnsureUnassigned)
	k.do(func(tx *db.Tx) error {
		for _, e := range []string{"prod", "dr"} {
			if _, err := k.ApplyEnvironmentIn(tx, admin, e, catalogue.EnvironmentSpec{}); err != nil {
				return err
			}
		}
		return nil
	})
	k.do(func(tx *db.Tx) error {
		for name, spec := range map[string]calendar.Spec{
			"always": {Zone: "UTC", AlwaysOpen: true},
			"london": {Zone: "Europe/London", Weekly: []string{"mon-fri 08:00-18:00"}},
		} {
			if _, err := calendar.New(calendar.Config{DB: d}).ApplyIn(tx, admin, name, spec); err != nil {
				return err
			}
		}
		return nil
	})
	k.payments, k.infra = k.team("payments-l2"), k.team("infra-l2")
	return k
}

func (k *desk) do(fn func(*db.Tx) error) {
	k.Helper()
	if err := k.db.Do(context.Background(), fn); err != nil {
		k.Fatal(err)
	}
}

func (k *desk) team(name string) (id people.TeamID) {
	k.Helper()
	k.do(func(tx *db.Tx) error {
		if _, err := people.New(people.Config{DB: k.db}).ApplyTeamIn(tx, admin, name, people.TeamSpec{Level: people.L2}); err != nil {
			return err
		}
		t, err := people.TeamByName(tx, name)
		id = t.ID
		return err
	})
	return id
}

// backLine is a person of a team.
func backLine(teams ...people.TeamID) actor.Actor {
	a := actor.Actor{Kind: actor.User, ID: "b", Name: "Bo Back", Role: actor.BackLine}
	for _, t := range teams {
		a.Teams = append(a.Teams, string(t))
	}
	return a
}

func (k *desk) service(name string, spec catalogue.ServiceSpec) catalogue.Service {
	k.Helper()
	s, err := k.PutService(context.Background(), admin, catalogue.ServiceIn{Name: name, Spec: spec})
	if err != nil {
		k.Fatal(err)
	}
	return s
}

func (k *desk) component(name string, depends ...string) {
	k.Helper()
	spec := catalogue.ComponentSpec{Layer: "application", DependsOn: depends}
	if _, err := k.PutComponent(context.Background(), admin, catalogue.ComponentIn{Name: name, Spec: spec}); err != nil {
		k.Fatal(err)
	}
}

func (k *desk) timeline(r ledger.Record) (kinds []string) {
	k.Helper()
	err := k.db.View(context.Background(), func(tx *db.Tx) error {
		events, err := ledger.Timeline(tx, r)
		for _, e := range events {
			kinds = append(kinds, e.Kind)
		}
		return err
	})
	if err != nil {
		k.Fatal(err)
	}
	return kinds
}

func payments() catalogue.ServiceSpec {
	return catalogue.ServiceSpec{
		Title: "Payments", Tier: 1, Owner: "payments-l2", Support: []string{"infra-l2"}, AvailabilityTarget: 99.95,
		Functions:    []catalogue.Weight{{Name: "trade", Percent: 80}, {Name: "report", Percent: 20}},
		Environments: []string{"prod", "dr"}, WorkCycle: "24x6", Runbook: "https://runbooks.bank.example/payments",
		Hours: "always", BusinessHours: "london", Policy: "standard", GroupBy: []string{"site"}, RestoreWhenResolved: new(false),
	}
}

func TestAppliedServiceIsReadBackWhole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		s := k.service("payments", payments())
		if s.Owner != k.payments || s.OwnerName != "payments-l2" || !slices.Equal(s.Support, []people.TeamID{k.infra}) || s.RestoreWhenResolved ||
			!slices.Equal(s.Environments, []string{"prod", "dr"}) || s.AvailabilityTarget != 99.95 || s.Policy != "standard" {
			t.Fatalf("%+v", s)
		}
		spec, err := k.ServiceSpecOf(context.Background(), admin, "payments")
		if err != nil || !reflect.DeepEqual(spec, payments()) {
			t.Fatalf("%+v, %v", spec, err)
		}
		plain := k.service("mail", catalogue.ServiceSpec{Tier: 3, Owner: "infra-l2"})
		if !plain.RestoreWhenResolved || len(plain.GroupBy) > 0 || plain.Title != "mail" {
			t.Fatalf("defaults: %+v", plain)
		}
	})
}

func TestApplyingTheSameAgainChangesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		k := newDesk(t, d)
		s := k.service("payments", payments())
		c.Advance(1)
		k.service("payments", payments())
		spec := payments()
		spec.Support = nil
		k.service("payments", spec)
		if got := k.timeline(catalogue.ServiceRecord(s.ID)); !slices.Equal(got, []string{"service.created", "service.changed"}) {
			t.Fatalf("timeline %v", got)
		}
	})
}

func TestExportAppliesWithoutChange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		k.service("payments", payments())
		k.component("db1")
		k.component("ledger", "db1")
		k.do(func(tx *db.Tx) error {
			services, err := k.ExportServicesIn(tx, admin)
			if err != nil {
				return err
			}
			for _, n := range services {
				if changed, err := k.ApplyServiceIn(tx, admin, n.Name, n.Spec); err != nil || changed {
					t.Errorf("service %s: changed %v, %v", n.Name, changed, err)
				}
			}
			components, err := k.ExportComponentsIn(tx, admin)
			if err != nil || len(services) != 2 || len(components) != 2 {
				t.Errorf("%d services, %d components, %v", len(services), len(components), err)
			}
			for i, done := range k.ApplyComponentsIn(tx, admin, components) {
				if done.Changed || done.Err != nil {
					t.Errorf("component %s: %+v", components[i].Name, done)
				}
			}
			environments, err := k.ExportEnvironmentsIn(tx, admin)
			for _, n := range environments {
				if changed, err := k.ApplyEnvironmentIn(tx, admin, n.Name, n.Spec); err != nil || changed {
					t.Errorf("environment %s: changed %v, %v", n.Name, changed, err)
				}
			}
			return err
		})
	})
}

func TestEveryWrongFieldOfAServiceIsNamed(t *testing.T) {
	cases := []struct {
		path   string
		change func(*catalogue.ServiceSpec)
	}{
		{"tier", func(s *catalogue.ServiceSpec) { s.Tier = 5 }},
		{"tier", func(s *catalogue.ServiceSpec) { s.Tier = 0 }},
		{"owner", func(s *catalogue.ServiceSpec) { s.Owner = "" }},
		{"owner", func(s *catalogue.ServiceSpec) { s.Owner = "nobody" }},
		{"support[1]", func(s *catalogue.ServiceSpec) { s.Support = []string{"infra-l2", "infra-l2"} }},
		{"support[1]", func(s *catalogue.ServiceSpec) { s.Support = []string{"infra-l2", "ghosts"} }},
		{"support", func(s *catalogue.ServiceSpec) { s.Support = []string{"payments-l2"} }},
		{"functions", func(s *catalogue.ServiceSpec) { s.Functions[0].Percent = 70 }},
		{"functions[1].name", func(s *catalogue.ServiceSpec) { s.Functions[1].Name = "" }},
		{"user_groups[0].percent", func(s *catalogue.ServiceSpec) { s.UserGroups = []catalogue.Weight{{Name: "x", Percent: -1}} }},
		{"availability_target", func(s *catalogue.ServiceSpec) { s.AvailabilityTarget = 101 }},
		{"environments[1]", func(s *catalogue.ServiceSpec) { s.Environments = []string{"prod", "moon"} }},
		{"work_cycle", func(s *catalogue.ServiceSpec) { s.WorkCycle = "sometimes" }},
		{"runbook", func(s *catalogue.ServiceSpec) { s.Runbook = "javascript:alert(1)" }},
		{"hours", func(s *catalogue.ServiceSpec) { s.Hours = "office" }},
		{"business_hours", func(s *catalogue.ServiceSpec) { s.BusinessHours = "office" }},
		{"policy", func(s *catalogue.ServiceSpec) { s.Policy = "unknown" }},
		{"group_by[0]", func(s *catalogue.ServiceSpec) { s.GroupBy = []string{""} }},
		{"title", func(s *catalogue.ServiceSpec) { s.Title = "two\nlines" }},
		{"description", func(s *catalogue.ServiceSpec) { s.Description = strings.Repeat("x", 20_001) }},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		for _, c := range cases {
			spec := payments()
			c.change(&spec)
			_, err := k.PutService(context.Background(), admin, catalogue.ServiceIn{Name: "payments", Spec: spec})
			if !errs.Is(err, errs.Invalid) || !slices.ContainsFunc(errs.FieldsOf(err), func(f errs.Field) bool { return f.Path == c.path }) {
				t.Errorf("%s: got %v", c.path, err)
			}
		}
		if _, err := k.PutService(context.Background(), admin, catalogue.ServiceIn{Name: "Not A Name", Spec: payments()}); errs.FieldsOf(err)[0].Path != "name" {
			t.Errorf("name: got %v", err)
		}
	})
}

func TestUnassignedAlwaysExists(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		k.do(catalogue.EnsureUnassigned)
		s, err := k.Service(context.Background(), admin, catalogue.Unassigned)
		if err != nil || s.Owner != "" {
			t.Fatalf("%+v, %v", s, err)
		}
		if got := k.timeline(catalogue.ServiceRecord(s.ID)); len(got) != 1 {
			t.Fatalf("made more than once: %v", got)
		}
		err = k.db.Do(context.Background(), func(tx *db.Tx) error { return k.DeleteServiceIn(tx, admin, catalogue.Unassigned) })
		if !errs.Is(err, errs.Conflict) {
			t.Fatalf("delete: %v", err)
		}
		if s := k.service(catalogue.Unassigned, catalogue.ServiceSpec{Tier: 1, Policy: "standard"}); s.Policy != "standard" {
			t.Fatalf("cannot be given a policy: %+v", s)
		}
	})
}

func TestBackLineChangesOnlyServicesOfTheirTeams(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		k.service("payments", payments())
		mine, theirs := backLine(k.payments), backLine(k.team("others"))

		spec := payments()
		spec.Tier = 2
		if _, err := k.PutService(ctx, mine, catalogue.ServiceIn{Name: "payments", Spec: spec}); err != nil {
			t.Errorf("own service: %v", err)
		}
		if _, err := k.PutService(ctx, theirs, catalogue.ServiceIn{Name: "payments", Spec: spec}); !errs.Is(err, errs.Forbidden) {
			t.Errorf("another team's service: %v", err)
		}
		taken := spec
		taken.Owner = "others"
		if _, err := k.PutService(ctx, theirs, catalogue.ServiceIn{Name: "payments", Spec: taken}); !errs.Is(err, errs.Forbidden) {
			t.Errorf("taking a service: %v", err)
		}
		given := spec
		given.Owner, given.Support = "others", nil
		if _, err := k.PutService(ctx, mine, catalogue.ServiceIn{Name: "payments", Spec: given}); !errs.Is(err, errs.Forbidden) {
			t.Errorf("giving a service away: %v", err)
		}
		firstLine := actor.Actor{Kind: actor.User, ID: "f", Role: actor.FirstLine, Teams: []string{string(k.payments)}}
		if _, err := k.PutService(ctx, firstLine, catalogue.ServiceIn{Name: "payments", Spec: spec}); !errs.Is(err, errs.Forbidden) {
			t.Errorf("first line: %v", err)
		}
		client := actor.Actor{Kind: actor.User, ID: "c", Role: actor.Client, Customer: "acme"}
		if _, err := k.Services(ctx, client, "", page.Request{}); !errs.Is(err, errs.Forbidden) {
			t.Errorf("client: %v", err)
		}
	})
}

func TestEditOfWhatSomebodyElseChangedIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		put := func(tier int, base catalogue.Base) (catalogue.Service, error) {
			spec := payments()
			spec.Tier = tier
			return k.PutService(ctx, admin, catalogue.ServiceIn{Name: "payments", Spec: spec, Base: base})
		}
		first, err := put(1, catalogue.Base{New: true})
		if err != nil {
			t.Fatal(err)
		}
		same, err := put(1, catalogue.Base{Version: first.Version})
		if err != nil || same.Version != first.Version {
			t.Fatalf("an edit without change: %+v, %v", same, err)
		}
		if _, err := put(2, catalogue.Base{Version: first.Version}); err != nil {
			t.Fatal(err)
		}
		if _, err := put(3, catalogue.Base{Version: first.Version}); !errs.Is(err, errs.Conflict) {
			t.Errorf("of an old version: %v", err)
		}
		if _, err := put(3, catalogue.Base{New: true}); !errs.Is(err, errs.Conflict) {
			t.Errorf("new under a taken name: %v", err)
		}
		if err := k.DeleteService(ctx, admin, "payments"); err != nil {
			t.Fatal(err)
		}
		if _, err := put(3, catalogue.Base{Version: first.Version}); !errs.Is(err, errs.NotFound) {
			t.Errorf("of what is gone: %v", err)
		}
	})
}

func TestServicesOfATeamAreThoseItOwnsOrSupports(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		k.service("payments", payments())
		k.service("mail", catalogue.ServiceSpec{Tier: 3, Owner: "infra-l2"})
		for team, want := range map[people.TeamID][]string{k.infra: {"mail", "payments"}, k.payments: {"payments"}} {
			list, err := k.ServicesOf(context.Background(), admin, team)
			var got []string
			for _, s := range list {
				got = append(got, s.Name)
			}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("got %v, %v; want %v", got, err, want)
			}
		}
	})
}

func TestServiceInUseIsNotDeleted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		k.service("mail", catalogue.ServiceSpec{Tier: 3, Owner: "infra-l2"})
		if _, err := k.PutComponent(ctx, admin, catalogue.ComponentIn{Name: "smtp1", Spec: catalogue.ComponentSpec{Layer: "machine", Service: "mail"}}); err != nil {
			t.Fatal(err)
		}
		if _, _, err := k.CreateKey(ctx, admin, "mail", "Prometheus"); err != nil {
			t.Fatal(err)
		}
		remove := func(tx *db.Tx) error { return k.DeleteServiceIn(tx, admin, "mail") }
		if err := d.Do(ctx, remove); !errs.Is(err, errs.Conflict) {
			t.Fatalf("with a component: %v", err)
		}
		k.do(func(tx *db.Tx) error { return k.DeleteComponentIn(tx, admin, "smtp1") })
		k.do(remove)
		if _, err := k.Service(ctx, admin, "mail"); !errs.Is(err, errs.NotFound) {
			t.Fatalf("after: %v", err)
		}
	})
}

func TestCalendarOfAServiceIsNotDeleted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		k.service("payments", payments())
		calendars := calendar.New(calendar.Config{DB: d, Uses: []calendar.Uses{catalogue.UsesCalendar}})
		for _, name := range []string{"always", "london"} {
			if err := calendars.Delete(ctx, admin, name); !errs.Is(err, errs.Conflict) || !strings.Contains(err.Error(), `service "payments"`) {
				t.Errorf("%s: %v", name, err)
			}
		}
		spec := payments()
		spec.Hours = ""
		k.service("payments", spec)
		if err := calendars.Delete(ctx, admin, "always"); err != nil {
			t.Errorf("no longer used: %v", err)
		}
	})
}

func TestServicesAreListedInPages(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		for _, n := range []string{"a", "b", "c%d"[:1], "d"} {
			k.service(n, catalogue.ServiceSpec{Title: "Service " + n, Tier: 3, Owner: "infra-l2"})
		}
		var names []string
		for r := (page.Request{Limit: 2}); ; {
			list, err := k.Services(ctx, admin, "", r)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range list.Items {
				names = append(names, s.Name)
			}
			if list.Next == nil {
				break
			}
			r.Cursor = *list.Next
		}
		if !slices.Equal(names, []string{"a", "b", "c", "d", "unassigned"}) {
			t.Fatalf("got %v", names)
		}
		for q, want := range map[string]int{"SERVICE B": 1, "%": 0, "_": 0, "a\x00": 2, "\xff": 5} {
			list, err := k.Services(ctx, admin, q, page.Request{})
			if err != nil || len(list.Items) != want {
				t.Errorf("%q finds %d, %v; want %d", q, len(list.Items), err, want)
			}
		}
	})
}
