package metricrule_test

import (
	"fmt"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/domain/metricrule"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
)

// leases are how many groups each node has.
func (r *room) leases() map[string]int {
	r.t.Helper()
	out := map[string]int{}
	r.must(r.d.View(r.t.Context(), func(tx *db.Tx) error {
		nodes, err := db.All(tx, db.Value[string], `SELECT node FROM metricrule_run WHERE node <> ''`)
		for _, n := range nodes {
			out[n]++
		}
		return err
	}))
	return out
}

func TestSeveralServersShareGroupsAndTakeOverWithinSeconds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		if !d.Postgres() {
			t.Skip("one server at a time has this database")
		}
		r := open(t, d, c)
		for i := range 6 {
			s := atOnce()
			s.Rules[0].Alert = fmt.Sprintf("Deep%d", i)
			r.put(fmt.Sprintf("g%d", i), s)
		}
		first, second := r.Service, r.node()
		both := func(after time.Duration) {
			t.Helper()
			r.wall.Advance(after)
			for _, s := range []*metricrule.Service{first, second} {
				if _, err := s.Step(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		for range 4 {
			both(2 * time.Second)
		}
		for node, n := range r.leases() {
			if n != 3 {
				t.Errorf("%s has %d of 6 groups", node, n)
			}
		}
		r.depth(500)
		both(time.Minute)
		const all = "Deep0 firing, Deep1 firing, Deep2 firing, Deep3 firing, Deep4 firing, Deep5 firing"
		r.want(all)
		// The first dies. Nothing is raised a second time, and the other goes on.
		r.Service = second
		for range 4 {
			r.step(2 * time.Second)
		}
		if l := r.leases(); len(l) != 1 {
			t.Errorf("leases after a node died: %v", l)
		}
		r.want(all)
		r.depth(5)
		r.step(2 * time.Second)
		r.want("")
		// What the dead one would still store is refused.
		r.depth(500)
		if _, err := first.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.must(second.Release(t.Context()))
		if l := r.leases(); len(l) > 1 {
			t.Errorf("leases after a release: %v", l)
		}
	})
}
