package app

import "testing"

func TestTheHeapGrowsWhileMuchIsAllocatedAndNotBeyondItsRoom(t *testing.T) {
	const mb = 1 << 20
	var h heap
	for i, c := range []struct {
		allocated, live uint64
		want            int
	}{
		{900 * mb, 10 * mb, 100}, // the start: nothing is known
		{910 * mb, 10 * mb, 100},
		{990 * mb, 10 * mb, 400},
		{1090 * mb, 32 * mb, 200},
		{1190 * mb, 500 * mb, 100},
		{1290 * mb, 0, 400},
		{1291 * mb, 10 * mb, 100},
	} {
		if got := h.next(c.allocated, c.live); got != c.want {
			t.Errorf("look %d: %d %%, not %d", i, got, c.want)
		}
	}
}
