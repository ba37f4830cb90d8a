package customer_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/customer"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/ledger"
)

var (
	admin  = actor.Actor{Kind: actor.User, ID: "a", Name: "Ada Admin", Role: actor.Admin}
	client = actor.Actor{Kind: actor.User, ID: "c", Name: "Cy Client", Role: actor.Client, Customer: "acme"}
	line1  = actor.Actor{Kind: actor.User, ID: "f", Name: "Flo First", Role: actor.FirstLine}
)

// services are the rows of the room beside: payments and mail.
type services struct{}

func (services) ServiceExists(_ *db.Tx, name string) (bool, error) {
	return name == "payments" || name == "mail", nil
}

type desk struct {
	*testing.T
	*customer.Service
	db *db.DB
}

func newDesk(t *testing.T, d *db.DB) *desk {
	t.Helper()
	k := &desk{t, customer.New(customer.Config{DB: d, Services: services{}}), d}
	k.do(func(tx *db.Tx) error {
		for _, name := range []string{"payments", "mail"} {
			if _, err := tx.Exec(`
				INSERT INTO service (id, name, title, description, tier, hours, business_hours, availability_target,
				                     functions, user_groups, support_hours, work_cycle, runbook, policy, group_by,
				                     restore_when_resolved, version, created, changed)
				VALUES (?, ?, '', '', 1, '', '', 0, '', '', '', '', '', '', '', TRUE, 0, 0, 0)`, name, name); err != nil {
				return err
			}
		}
		_, err := people.New(people.Config{DB: d}).ApplyUserIn(tx, admin, "rosa", people.UserSpec{Role: actor.ClientServices})
		return err
	})
	return k
}

func (k *desk) do(fn func(*db.Tx) error) {
	k.Helper()
	if err := k.db.Do(context.Background(), fn); err != nil {
		k.Fatal(err)
	}
}

func (k *desk) apply(name string, s customer.Spec) customer.Customer {
	k.Helper()
	c, err := k.Put(context.Background(), admin, customer.In{Name: name, Spec: s})
	if err != nil {
		k.Fatal(err)
	}
	return c
}

func acme() customer.Spec {
	return customer.Spec{
		Title: "Acme Industries", Zone: "America/New_York", AccountOwner: "rosa", Services: []string{"payments", "mail"},
		Contacts: []customer.Contact{{Name: "Treasury desk", Mail: "treasury@acme.example", Telephone: "+1 555 0100"}},
	}
}

func TestAppliedCustomerIsReadBackWhole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		c := k.apply("acme", acme())
		spec, err := k.SpecOf(context.Background(), admin, "acme")
		if err != nil || !reflect.DeepEqual(spec, acme()) || c.AccountOwner == "" {
			t.Fatalf("%+v, %v", spec, err)
		}
		plain := k.apply("plain", customer.Spec{})
		if plain.Title != "plain" || plain.Zone != "UTC" {
			t.Fatalf("defaults: %+v", plain)
		}
	})
}

func TestExportAppliesWithoutChange(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		c := k.apply("acme", acme())
		k.apply("plain", customer.Spec{Title: "plain", Zone: "UTC"})
		k.do(func(tx *db.Tx) error {
			list, err := k.ExportIn(tx, admin)
			for _, n := range list {
				if changed, err := k.ApplyIn(tx, admin, n.Name, n.Spec); err != nil || changed {
					t.Errorf("%s: changed %v, %v", n.Name, changed, err)
				}
			}
			events, terr := ledger.Timeline(tx, customer.Record(c.ID))
			if len(list) != 2 || len(events) != 1 || terr != nil {
				t.Errorf("%d exported, %d events, %v", len(list), len(events), terr)
			}
			return err
		})
	})
}

func TestEveryWrongFieldIsNamed(t *testing.T) {
	cases := []struct {
		path   string
		change func(*customer.Spec)
	}{
		{"zone", func(s *customer.Spec) { s.Zone = "Atlantis/Centre" }},
		{"zone", func(s *customer.Spec) { s.Zone = "Local" }},
		{"account_owner", func(s *customer.Spec) { s.AccountOwner = "nobody" }},
		{"services[2]", func(s *customer.Spec) { s.Services = append(s.Services, "moonshot") }},
		{"services[2]", func(s *customer.Spec) { s.Services = append(s.Services, "mail") }},
		{"contacts[0].name", func(s *customer.Spec) { s.Contacts[0].Name = " " }},
		{"contacts[0].mail", func(s *customer.Spec) { s.Contacts[0].Mail = "Treasury <t@acme.example>" }},
		{"contacts[0].telephone", func(s *customer.Spec) { s.Contacts[0].Telephone = "1\r\n2" }},
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		for _, c := range cases {
			spec := acme()
			c.change(&spec)
			_, err := k.Put(context.Background(), admin, customer.In{Name: "acme", Spec: spec})
			if !errs.Is(err, errs.Invalid) || !slices.ContainsFunc(errs.FieldsOf(err), func(f errs.Field) bool { return f.Path == c.path }) {
				t.Errorf("%s: got %v", c.path, err)
			}
		}
	})
}

