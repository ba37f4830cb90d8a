package catalogue_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
)

func TestCircleIsRefusedWithItsPath(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		k.component("disk")
		k.component("database", "disk")
		k.component("ledger", "database")
		spec := catalogue.ComponentSpec{Layer: "machine", DependsOn: []string{"ledger"}}
		_, err := k.PutComponent(context.Background(), admin, catalogue.ComponentIn{Name: "disk", Spec: spec})
		if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), "depends_on goes in a circle: disk → ledger → database → disk") {
			t.Fatalf("got %v", err)
		}
		spec.DependsOn = []string{"disk"}
		if _, err := k.PutComponent(context.Background(), admin, catalogue.ComponentIn{Name: "disk", Spec: spec}); !errs.Is(err, errs.Invalid) {
			t.Fatalf("itself: %v", err)
		}
	})
}

func TestComponentsAppliedTogetherMayNameEachOther(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		apply := func(edges map[string][]string) error {
			return d.Do(context.Background(), func(tx *db.Tx) error {
				var list []catalogue.NamedComponent
				for _, name := range []string{"a", "b", "c"} {
					list = append(list, catalogue.NamedComponent{Name: name,
						Spec: catalogue.ComponentSpec{Layer: "application", DependsOn: edges[name]}})
				}
				for _, done := range k.ApplyComponentsIn(tx, admin, list) {
					if done.Err != nil {
						return done.Err
					}
				}
				return nil
			})
		}
		if err := apply(map[string][]string{"a": {"b"}, "b": {"c"}}); err != nil {
			t.Fatal(err)
		}
		// Turned around: while one half is written the other still points the old way.
		if err := apply(map[string][]string{"b": {"a"}, "c": {"b"}}); err != nil {
			t.Fatal(err)
		}
		if err := apply(map[string][]string{"a": {"b"}, "b": {"a"}}); !errs.Is(err, errs.Invalid) {
			t.Fatalf("a circle among them: %v", err)
		}
	})
}

// TestDependenciesNeverHaveACycle writes random edges and looks for circles by itself.
func TestDependenciesNeverHaveACycle(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		const n = 6
		name := func(i int) string { return fmt.Sprint("c", i) }
		for i := range n {
			k.component(name(i))
		}
		rapid.Check(t, func(r *rapid.T) {
			from := rapid.IntRange(0, n-1).Draw(r, "from")
			to := rapid.SliceOfNDistinct(rapid.IntRange(0, n-1), 0, 3, rapid.ID).Draw(r, "to")
			spec := catalogue.ComponentSpec{Layer: "application"}
			for _, i := range to {
				spec.DependsOn = append(spec.DependsOn, name(i))
			}
			before := edges(r, d)
			_, err := k.PutComponent(context.Background(), admin, catalogue.ComponentIn{Name: name(from), Spec: spec})
			before[name(from)] = spec.DependsOn
			switch circle := loops(before); {
			case circle && !errs.Is(err, errs.Invalid):
				r.Fatalf("a circle was not refused: %v", err)
			case !circle && err != nil:
				r.Fatalf("refused without a circle: %v", err)
			}
			if loops(edges(r, d)) {
				r.Fatal("a circle was stored")
			}
		})
	})
}

func edges(t *rapid.T, d *db.DB) map[string][]string {
	out := map[string][]string{}
	err := d.View(context.Background(), func(tx *db.Tx) error {
		all, err := catalogue.AllComponents(tx)
		names := map[catalogue.ComponentID]string{}
		for _, c := range all {
			names[c.ID] = c.Name
		}
		for _, c := range all {
			for _, id := range c.DependsOn {
				out[c.Name] = append(out[c.Name], names[id])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// loops takes away what depends on nothing until nothing more can be taken: what is left is
// a circle and what leads into it.
func loops(g map[string][]string) bool {
	for {
		took := false
		for from, to := range g {
			if !slices.ContainsFunc(to, func(n string) bool { _, waits := g[n]; return waits }) {
				delete(g, from)
				took = true
			}
		}
		if !took {
			return len(g) > 0
		}
	}
}

func TestComponentOnWhichOthersDependIsNotDeleted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		k.component("disk")
		k.component("database", "disk")
		err := d.Do(context.Background(), func(tx *db.Tx) error { return k.DeleteComponentIn(tx, admin, "disk") })
		if !errs.Is(err, errs.Conflict) {
			t.Fatalf("got %v", err)
		}
		k.do(func(tx *db.Tx) error { return k.DeleteComponentIn(tx, admin, "database") })
		k.do(func(tx *db.Tx) error { return k.DeleteComponentIn(tx, admin, "disk") })
	})
}

func TestTeamChangesTheComponentsItLooksAfter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k, ctx := newDesk(t, d), context.Background()
		spec := catalogue.ComponentSpec{Layer: "machine", Owner: "infra-l2", Environment: "prod"}
		if _, err := k.PutComponent(ctx, backLine(k.payments), catalogue.ComponentIn{Name: "host1", Spec: spec}); !errs.Is(err, errs.Forbidden) {
			t.Fatalf("another team's: %v", err)
		}
		c, err := k.PutComponent(ctx, backLine(k.infra), catalogue.ComponentIn{Name: "host1", Spec: spec})
		if err != nil || c.Environment != "prod" || c.OwnerName != "infra-l2" {
			t.Fatalf("%+v, %v", c, err)
		}
	})
}

func TestDependentsAreFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		k := newDesk(t, d)
		k.component("disk")
		k.component("b", "disk")
		k.component("a", "disk")
		k.do(func(tx *db.Tx) error {
			disk, err := catalogue.ComponentByName(tx, "disk")
			if err != nil {
				return err
			}
			list, err := catalogue.Dependents(tx, disk.ID)
			if len(list) != 2 || list[0].Name != "a" || list[1].Name != "b" {
				t.Errorf("got %+v", list)
			}
			return err
		})
		k.component("c", "b", "a")
		next, err := k.NeighboursOf(context.Background(), admin, "c")
		if err != nil || len(next.NeededBy) != 0 || len(next.Needs) != 2 || next.Needs[0].Name != "b" {
			t.Errorf("%+v, %v", next, err)
		}
		next, err = k.NeighboursOf(context.Background(), admin, "a")
		if err != nil || len(next.NeededBy) != 1 || len(next.Needs) != 1 || next.Needs[0].Name != "disk" {
			t.Errorf("%+v, %v", next, err)
		}
	})
}
