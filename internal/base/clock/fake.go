package clock

import (
	"sync"
	"time"
)

// Fake stands still until a test moves it.
type Fake struct {
	mu       sync.Mutex
	now      time.Time
	sleepers []sleeper
}

type sleeper struct {
	at time.Time
	ch chan time.Time
}

// NewFake returns a clock that shows start.
func NewFake(start time.Time) *Fake { return &Fake{now: Micro(start)} }

// Now returns the time it was last set to.
func (f *Fake) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// After delivers when the clock is moved to or past now+d.
func (f *Fake) After(d time.Duration) <-chan time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	ch := make(chan time.Time, 1)
	if d <= 0 {
		ch <- f.now
		return ch
	}
	f.sleepers = append(f.sleepers, sleeper{f.now.Add(d), ch})
	return ch
}

// Advance moves the clock forward by d and wakes who was waiting until then.
func (f *Fake) Advance(d time.Duration) { f.Set(f.Now().Add(d)) }

// Set moves the clock to t. It never moves back.
func (f *Fake) Set(t time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if t = Micro(t); t.After(f.now) {
		f.now = t
	}
	rest := f.sleepers[:0]
	for _, s := range f.sleepers {
		if s.at.After(f.now) {
			rest = append(rest, s)
			continue
		}
		s.ch <- f.now
	}
	f.sleepers = rest
}
