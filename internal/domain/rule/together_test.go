package rule_test

import (
	"testing"
	"time"

	"mainstay/internal/domain/rule"
	"mainstay/internal/engine/logstore"
	"mainstay/internal/engine/logstore/match"
)

// neighbour is another server of the same desk, with a spool of its own.
func (r *room) neighbour() *room {
	r.t.Helper()
	store, err := logstore.Open(logstore.Config{Dir: r.t.TempDir(), Command: []string{"none"}, Readers: []string{"rules"}})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = store.Stop() })
	other := *r
	other.store = store
	other.start(match.Compiler{})
	other.settle()
	return &other
}

// second lets a second pass at all of them, in which each stores what it has counted.
func second(rooms ...*room) {
	for range 2 { // what one stores the others see the next time
		rooms[0].wall.Advance(time.Second)
		for _, r := range rooms {
			r.settle()
		}
	}
}

func TestABurstCountsOverAllServersThatTookItsLines(t *testing.T) {
	onPostgres(t, func(t *testing.T, a *room) {
		a.put("burst", rule.Spec{Filter: "failed", When: rule.AtLeast, Count: 4, Within: rule.Span(time.Minute)})
		a.settle()
		b, c := a.neighbour(), a.neighbour()
		a.arrive("failed 1")
		b.arrive("failed 2")
		c.arrive("failed 3")
		second(a, b, c)
		a.wantFiring()
		c.arrive("failed 4")
		second(a, b, c)
		a.wantFiring("burst")
		a.wall.Advance(2 * time.Hour)
		second(a, b, c)
		a.wantFiring()
		b.arrive("failed 5") // the four have been told
		second(a, b, c)
		a.wantFiring()
	})
}

func TestLinesOfServersThatAreTooFarApartAreNoBurst(t *testing.T) {
	onPostgres(t, func(t *testing.T, a *room) {
		a.put("burst", rule.Spec{Filter: "failed", When: rule.AtLeast, Count: 3, Within: rule.Span(time.Minute)})
		a.settle()
		b := a.neighbour()
		a.arrive("failed 1", "failed 2")
		second(a, b)
		a.wall.Advance(61 * time.Second)
		b.arrive("failed 3")
		second(a, b)
		a.wantFiring()
		a.arrive("failed 4", "unrelated")
		second(a, b)
		a.wantFiring()
		b.arrive("failed 5")
		second(a, b)
		a.wantFiring("burst")
	})
}

// onPostgres runs a test where several servers can share a database.
func onPostgres(t *testing.T, test func(*testing.T, *room)) {
	t.Helper()
	each(t, func(t *testing.T, r *room) {
		if r.d.Postgres() {
			test(t, r)
		}
	})
}
