package app

import (
	"time"

	"mainstay/internal/audit"
	"mainstay/internal/base/clock"
	"mainstay/internal/engine/signal"
)

// SampleBy lets the auditor's sample of log lines go by a clock, as if nothing were on its way.
func (a *App) SampleBy(c clock.Clock) {
	a.sample.clock, a.sample.settled = c, func(time.Time) bool { return true }
}

// Remember has the auditor look for a line.
func (a *App) Remember(r signal.Row) { a.sample.remember(r) }

// ForgetSample has the auditor know only what a crash would have left.
func (a *App) ForgetSample() {
	a.sample.mu.Lock()
	defer a.sample.mu.Unlock()
	a.sample.list = nil
	a.sample.load()
}

// LinesOnTheirWay is what the auditor is told of the spool.
func (a *App) LinesOnTheirWay() audit.Lines { return a.linesOnTheirWay() }
