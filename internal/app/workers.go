package app

import (
	"context"
	"time"

	"mainstay/internal/audit"
	"mainstay/internal/base/worker"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/outbox"
	"mainstay/internal/engine/timer"
)

// lookEvery is how often a worker looks for work that no signal told it of: work stored by
// another node, or by a process that died before it could tell.
const lookEvery = time.Second

func (a *App) wireWorkers() {
	events := a.worker("events", lookEvery, a.Feed.Step)
	timers := a.worker("timers", lookEvery, a.timers.Step)
	messages := a.worker("messages", lookEvery, a.deliver)
	a.worker("seals", time.Minute, ledger.Sealer{DB: a.DB}.Step)
	a.worker("sessions", time.Hour, a.Rooms.People.Sweep)
	a.worker("quarantine", time.Hour, a.Rooms.Alerts.Sweep)
	a.worker("held alerts", 5*time.Second, a.Rooms.Alerts.Step)
	a.worker("log store", 5*time.Second, a.newLogWatch().step)
	a.worker("series store", 5*time.Second, a.newSeriesWatch().step)
	a.worker("log rules", lookEvery, a.stepRules)
	a.metricRulesWorker()
	a.worker("reports", lookEvery, a.Rooms.Saved.Step)
	a.checkWorkers()
	a.worker("log patterns", lookEvery, a.Rooms.Patterns.Step)
	a.archiving = a.worker("log archive", time.Minute, a.stepArchive)
	a.worker("log disk", lookAtDisk, a.lookAtDisk)
	a.worker("source counts", time.Minute, a.Rooms.Sources.Step)
	a.worker("changes of files", time.Hour, a.Rooms.Hosts.Sweep)
	a.worker("files", time.Hour, func(ctx context.Context) (worker.Result, error) { return a.files.Sweep(ctx, a.DB) })
	a.worker("auditor", audit.Every, a.Auditor.Step)
	a.wireHeap()

	a.DB.Listen(db.EventsStored, events.Wake)
	a.DB.Listen(db.TimersChanged, timers.Wake)
	a.DB.Listen(db.MessagesQueued, messages.Wake)
	a.dispatcher.OnFree(messages.Wake)
}

// deliver sends what is due, unless messages are held.
func (a *App) deliver(ctx context.Context) (worker.Result, error) {
	if a.HoldMessages {
		return worker.Result{}, nil
	}
	return a.dispatcher.Step(ctx)
}

func (a *App) worker(name string, every time.Duration, step func(context.Context) (worker.Result, error)) *worker.Worker {
	w := worker.New(worker.Config{Name: name, Step: step, Every: every, Clock: a.Clock, Log: a.Log})
	a.workers = append(a.workers, w)
	return w
}

// Settle does all that is due now, and all that follows from it, in this goroutine. It
// returns when the next thing is due, the zero time when nothing is. Only tests call it,
// with the workers not running.
func (a *App) Settle(ctx context.Context) (next time.Time, err error) {
	for {
		did := 0
		next = time.Time{}
		for _, step := range []func(context.Context) (worker.Result, error){a.Rooms.Rules.Step, a.timers.Step, a.Rooms.Alerts.Step, a.Rooms.Checks.Step, a.Rooms.Saved.Step, a.deliver, a.Feed.Step} {
			r, err := step(ctx)
			if err != nil {
				return next, err
			}
			a.dispatcher.Wait()
			did += r.Did
			if !r.Next.IsZero() && (next.IsZero() || r.Next.Before(next)) {
				next = r.Next
			}
		}
		if did == 0 {
			return next, nil
		}
	}
}

// freeLeases lets this process take over at once what another one was doing when it died.
// Only SQLite knows that it did: the lock on the data directory was free.
func (a *App) freeLeases(ctx context.Context) error {
	if a.DB.Postgres() {
		return nil
	}
	if err := timer.FreeLeases(ctx, a.DB); err != nil {
		return err
	}
	return outbox.FreeLeases(ctx, a.DB)
}
