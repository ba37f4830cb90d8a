package metricstore

import (
	"sync"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
)

// free watches the room on the disk.
type free struct {
	dir   string
	keep  int64
	clock clock.Clock

	mu     sync.Mutex
	looked time.Time
	bytes  int64
}

// lookEvery is how old what is known of the disk may be.
const lookEvery = 2 * time.Second

// left is how many bytes may still be written, -1 when that cannot be known.
func (f *free) left() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.clock.Now()
	if since := now.Sub(f.looked); since < 0 || since >= lookEvery {
		f.looked, f.bytes = now, freeBytes(f.dir)
	}
	return f.bytes
}

// short is an Unavailable error when samples could fill the disk.
func (f *free) short() error {
	if left := f.left(); left >= 0 && left < f.keep {
		return errs.Unavailablef("samples are not stored, because the disk is nearly full (%d MiB are left): make room, or shorten the retention", left>>20)
	}
	return nil
}
