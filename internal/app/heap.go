package app

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"mainstay/internal/base/worker"
)

// The heap is small beside what lines under way allocate, so that at Go's usual target the
// collector runs all the time while many come. Then it gets room; the rest of the time it does not.
const (
	usualGrowth = 100 // percent of what lives, as GOGC
	mostGrowth  = 400
	roomOfHeap  = 64 << 20                // bytes beyond what lives
	busyHeap    = 32 << 20                // bytes allocated from one look to the next
	lookAtHeap  = time.Second             // how often
	allocated   = "/gc/heap/allocs:bytes" // names of runtime/metrics
	living      = "/gc/heap/live:bytes"
)

// heap sets how far the heap of this process may grow between collections.
type heap struct {
	seen    uint64 // allocated since the start
	percent int
}

// step looks at what has been allocated.
func (h *heap) step(context.Context) (worker.Result, error) {
	at := []metrics.Sample{{Name: allocated}, {Name: living}}
	metrics.Read(at)
	if p := h.next(at[0].Value.Uint64(), at[1].Value.Uint64()); p != h.percent {
		debug.SetGCPercent(p)
		h.percent = p
	}
	return worker.Result{}, nil
}

// next is the growth for now, in percent, given what has been allocated and what lives, in bytes.
func (h *heap) next(allocated, live uint64) int {
	busy := h.seen > 0 && allocated-h.seen >= busyHeap
	h.seen = allocated
	if !busy {
		return usualGrowth
	}
	return int(min(max(100*roomOfHeap/max(live, 1), usualGrowth), mostGrowth))
}

// wireHeap leaves the heap to the environment when GOGC is there.
func (a *App) wireHeap() {
	if os.Getenv("GOGC") == "" {
		h := heap{percent: usualGrowth}
		a.worker("heap", lookAtHeap, h.step)
	}
}