func TestClientSeesTheirOwnCustomerOnly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		k.apply("acme", acme())
		k.apply("globex", customer.Spec{})
		list, err := k.List(ctx, client, "", page.Request{})
		if err != nil || len(list.Items) != 1 || list.Items[0].Name != "acme" {
			t.Errorf("list %+v, %v", list, err)
		}
		if _, err := k.Customer(ctx, client, "acme"); err != nil {
			t.Errorf("own: %v", err)
		}
		for _, other := range []string{"globex", "unknown"} {
			if _, err := k.Customer(ctx, client, other); !errs.Is(err, errs.Forbidden) {
				t.Errorf("%s: %v", other, err)
			}
		}
		if _, err := k.Put(ctx, client, customer.In{Name: "acme", Spec: acme()}); !errs.Is(err, errs.Forbidden) {
			t.Errorf("write: %v", err)
		}
		observer := actor.Actor{Kind: actor.User, ID: "o", Role: actor.Observer}
		if _, err := k.List(ctx, observer, "", page.Request{}); !errs.Is(err, errs.Forbidden) {
			t.Errorf("observer: %v", err)
		}
		if list, err := k.List(ctx, line1, "", page.Request{}); err != nil || len(list.Items) != 2 {
			t.Errorf("first line sees %+v, %v", list, err)
		}
	})
}

func TestClientDoesNotReadWhatWeNoteAboutThem(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		owner := k.apply("acme", customer.Spec{Description: "inner", AccountOwner: "rosa", Services: []string{"mail"},
			Contacts: []customer.Contact{{Name: "Desk", Telephone: "+1 555", Note: "inner"}}}).AccountOwner
		inner := func(by actor.Actor) (found int) {
			one, err1 := k.Customer(ctx, by, "acme")
			list, err2 := k.List(ctx, by, "", page.Request{})
			spec, err3 := k.SpecOf(ctx, by, "acme")
			specs, err4 := k.Specs(ctx, by, "", page.Request{})
			if err := errors.Join(err1, err2, err3, err4); err != nil {
				t.Fatal(err)
			}
			for _, seen := range []any{one, list, spec, specs} {
				text := db.AsJSON(seen)
				found += strings.Count(text, "inner") + strings.Count(text, "rosa") + strings.Count(text, string(owner))
				if !strings.Contains(text, "+1 555") || !strings.Contains(text, "mail") {
					t.Errorf("%s does not read %s whole", by.Name, text)
				}
			}
			return found
		}
		token := client
		token.Kind = actor.Token
		if n, m := inner(client), inner(token); n+m != 0 {
			t.Errorf("the client reads %d and %d of our notes", n, m)
		}
		if n := inner(line1); n != 12 {
			t.Errorf("first line reads %d of our notes, want 12", n)
		}
	})
}

func TestEditOfWhatSomebodyElseChangedIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		put := func(in customer.In) (customer.Customer, error) {
			in.Name, in.Spec = "acme", customer.Spec{Title: in.Spec.Title}
			return k.Put(ctx, admin, in)
		}
		first, err := put(customer.In{New: true})
		if err != nil {
			t.Fatal(err)
		}
		second, err := put(customer.In{Version: first.Version, Spec: customer.Spec{Title: "two"}})
		if err != nil || second.Version == first.Version {
			t.Fatalf("%+v, %v", second, err)
		}
		if _, err := put(customer.In{Version: first.Version, Spec: customer.Spec{Title: "three"}}); !errs.Is(err, errs.Conflict) {
			t.Errorf("of an old version: %v", err)
		}
		if _, err := put(customer.In{New: true}); !errs.Is(err, errs.Conflict) {
			t.Errorf("new under a taken name: %v", err)
		}
		if err := k.Delete(ctx, admin, "acme"); err != nil {
			t.Fatal(err)
		}
		if _, err := put(customer.In{Version: second.Version}); !errs.Is(err, errs.NotFound) {
			t.Errorf("of what is gone: %v", err)
		}
	})
}

func TestCustomersOfAServiceAreFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		k.apply("acme", acme())
		k.apply("globex", customer.Spec{Services: []string{"mail"}})
		k.do(func(tx *db.Tx) error {
			both, err := customer.Using(tx, "mail")
			if err != nil {
				return err
			}
			one, err := customer.Using(tx, "payments")
			if len(both) != 2 || len(one) != 1 || one[0].Name != "acme" {
				t.Errorf("mail %d, payments %+v", len(both), one)
			}
			return err
		})
	})
}

func TestCustomerWithUsersIsNotDeleted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		k.apply("acme", acme())
		users := people.New(people.Config{DB: d})
		set := func(s people.UserSpec) {
			k.do(func(tx *db.Tx) error {
				_, err := users.ApplyUserIn(tx, admin, "cy", s)
				return err
			})
		}
		remove := func(tx *db.Tx) error { return k.DeleteIn(tx, admin, "acme") }
		set(people.UserSpec{Role: actor.Client, Customer: "acme"})
		if err := d.Do(context.Background(), remove); !errs.Is(err, errs.Conflict) {
			t.Fatalf("got %v", err)
		}
		set(people.UserSpec{Role: actor.Observer})
		k.do(remove)
	})
}
