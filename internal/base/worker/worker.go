// Package worker is the one shape of everything that runs in the background.
//
// A Worker calls its Step when it is woken, when the instant that the last Step named has
// come, and every so often in any case, because a wake-up can be lost and a promise must
// not be. Tests do not start workers: they call Once until nothing is left to do.
package worker

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"mainstay/internal/base/clock"
)

// Result is what one Step found.
type Result struct {
	// Did counts the work done; when it is not 0 there may be more, and Step runs again at once.
	Did int
	// Next is when Step wants to run again at the latest; zero leaves it to Every.
	Next time.Time
}

// Config describes a worker.
type Config struct {
	Name  string
	Step  func(context.Context) (Result, error)
	Every time.Duration // the longest pause
	Clock clock.Clock
	Log   *slog.Logger
}

// Worker runs a Step again and again. Make it with New.
type Worker struct {
	Config
	wake chan struct{}

	mu     sync.Mutex
	lastOK time.Time
	err    error
}

// New returns a worker that is not running yet.
func New(c Config) *Worker { return &Worker{Config: c, wake: make(chan struct{}, 1)} }

// Wake makes a running worker take its next Step now. It never blocks.
func (w *Worker) Wake() {
	select {
	case w.wake <- struct{}{}:
	default: // one is pending already
	}
}

// Once takes one Step and remembers how it went.
func (w *Worker) Once(ctx context.Context) (Result, error) {
	r, err := w.Step(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = err
	if err == nil {
		w.lastOK = w.Clock.Now()
	}
	return r, err
}

// Health returns when a Step last went well and the error of the last one, if any.
func (w *Worker) Health() (lastOK time.Time, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lastOK, w.err
}

// failPause is how long a worker waits after an error, whatever wakes it: where every commit
// does, it would else fail a thousand times a second.
const failPause = time.Second

// Run takes steps until ctx is done. An error is logged and tried again after a second.
func (w *Worker) Run(ctx context.Context) {
	for ctx.Err() == nil {
		r, err := w.Once(ctx)
		pause, wake := w.pause(r), w.wake
		if err != nil {
			if ctx.Err() != nil && errors.Is(err, context.Canceled) {
				return
			}
			w.Log.ErrorContext(ctx, "background work failed, trying again", "worker", w.Name, "err", err)
			pause, wake = failPause, nil
		}
		if pause <= 0 {
			continue
		}
		select {
		case <-ctx.Done():
		case <-wake:
		case <-w.Clock.After(pause):
		}
	}
}

func (w *Worker) pause(r Result) time.Duration {
	if r.Did > 0 {
		return 0
	}
	if r.Next.IsZero() {
		return w.Every
	}
	return min(w.Every, max(r.Next.Sub(w.Clock.Now()), time.Millisecond))
}
