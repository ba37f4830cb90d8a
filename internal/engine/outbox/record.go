package outbox

import (
	"context"
	"time"

	"mainstay/internal/engine/db"
)

const (
	recordTimeout = 30 * time.Second
	recordSize    = 100 // messages, about, recorded in one transaction
)

// outcome is what became of a delivery: see Permanent for its error.
type outcome struct {
	Delivery
	err error
}

// record stores an outcome. One goroutine at a time does that, for itself and for all others
// that have come by then: many deliveries end together, and a transaction for each would
// cost most of what they cost.
func (d *Dispatcher) record(ctx context.Context, o outcome) {
	d.mu.Lock()
	d.outcomes = append(d.outcomes, o)
	mine := !d.recording
	d.recording = true
	d.mu.Unlock()
	if !mine {
		return
	}
	for batch := d.finished(); len(batch) > 0; batch = d.finished() {
		d.recordBatch(ctx, batch)
		d.free(batch)
	}
}

// finished takes outcomes that wait to be recorded, about recordSize messages of them.
// Without any, recording ends.
func (d *Dispatcher) finished() []outcome {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, messages := 0, 0
	for n < len(d.outcomes) && messages < recordSize {
		messages += len(d.outcomes[n].Messages)
		n++
	}
	batch := d.outcomes[:n:n]
	d.outcomes = d.outcomes[n:]
	d.recording = n > 0
	return batch
}

// recordBatch records outcomes in one transaction, or one by one when that fails: a fault
// in the hook of one must not keep the others from being recorded.
func (d *Dispatcher) recordBatch(ctx context.Context, batch []outcome) {
	err := d.recordAll(ctx, batch)
	if err == nil {
		return
	}
	if len(batch) == 1 {
		d.notRecorded(ctx, batch[0], err)
		return
	}
	for _, o := range batch {
		if err := d.recordAll(ctx, []outcome{o}); err != nil {
			d.notRecorded(ctx, o, err)
		}
	}
}

func (d *Dispatcher) recordAll(ctx context.Context, batch []outcome) error {
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	return d.DB.Do(ctx, func(tx *db.Tx) error {
		for _, o := range batch {
			if err := d.finish(tx, o.Delivery, o.err); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d *Dispatcher) notRecorded(ctx context.Context, o outcome, cause error) {
	d.Log.ErrorContext(ctx, "delivery not recorded, it will be repeated",
		"channel", o.Channel, "delivery", o.ID, "err", cause)
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	if err := d.unrecorded(ctx, o.Delivery, o.err == nil || mayHaveArrived(o.err), cause); err != nil {
		d.Log.ErrorContext(ctx, "delivery not put back, it will be repeated when its lease ends",
			"channel", o.Channel, "delivery", o.ID, "err", err)
	}
}
