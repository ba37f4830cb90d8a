// Package schedule says when which probe is made, on the server as in an agent.
//
// Due times are kept in memory. First times are spread, so that a thousand checks of a minute do not
// all begin with the minute; after that each keeps its own beat. How many of a kind are made at once is
// limited: those beyond wait, without holding up other kinds. One that is still being made when it is
// due again is left out that time, and counted.
package schedule

import (
	"container/heap"
	"context"
	"hash/fnv"
	"sync"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/probe"
)

// Task is something to make again and again.
type Task struct {
	Key   string
	Kind  probe.Kind
	Every time.Duration
}

// Config is what a Schedule needs.
type Config struct {
	Clock clock.Clock
	// Do makes a task. It returns after how long it is to be made again, 0 for its usual time.
	Do func(ctx context.Context, key string) (again time.Duration)
	// Limits say how many of a kind are made at once; kinds that are not named have Usual.
	Limits map[probe.Kind]int
}

// Usual is how many of a kind are made at once: they wait for others, mostly.
const Usual = 128

// widest is the time over which first times are spread: nobody waits longer for the first result.
const widest = time.Minute

// Schedule makes tasks when they are due. Make it with New.
type Schedule struct {
	Config

	mu      sync.Mutex
	known   map[string]*item
	due     queue
	busy    map[probe.Kind]int
	waiting map[probe.Kind][]*item
	missed  int64
	running sync.WaitGroup
	soonest time.Time // until when Run sleeps
	wake    chan struct{}
}

// item is a task with its next time. It is in the queue, waits for a place, or is being made.
type item struct {
	Task
	at    time.Time
	index int // in the queue, -1 outside
	gone  bool
}

// New returns a schedule without tasks.
func New(c Config) *Schedule {
	return &Schedule{Config: c, known: map[string]*item{}, busy: map[probe.Kind]int{}, waiting: map[probe.Kind][]*item{}, wake: make(chan struct{}, 1)}
}

// Set makes these the tasks. Those that were there before and are as often keep their times.
func (s *Schedule) Set(tasks []Task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, keep := s.Clock.Now(), make(map[string]bool, len(tasks))
	for _, t := range tasks {
		keep[t.Key] = true
		if it, ok := s.known[t.Key]; ok && it.Every == t.Every && it.Kind == t.Kind {
			continue
		} else if ok {
			s.drop(it)
		}
		it := &item{Task: t, at: now.Add(offset(t)), index: -1}
		s.known[t.Key] = it
		heap.Push(&s.due, it)
	}
	for key, it := range s.known {
		if !keep[key] {
			s.drop(it)
		}
	}
	s.nudge()
}

// offset spreads first times, in the same way each time.
func offset(t Task) time.Duration {
	h := fnv.New64a()
	h.Write([]byte(t.Key))
	return time.Duration(h.Sum64() % uint64(max(1, min(t.Every, widest)))) //nolint:gosec // both are positive
}

func (s *Schedule) drop(it *item) {
	it.gone = true
	delete(s.known, it.Key)
	if it.index >= 0 {
		heap.Remove(&s.due, it.index)
	}
}

// Soon makes a task due now.
func (s *Schedule) Soon(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if it, ok := s.known[key]; ok && it.index >= 0 {
		it.at = s.Clock.Now()
		heap.Fix(&s.due, it.index)
		s.nudge()
	}
}

// nudge wakes Run when something is due before it would look.
func (s *Schedule) nudge() {
	if len(s.due) > 0 && (s.soonest.IsZero() || s.due[0].at.Before(s.soonest)) {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

// Missed is how many times something was left out because it was still being made.
func (s *Schedule) Missed() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.missed
}

// Run makes tasks until ctx is done, and returns when the last one is.
func (s *Schedule) Run(ctx context.Context) {
	defer s.running.Wait()
	for ctx.Err() == nil {
		var after <-chan time.Time
		if next := s.begin(ctx); !next.IsZero() {
			after = s.Clock.After(next.Sub(s.Clock.Now()))
		}
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-after:
		}
	}
}

// begin starts all that is due, and returns when the next is.
func (s *Schedule) begin(ctx context.Context) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Clock.Now()
	for len(s.due) > 0 && !s.due[0].at.After(now) {
		it := heap.Pop(&s.due).(*item)
		if s.busy[it.Kind] >= s.limit(it.Kind) {
			s.waiting[it.Kind] = append(s.waiting[it.Kind], it)
			continue
		}
		s.make(ctx, it)
	}
	s.soonest = time.Time{}
	if len(s.due) > 0 {
		s.soonest = s.due[0].at
	}
	return s.soonest
}

func (s *Schedule) limit(k probe.Kind) int {
	if n, ok := s.Limits[k]; ok {
		return n
	}
	return Usual
}

func (s *Schedule) make(ctx context.Context, it *item) {
	s.busy[it.Kind]++
	s.running.Go(func() {
		again := s.Do(ctx, it.Key)
		s.finish(ctx, it, again)
	})
}

// finish puts a task back, and starts one that waited for its place.
func (s *Schedule) finish(ctx context.Context, it *item, again time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy[it.Kind]--
	if !it.gone {
		s.again(it, again)
	}
	for list := s.waiting[it.Kind]; len(list) > 0 && s.busy[it.Kind] < s.limit(it.Kind) && ctx.Err() == nil; list = s.waiting[it.Kind] {
		next := list[0]
		s.waiting[it.Kind] = list[1:]
		if !next.gone {
			s.make(ctx, next)
		}
	}
	s.nudge()
}

// again sets the next time of a task: on its beat, as far as that lies ahead.
func (s *Schedule) again(it *item, soon time.Duration) {
	now := s.Clock.Now()
	switch {
	case soon > 0:
		it.at = now.Add(soon)
	case it.at.Add(it.Every).After(now):
		it.at = it.at.Add(it.Every)
	default:
		left := now.Sub(it.at) / it.Every
		s.missed += int64(left)
		it.at = it.at.Add((left + 1) * it.Every)
	}
	heap.Push(&s.due, it)
}

// Once makes all that is due now, one after the other, and returns how many and when the next is due: for tests,
// in which nothing else runs.
func (s *Schedule) Once(ctx context.Context) (did int, next time.Time) {
	for {
		it := s.pop()
		if it == nil {
			break
		}
		again := s.Do(ctx, it.Key)
		s.mu.Lock()
		s.again(it, again)
		s.mu.Unlock()
		did++
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.due) > 0 {
		next = s.due[0].at
	}
	return did, next
}

func (s *Schedule) pop() *item {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.due) == 0 || s.due[0].at.After(s.Clock.Now()) {
		return nil
	}
	return heap.Pop(&s.due).(*item)
}

// queue is a heap of items, the soonest first.
type queue []*item

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].at.Before(q[j].at) }
func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

// Push adds an item.
func (q *queue) Push(x any) {
	it := x.(*item)
	it.index = len(*q)
	*q = append(*q, it)
}

// Pop takes the last one out.
func (q *queue) Pop() any {
	old := *q
	it := old[len(old)-1]
	*q, it.index = old[:len(old)-1], -1
	return it
}
