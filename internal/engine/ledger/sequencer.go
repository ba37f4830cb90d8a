package ledger

import (
	"context"
	"errors"
	"sync"

	"mainstay/internal/base/worker"
	"mainstay/internal/engine/db"
)

const batch = 500

// Sequence gives committed events their positions and returns how many it placed. The
// lock on the head row makes it safe on any number of nodes at once.
func Sequence(ctx context.Context, d *db.DB) (placed int64, err error) {
	err = d.Claim(ctx, func(tx *db.Tx) error {
		head, err := lockHead(tx)
		if err != nil {
			return err
		}
		placed, err = tx.Exec(`
			UPDATE event SET position = ? + waiting.place FROM (
				SELECT id, row_number() OVER (ORDER BY at, id) AS place FROM event
				WHERE position IS NULL ORDER BY at, id LIMIT ?) waiting
			WHERE event.id = waiting.id`, head, batch)
		if err != nil || placed == 0 {
			return err
		}
		_, err = tx.Exec(`UPDATE ledger_head SET position = ? WHERE one = 1`, head+placed)
		return err
	})
	return placed, err
}

// lockHead returns the highest position and keeps others from sequencing or sealing until the
// transaction ends. SQLite has one writer in any case.
func lockHead(tx *db.Tx) (int64, error) {
	lock := ""
	if tx.Postgres() {
		lock = " FOR UPDATE"
	}
	return db.One(tx, db.Value[int64], `SELECT position FROM ledger_head WHERE one = 1`+lock)
}

// Feed hands placed events in order to subscribers on this node, each event once.
type Feed struct {
	db *db.DB

	mu       sync.Mutex
	position int64
	started  bool
	subs     map[chan []Event]struct{}
}

// NewFeed returns a feed that begins with the events placed after its first Step.
func NewFeed(d *db.DB) *Feed { return &Feed{db: d, subs: map[chan []Event]struct{}{}} }

// Step is the work of the feed's worker: place what was committed here, then read what was
// placed anywhere and hand it on.
func (f *Feed) Step(ctx context.Context) (worker.Result, error) {
	if err := f.start(ctx); err != nil {
		return worker.Result{}, err
	}
	placed, err := Sequence(ctx, f.db)
	if err != nil {
		return worker.Result{}, err
	}
	seen, err := f.read(ctx)
	return worker.Result{Did: int(placed) + seen}, err
}

func (f *Feed) start(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.started {
		return nil
	}
	err := f.db.View(ctx, func(tx *db.Tx) (err error) {
		f.position, err = Position(tx)
		return err
	})
	f.started = err == nil
	return err
}

func (f *Feed) read(ctx context.Context) (int, error) {
	var events []Event
	err := f.db.View(ctx, func(tx *db.Tx) (err error) {
		events, err = After(tx, f.Position(), batch)
		return err
	})
	if err != nil || len(events) == 0 {
		return 0, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.position = events[len(events)-1].Position
	for ch := range f.subs {
		select {
		case ch <- events:
		default:
			// The subscriber is too slow. Closing tells it to start over from the records,
			// which is right; dropping an event silently would not be.
			close(ch)
			delete(f.subs, ch)
		}
	}
	return len(events), nil
}

// Position is the last position that the feed has handed on.
func (f *Feed) Position() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.position
}

// Subscribe returns a channel of events from now on; it is closed when the subscriber
// falls behind or calls stop.
func (f *Feed) Subscribe() (events <-chan []Event, stop func()) {
	ch := make(chan []Event, 64)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.subs[ch] = struct{}{}
	return ch, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		if _, ok := f.subs[ch]; ok {
			delete(f.subs, ch)
			close(ch)
		}
	}
}

// Since returns what was handed on after the position, up to 500 events, for a subscriber
// that was away. When whole is false there is more, or the position is ahead of this feed,
// and the subscriber starts over from the records.
func (f *Feed) Since(ctx context.Context, position int64) (events []Event, whole bool, err error) {
	head := f.Position()
	if position > head {
		return nil, false, nil
	}
	err = f.db.View(ctx, func(tx *db.Tx) (err error) {
		events, err = After(tx, position, batch)
		return err
	})
	whole = len(events) < batch || events[batch-1].Position >= head
	return events, whole && err == nil, err
}

// Position returns the highest position placed so far.
func Position(tx *db.Tx) (int64, error) {
	p, err := db.One(tx, db.Value[int64], `SELECT position FROM ledger_head WHERE one = 1`)
	if errors.Is(err, db.ErrNone) {
		return 0, nil
	}
	return p, err
}
