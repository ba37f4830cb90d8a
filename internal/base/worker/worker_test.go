package worker_test

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/worker"
)

// run starts a worker whose steps answer with the given results, then with nothing to do;
// it returns the channel on which each step reports.
func run(t *testing.T, c clock.Clock, results ...worker.Result) (*worker.Worker, <-chan int) {
	t.Helper()
	steps := make(chan int, 100)
	n := 0
	w := worker.New(worker.Config{Name: "test", Every: time.Minute, Clock: c, Log: slog.New(slog.DiscardHandler),
		Step: func(context.Context) (r worker.Result, err error) {
			if n < len(results) {
				r = results[n]
			}
			n++
			steps <- n
			return r, nil
		}})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); w.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return w, steps
}

func TestWorkerGoesOnWhileThereIsWorkAndThenWaitsToBeWoken(t *testing.T) {
	w, steps := run(t, clock.NewFake(time.Unix(0, 0)), worker.Result{Did: 1}, worker.Result{Did: 1})
	for want := 1; want <= 3; want++ {
		if got := <-steps; got != want {
			t.Fatalf("step %d, want %d", got, want)
		}
	}
	w.Wake()
	if got := <-steps; got != 4 {
		t.Fatalf("step %d after waking", got)
	}
}

// waiting is a clock that tells when somebody waits on it.
type waiting struct {
	*clock.Fake
	waits chan time.Duration
}

func (c waiting) After(d time.Duration) <-chan time.Time {
	after := c.Fake.After(d)
	c.waits <- d
	return after
}

func TestWorkerThatFailsWaitsASecondWhateverWakesIt(t *testing.T) {
	c := waiting{clock.NewFake(time.Unix(0, 0)), make(chan time.Duration, 10_000)}
	var steps []int64 // when, in seconds
	w := worker.New(worker.Config{Name: "test", Every: time.Minute, Clock: c, Log: slog.New(slog.DiscardHandler),
		Step: func(context.Context) (worker.Result, error) {
			steps = append(steps, c.Now().Unix())
			return worker.Result{}, errors.New("boom")
		}})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); w.Run(ctx) }()
	for range 20 {
		if pause := <-c.waits; pause != time.Second {
			t.Errorf("waits %v", pause)
		}
		for range 100 { // time enough to do what must not be done
			w.Wake()
			runtime.Gosched()
		}
		c.Advance(time.Second)
	}
	cancel()
	<-ended
	for i, at := range steps {
		if at != int64(i) {
			t.Fatalf("steps at second %v", steps)
		}
	}
}

func TestWorkerRemembersHowTheLastStepWent(t *testing.T) {
	boom := errors.New("boom")
	c := clock.NewFake(time.Unix(100, 0))
	fail := false
	w := worker.New(worker.Config{Clock: c, Step: func(context.Context) (worker.Result, error) {
		if fail {
			return worker.Result{}, boom
		}
		return worker.Result{}, nil
	}})
	if _, err := w.Once(context.Background()); err != nil {
		t.Fatal(err)
	}
	good := c.Now()
	c.Advance(time.Hour)
	fail = true
	if _, err := w.Once(context.Background()); !errors.Is(err, boom) {
		t.Fatal(err)
	}
	if last, err := w.Health(); !last.Equal(good) || !errors.Is(err, boom) {
		t.Fatalf("%v %v", last, err)
	}
}
