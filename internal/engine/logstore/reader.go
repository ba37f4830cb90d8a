package logstore

import (
	"context"
	"time"

	"mainstay/internal/engine/logstore/spool"
	"mainstay/internal/engine/signal"
)

// Reader reads what arrives, in order, for somebody who keeps a durable cursor of their own.
type Reader struct {
	store *Store
	name  string
	at    spool.Position
	found decoded
	room  []byte // for what is read
	idle  bool   // nothing came the last time
}

// Reader returns the reader of a name that Config has. It goes on at a cursor that was kept for
// this spool, or at the spool's start when spoolID is another one's.
func (s *Store) Reader(name, spoolID string, cursor int64) *Reader {
	r := &Reader{store: s, name: name, at: s.spool.Start()}
	if spoolID == s.spool.ID() {
		r.at = max(min(spool.Position(cursor), s.spool.End()), s.spool.Start())
	}
	s.spool.Release(name, r.at)
	return r
}

// SpoolID identifies the spool that cursors belong to.
func (s *Store) SpoolID() string { return s.spool.ID() }

// Batch is what Next read.
type Batch struct {
	// Rows live until the next call of Next.
	Rows []signal.Row
	// Deliveries are what the rows arrived in, in order.
	Deliveries []Delivery
	// Cursor is what to keep once the batch has been dealt with.
	Cursor int64
}

// Delivery is rows that arrived together.
type Delivery struct {
	Rows    int   // how many
	End     int64 // the cursor behind it
	Arrived time.Time
}

// End is the cursor behind everything that has arrived.
func (s *Store) End() int64 { return int64(s.spool.End()) }

// Begin is the first cursor from which lines can still be read.
func (s *Store) Begin() int64 { return int64(s.spool.Start()) }

// Released is the cursor before which a reader needs nothing any more.
func (s *Store) Released(reader string) int64 { return int64(s.spool.Released(reader)) }

// Next returns the rows behind the last ones, none when there are none.
func (r *Reader) Next(maxBytes int) (Batch, error) {
	if cap(r.room) < maxBytes && r.at < r.store.spool.End() {
		r.room = make([]byte, 0, maxBytes)
	}
	frames, next, err := r.store.spool.ReadInto(r.room, r.at, maxBytes)
	if err != nil {
		return Batch{}, err
	}
	idle := len(frames) == 0
	if idle && r.idle { // nothing comes: nothing is held. What is dropped at once is soon made again
		r.room, r.found = nil, decoded{}
	}
	r.idle = idle
	r.found.reset()
	b := Batch{Cursor: int64(next), Deliveries: make([]Delivery, len(frames))}
	for i, f := range frames {
		before := len(r.found.rows)
		if err := r.found.decode(f.Payload); err != nil {
			r.store.spool.Unreadable(f, err)
		}
		b.Deliveries[i] = Delivery{Rows: len(r.found.rows) - before, End: int64(f.End), Arrived: f.Received}
	}
	r.at, b.Rows = next, r.found.rows
	return b, nil
}

// Wait returns when there is more to read, or with the context's error.
func (r *Reader) Wait(ctx context.Context) error { return r.store.spool.Wait(ctx, r.at) }

// Release says that everything before a cursor has been dealt with durably.
func (r *Reader) Release(cursor int64) { r.store.spool.Release(r.name, spool.Position(cursor)) }
