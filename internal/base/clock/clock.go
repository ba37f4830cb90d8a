// Package clock is the only place that reads the time of day.
//
// Everything else receives a Clock, so that a test can play a night in milliseconds
// and the demo can run a day in an hour. Records live on this clock; signals (log
// lines, samples) always carry wall time.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time and wakes sleepers. Times are UTC, truncated to microseconds:
// the precision of the databases, so that an instant read back equals the one written.
type Clock interface {
	Now() time.Time
	// After delivers once when d has passed on this clock.
	After(d time.Duration) <-chan time.Time
}

// Wall returns the clock on the wall.
func Wall() Clock { return wall{} }

type wall struct{}

func (wall) Now() time.Time                         { return Micro(time.Now()) }
func (wall) After(d time.Duration) <-chan time.Time { return time.After(d) }

// Micro returns t in UTC without what is finer than a microsecond.
func Micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// Stopwatch returns a function that tells how much wall time has passed since the call.
// It is for measuring work (latency, lateness of a loop), never for deciding.
func Stopwatch() func() time.Duration {
	start := time.Now()
	return func() time.Duration { return time.Since(start) }
}

// Scaled runs factor times as fast as the wall from the moment it is made or changed.
// The demo uses it; it must never drive a real desk.
type Scaled struct {
	mu     sync.Mutex
	base   time.Time // this clock's time at the last change
	since  time.Time // the wall's time at the last change
	factor float64
}

// NewScaled starts at start and runs factor times as fast as the wall.
func NewScaled(start time.Time, factor float64) *Scaled {
	return &Scaled{base: start, since: time.Now(), factor: factor}
}

// Now returns the scaled time.
func (c *Scaled) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Micro(c.now())
}

func (c *Scaled) now() time.Time {
	return c.base.Add(time.Duration(float64(time.Since(c.since)) * c.factor))
}

// SetFactor changes the speed from now on; time never jumps.
func (c *Scaled) SetFactor(factor float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.base, c.since, c.factor = c.now(), time.Now(), factor
}

// Factor returns the present speed.
func (c *Scaled) Factor() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.factor
}

// After delivers when d has passed at the present speed. A later change of speed does
// not move it, so callers look at Now again after it fires, as every worker here does.
func (c *Scaled) After(d time.Duration) <-chan time.Time {
	return time.After(time.Duration(float64(d) / c.Factor()))
}
