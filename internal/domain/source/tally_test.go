package source_test

import (
	"context"
	"errors"
	"testing"

	"mainstay/internal/domain/source"
	"mainstay/internal/engine/signal"
)

// TestADaysLimitIsOneForAllNodes: what another node has taken counts as soon as both have written and read.
func TestADaysLimitIsOneForAllNodes(t *testing.T) {
	each(t, func(k *desk) {
		k.put("app", source.Spec{DailyLimit: "1KB"})
		other := &desk{T: k.T, db: k.db, clock: k.clock, shelf: k.shelf}
		other.restart()
		step := func(of *desk) {
			_, err := of.Step(k.Context())
			k.must(err)
		}
		k.must(k.send("app", 600))
		k.must(other.send("app", 100))
		step(k)
		k.must(other.send("app", 50)) // not yet known here
		step(other)                   // has lines of its own to write
		if _, refused := errors.AsType[*source.Wait](other.send("app", 300)); !refused {
			k.Error("the other node has taken 150 bytes, and 600 more were sent here: it takes 300")
		}
		k.must(other.send("app", 250)) // to the last byte
		step(other)
		step(k)
		if _, refused := errors.AsType[*source.Wait](k.send("app", 4)); !refused {
			k.Error("a node that had nothing to write does not know what others took")
		}
	})
}

// TestWhatCannotBeWrittenIsWrittenTheNextTime: counts, and when keys were used.
func TestWhatCannotBeWrittenIsWrittenTheNextTime(t *testing.T) {
	each(t, func(k *desk) {
		k.put("app", source.Spec{DailyLimit: "1KB"})
		secret, _, err := k.CreateKey(k.Context(), admin, "app", "tests")
		k.must(err)
		from, err := k.Sender(k.Context(), secret)
		k.must(err)
		k.take(from, signal.Row{Fields: []signal.Field{{Name: "_msg", Value: "x"}}})
		gone, cancel := context.WithCancel(k.Context())
		cancel()
		if _, err := k.Step(gone); err == nil {
			k.Fatal("it was written")
		}
		_, err = k.Step(k.Context())
		k.must(err)
		keys, err := k.Keys(k.Context(), admin, "app")
		k.must(err)
		if len(keys) != 1 || keys[0].Used.IsZero() {
			k.Errorf("keys %+v", keys)
		}
	})
}
