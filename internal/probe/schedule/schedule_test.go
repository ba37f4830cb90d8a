package schedule_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/probe"
	"mainstay/internal/probe/schedule"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func TestTasksAreSpreadAndThenKeepTheirBeat(t *testing.T) {
	c := clock.NewFake(noon)
	made := map[string][]time.Duration{}
	s := schedule.New(schedule.Config{Clock: c, Do: func(_ context.Context, key string) time.Duration {
		made[key] = append(made[key], c.Now().Sub(noon))
		return 0
	}})
	var tasks []schedule.Task
	for i := range 600 {
		tasks = append(tasks, schedule.Task{Key: fmt.Sprint(i), Kind: probe.TCPKind, Every: time.Minute})
	}
	s.Set(tasks)
	most := 0
	for range 180 {
		c.Advance(time.Second)
		did, _ := s.Once(t.Context())
		most = max(most, did)
	}
	if most > 40 {
		t.Errorf("%d of 600 in one second", most)
	}
	for key, at := range made {
		if len(at) != 3 || at[1]-at[0] != time.Minute || at[2]-at[1] != time.Minute {
			t.Fatalf("%s: %v", key, at)
		}
	}
	s.Set(tasks[:1])
	c.Advance(time.Minute)
	if did, _ := s.Once(t.Context()); did != 1 {
		t.Errorf("%d made after the others were taken away", did)
	}
}

func TestWhatIsToBeMadeAgainSoonIsAndSomebodyCanWantItAtOnce(t *testing.T) {
	c, n := clock.NewFake(noon), 0
	s := schedule.New(schedule.Config{Clock: c, Do: func(context.Context, string) time.Duration {
		n++
		if n == 1 {
			return 5 * time.Second
		}
		return 0
	}})
	s.Set([]schedule.Task{{Key: "a", Kind: probe.TCPKind, Every: time.Hour}})
	s.Soon("a")
	s.Once(t.Context())
	if n != 1 {
		t.Fatalf("made %d times at once", n)
	}
	c.Advance(4 * time.Second)
	s.Once(t.Context())
	c.Advance(time.Second)
	s.Once(t.Context())
	if n != 2 {
		t.Errorf("made %d times", n)
	}
}

func TestOfAKindOnlySoManyAreMadeAtOnceAndOthersDoNotWaitForThem(t *testing.T) {
	began, ends := make(chan string, 100), make(chan struct{})
	s := schedule.New(schedule.Config{Clock: clock.Wall(), Limits: map[probe.Kind]int{probe.ScriptKind: 2}, Do: func(ctx context.Context, key string) time.Duration {
		began <- key
		select {
		case <-ends:
		case <-ctx.Done():
		}
		return 0
	}})
	var tasks []schedule.Task
	for i := range 5 {
		tasks = append(tasks, schedule.Task{Key: fmt.Sprint("script-", i), Kind: probe.ScriptKind, Every: time.Hour})
	}
	tasks = append(tasks, schedule.Task{Key: "tcp", Kind: probe.TCPKind, Every: time.Hour})
	s.Set(tasks)
	for _, task := range tasks {
		s.Soon(task.Key)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); s.Run(ctx) }()
	first := map[string]bool{<-began: true, <-began: true, <-began: true}
	if !first["tcp"] || len(first) != 3 {
		t.Errorf("at once: %v", first)
	}
	for range first {
		ends <- struct{}{}
	}
	if next := <-began; first[next] {
		t.Errorf("%s again", next)
	}
	cancel()
	<-done
}
