package app

import (
	"context"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/worker"
	"mainstay/internal/domain/alert"
	"mainstay/internal/engine/logstore"
)

// What is wrong with the store of log lines is said on the board at once, and becomes an alert of
// Mainstay's own when it lasts. Paging needs nothing of that store.

const (
	shownAfter   = 2 * time.Second  // that the engine is down
	alertedAfter = 15 * time.Second // a restart takes less
	unsteadyFrom = 3                // ends in five minutes
	fillingFrom  = 0.8              // of the room for lines on their way
	refreshEvery = time.Minute
)

// logTroubles are the conditions that everybody at the desk must know of.
func (a *App) logTroubles() (out []string) {
	if !a.Logs.Started() {
		return nil
	}
	for _, c := range a.logState(shownAfter).conditions() {
		if c.firing && !c.unknown {
			out = append(out, c.summary)
		}
	}
	return out
}

// logWatch turns conditions into alerts, and back.
type logWatch struct {
	clock clock.Clock
	look  func(context.Context) []condition
	raise func(ctx context.Context, c condition) error
	told  map[string]time.Time // when a firing condition was sent last, zero for one that has ended
}

func (a *App) newLogWatch() *logWatch {
	return &logWatch{clock: a.Clock, told: map[string]time.Time{}, raise: a.raise,
		look: func(ctx context.Context) []condition {
			return a.logState(alertedAfter).withLimits(ctx, a.Rooms.Sources).conditions()
		}}
}

// step is run every few seconds. A condition that does not hold is said once, too: an earlier process may
// have said that it does.
func (w *logWatch) step(ctx context.Context) (worker.Result, error) {
	now := w.clock.Now()
	for _, c := range w.look(ctx) {
		last, told := w.told[c.name]
		switch {
		case c.unknown:
			continue
		case c.firing && told && now.Sub(last) < refreshEvery:
			continue
		case !c.firing && told && last.IsZero():
			continue
		}
		if err := w.raise(ctx, c); err != nil {
			return worker.Result{}, err
		}
		if w.told[c.name] = (time.Time{}); c.firing {
			w.told[c.name] = now
		}
	}
	return worker.Result{}, nil
}

// raise sends an alert about Mainstay itself, or that it is over.
func (a *App) raise(ctx context.Context, c condition) error {
	return a.raiseOf(ctx, "mainstay-logs", c)
}

// raiseOf is raise for one of Mainstay's own components.
func (a *App) raiseOf(ctx context.Context, component string, c condition) error {
	in := alert.In{
		Labels:      map[string]string{"alertname": c.name, "severity": c.severity, "component": component},
		Annotations: map[string]string{"summary": c.summary},
		Group:       component, // never in the incident of something else that no service claims
	}
	if !c.firing {
		in.Ends = a.Clock.Now()
	}
	_, err := a.Rooms.Alerts.Receive(ctx, actor.Mainstay, []alert.In{in})
	return err
}

// logEvent hears from the log store what people should know. That a day was set aside is an alert for as
// long as its folder is there, so it needs no more than a line here.
func (a *App) logEvent(e logstore.Event) {
	a.Log.Error(e.Text) //nolint:sloglint // the store says it in a whole sentence
}
