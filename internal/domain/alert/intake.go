package alert

import (
	"context"
	"errors"
	"sync"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/engine/db"
)

const (
	intakeTimeout = 30 * time.Second
	intakeSize    = 100 // alerts, about, that share a transaction
)

// delivery is what one sender has sent.
type delivery struct {
	by   actor.Actor
	good []In
	bad  []refused

	lead   chan struct{} // closed when this delivery is to store those that wait
	stored chan error    // what became of it when another has stored it
}

// intake lets deliveries that come while another is being stored share the next
// transaction: in a storm most of what an alert costs is the commit. A delivery that comes
// alone waits for nothing.
type intake struct {
	mu      sync.Mutex
	storing bool
	waiting []*delivery
}

// join puts a delivery in line and says whether it is to store what waits.
func (q *intake) join(d *delivery) (leads bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, d)
	leads = !q.storing
	q.storing = true
	return leads
}

// take returns the deliveries that are next, about intakeSize alerts of them.
func (q *intake) take() []*delivery {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, alerts := 0, 0
	for n < len(q.waiting) && alerts < intakeSize {
		alerts += len(q.waiting[n].good) + len(q.waiting[n].bad)
		n++
	}
	batch := q.waiting[:n:n]
	q.waiting = q.waiting[n:]
	return batch
}

// pass hands the lead to the first that waits, so that nobody stores for others for ever.
func (q *intake) pass() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.storing = len(q.waiting) > 0
	if q.storing {
		close(q.waiting[0].lead)
	}
}

// store returns when the delivery is stored durably, or could not be. It outlives its
// caller: others wait for it, and an alert that is stored after its sender has left is
// recognised when the sender repeats it.
func (s *Service) store(ctx context.Context, d *delivery) error {
	d.lead, d.stored = make(chan struct{}), make(chan error, 1)
	if !s.intake.join(d) {
		select {
		case err := <-d.stored:
			return err
		case <-d.lead:
		}
	}
	defer s.intake.pass()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), intakeTimeout)
	defer cancel()
	return s.storeBatch(ctx, s.intake.take())
}

var errBroken = errors.New("storing the alerts ended before its time")

// storeBatch stores deliveries in one transaction, or one by one when that fails: a fault
// in one must not keep the others out. It tells all of them, whatever happens, and returns
// what became of the first.
func (s *Service) storeBatch(ctx context.Context, batch []*delivery) error {
	results := make([]error, len(batch))
	for i := range results {
		results[i] = errBroken
	}
	defer func() {
		for i, d := range batch {
			d.stored <- results[i]
		}
	}()
	err := s.storeAll(ctx, batch)
	for i, d := range batch {
		results[i] = err
		if err != nil && len(batch) > 1 {
			results[i] = s.storeAll(ctx, []*delivery{d})
		}
	}
	return results[0]
}

func (s *Service) storeAll(ctx context.Context, batch []*delivery) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		for _, d := range batch {
			if err := s.storeIn(tx, d); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) storeIn(tx *db.Tx, d *delivery) error {
	for _, in := range d.good {
		if err := s.receiveIn(tx, d.by, in); err != nil {
			return err
		}
	}
	return s.quarantineIn(tx, d.by, d.bad)
}
