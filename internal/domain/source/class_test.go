package source_test

import (
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/source"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/signal"
)

// TestLinesAreStoredAsTheClassThatTheirSourceAsksFor or as standard ones where the store does not have it.
func TestLinesAreStoredAsTheClassThatTheirSourceAsksFor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		k := newDesk(t, d, c)
		k.Ages = map[signal.Class]time.Duration{signal.Standard: 90 * 24 * time.Hour, signal.Short: 48 * time.Hour}
		for name, of := range map[string]struct{ asks, has signal.Class }{
			"a": {"", signal.Standard}, "b": {signal.Standard, signal.Standard}, "c": {signal.Short, signal.Short}, "d": {signal.Long, signal.Standard},
		} {
			src, err := k.Put(t.Context(), admin, source.In{Name: name, Spec: source.Spec{Retention: of.asks}})
			if err != nil {
				t.Fatal(err)
			}
			before := len(k.shelf.classes)
			old := signal.Row{Time: k.clock.Now().Add(-72 * time.Hour), Fields: []signal.Field{{Name: "_msg", Value: "x"}}}
			if _, err := k.Receive(t.Context(), source.Sender{By: admin, Source: src}, []signal.Row{old}); err != nil {
				t.Fatal(err)
			}
			if got := k.shelf.classes[before]; got != of.has || k.Keeping(src.Spec).Class != of.has {
				t.Errorf("a source that asks for %q stores %q, and says %+v", of.asks, got, k.Keeping(src.Spec))
			}
			stored := k.shelf.rows[len(k.shelf.rows)-1]
			if late := stored.Get(signal.OriginalTime) != ""; late != (of.has == signal.Short) {
				t.Errorf("a line of three days ago, kept as %s, is %+v", of.has, stored)
			}
		}
		if _, err := k.Put(t.Context(), admin, source.In{Name: "e", Spec: source.Spec{Retention: "eternal"}}); !errs.Is(err, errs.Invalid) {
			t.Errorf("a class that there is not: %v", err)
		}
	})
}
