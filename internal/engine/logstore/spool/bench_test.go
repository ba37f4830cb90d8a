package spool

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

func BenchmarkAppend(b *testing.B) {
	payload := make([]byte, 64<<10)
	for _, callers := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			d := newDesk(b, Config{})
			drop := func() { d.Release("forwarder", d.End()) } // or the disk fills
			before := d.syncs.Load()
			var next atomic.Int64
			var wg sync.WaitGroup
			b.SetBytes(int64(len(payload)))
			b.ReportAllocs()
			b.ResetTimer()
			for range callers {
				wg.Go(func() {
					for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
						if _, err := d.Append(b.Context(), Frame{Received: noon, Rows: 100, Payload: payload}); err != nil {
							b.Error(err)
							return
						}
						if i%1000 == 0 {
							drop()
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(d.syncs.Load()-before)/b.Elapsed().Seconds(), "fsyncs/s")
		})
	}
}

func BenchmarkRead(b *testing.B) {
	d := newDesk(b, Config{})
	for range 200 {
		d.add(string(make([]byte, 64<<10)))
	}
	end := d.End()
	b.SetBytes(int64(end))
	for b.Loop() {
		for at := Position(0); at < end; {
			_, next, err := d.Read(at, 1<<20)
			if err != nil {
				b.Fatal(err)
			}
			at = next
		}
	}
}
