package logstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/engine/logstore/spool"
)

// forwarder sends what is in the spool to the engine, in order, and remembers what is durable
// there.
//
//	durable ≤ sent ≤ end of the spool
//
// Before rows are sent, how far they reach is written down, so that after a crash those that may
// have arrived are known and can be marked.
type forwarder struct {
	spool  *spool.Spool
	reader string // its name at the spool
	// mine reports whether frames of a kind are sent by this forwarder; the others are passed over. Nil
	// says that all are.
	mine   func(kind uint8) bool
	client *client
	engine func() (Condition, <-chan struct{})
	// settled is how long the same engine must live on before rows that it took are durable.
	settled time.Duration
	clock   clock.Clock
	log     *slog.Logger
	notes   *os.File
	refused refusals

	room []byte // for what is read
	idle bool   // nothing came the last time

	mu      sync.Mutex
	durable spool.Position // before it everything is durable in the engine
	sent    spool.Position // before it everything has been sent to the engine that lives now
	tried   spool.Position // before it anything may have arrived
	taken   []taken        // sent and not durable yet, oldest first
	rows    int64          // sent since the start
	again   int64          // of them, marked as possible repeats
	failing string         // why the last attempt failed, "" when it did not
	since   time.Time      // when attempts began to fail
}

// taken says that the engine took everything before a position.
type taken struct {
	to         spool.Position
	at         time.Time
	generation int64
	passed     bool // nothing was sent: there were frames of others only
}

// forwarderReader names the forwarder of standard lines at the spool.
const forwarderReader = "forwarder"

const (
	batchBytes  = 4 << 20
	sendTimeout = time.Minute
	passedFor   = time.Second // how often frames of others that were passed over are written down
	lookEvery   = 500 * time.Millisecond
)

// open reads how far an earlier process came.
func (f *forwarder) open(path string) error {
	var err error
	if f.notes, err = os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return err
	}
	text, err := io.ReadAll(f.notes)
	if err != nil {
		return errors.Join(err, f.notes.Close())
	}
	var id, boot string
	_, err = fmt.Sscanf(string(text), "%s %d %d %s", &id, &f.durable, &f.tried, &boot)
	if err != nil || id != f.spool.ID() {
		f.durable, f.tried = f.spool.Start(), f.spool.Start()
		if len(text) > 0 { // notes that cannot be read: anything may have arrived
			f.tried = f.spool.End()
		}
	}
	if boot != bootID() { // the machine went down: the last notes may have gone with it
		f.tried = f.spool.End()
	}
	f.durable = max(min(f.durable, f.spool.End()), f.spool.Start())
	f.tried = max(min(f.tried, f.spool.End()), f.durable)
	f.sent = f.durable
	f.spool.Release(f.reader, f.durable)
	return nil
}

// bootID changes when the machine starts; it is "-" where the system does not say.
func bootID() string {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "-"
	}
	return strings.TrimSpace(string(b))
}

// note writes how far it came. Without sync it outlives this process but not the machine.
func (f *forwarder) note(sync bool) error {
	line := fmt.Sprintf("%s %020d %020d %s\n", f.spool.ID(), f.durable, f.tried, bootID())
	if _, err := f.notes.WriteAt([]byte(line), 0); err != nil {
		return err
	}
	if sync {
		return f.notes.Sync()
	}
	return nil
}

// run forwards until ctx ends.
func (f *forwarder) run(ctx context.Context) {
	var generation int64
	for ctx.Err() == nil {
		condition, changed := f.engine()
		if condition.Up && condition.Generation != generation {
			f.restart()
			generation = condition.Generation
		}
		sent := (condition.Up || f.mine != nil) && f.step(ctx, generation, condition.Up)
		f.settle()
		if sent {
			continue
		}
		f.rest(ctx, changed, condition.Up)
	}
}

// rest waits until there may be something to do: at most lookEvery, because rows settle without a
// sign. After a failure, and while the engine is down, it waits that long, and not for more rows.
func (f *forwarder) rest(ctx context.Context, changed <-chan struct{}, up bool) {
	f.mu.Lock()
	sent, failing := f.sent, f.failing != ""
	f.mu.Unlock()
	more := make(chan struct{})
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	if up && !failing {
		go func() {
			if f.spool.Wait(waiting, sent) == nil {
				close(more)
			}
		}()
	}
	select {
	case <-ctx.Done():
	case <-changed:
	case <-more:
	case <-f.clock.After(lookEvery):
	}
}

// restart goes back to what is durable, because the engine that took the rest has gone.
func (f *forwarder) restart() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent, f.taken = f.durable, nil
}

// batch is frames that are sent together.
type batch struct {
	frames []spool.Frame
	next   spool.Position // behind them
	again  bool           // they may have arrived before
}

// step sends the next rows and reports whether the engine took them. While the engine is down, frames
// of others are passed over all the same, so that the spool need not keep them.
func (f *forwarder) step(ctx context.Context, generation int64, up bool) bool {
	b, ok := f.read()
	switch {
	case !ok:
		return false
	case len(b.frames) == 0:
		f.pass(b.next)
		return true
	case !up:
		return false
	}
	var rows, marked int64
	err := f.trying(b.next)
	if err == nil {
		rows, marked, err = f.send(ctx, b.frames, b.again)
	}
	f.fail(err)
	if err != nil {
		f.room = nil // a request that was cut off may still be reading it
		return false
	}
	f.took(b.next, rows, marked, generation)
	return true
}

// read returns the next frames that are sent from here, none when there are only others' before next;
// not ok when there is nothing at all.
func (f *forwarder) read() (b batch, ok bool) {
	f.mu.Lock()
	from, tried := f.sent, f.tried
	f.mu.Unlock()
	if f.room == nil && from < f.spool.End() {
		f.room = make([]byte, 0, batchBytes)
	}
	frames, next, err := f.spool.ReadInto(f.room, from, batchBytes)
	if err == nil && len(frames) > 0 {
		f.idle = false
		return batch{f.own(frames), next, from < tried}, true
	}
	if f.idle { // nothing comes: nothing is held
		f.room = nil
	}
	f.idle = true
	f.fail(err)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent = next // damage at the end has been stepped over
	return batch{}, false
}

// trying notes that everything before a position may be in the engine from now on.
func (f *forwarder) trying(next spool.Position) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tried = max(f.tried, next)
	return f.note(false)
}

// send sends frames and counts the rows that were taken, and those of them that were marked. When the
// engine will never take them, the halves are sent by themselves, until the frame that is at fault
// stands alone: that one is kept in a file, and the others are taken.
func (f *forwarder) send(ctx context.Context, frames []spool.Frame, again bool) (rows, marked int64, err error) {
	body, rows, marked := f.body(frames, again)
	err = f.post(ctx, body)
	switch {
	case !errs.Is(err, errs.Invalid):
		return rows, marked, err
	case len(frames) == 1:
		return 0, 0, f.refuse(frames[0], err)
	}
	rows, marked = 0, 0
	for _, half := range [][]spool.Frame{frames[:len(frames)/2], frames[len(frames)/2:]} {
		r, m, err := f.send(ctx, half, true) // what stands before the fault may have been taken
		if err != nil {
			return 0, 0, err
		}
		rows, marked = rows+r, marked+m
	}
	return rows, marked, nil
}

func (f *forwarder) post(ctx context.Context, body payloads) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	return f.client.send(ctx, body)
}

// refuse keeps a frame that the engine will never take. Until it is kept, it counts as not sent.
func (f *forwarder) refuse(frame spool.Frame, why error) error {
	path, err := f.refused.keep(f.spool.ID(), frame)
	if err != nil {
		return fmt.Errorf("log lines that the log engine refuses cannot be kept in a file: %w", err)
	}
	f.log.Error("the log engine will never take these log lines, which are kept in a file", "err", why, "rows", frame.Rows, "file", path)
	return nil
}

// took notes that the engine has everything before a position.
func (f *forwarder) took(next spool.Position, rows, marked, generation int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent = next
	f.rows += rows
	f.again += marked
	f.taken = append(f.taken, taken{to: next, at: f.clock.Now(), generation: generation})
}

// own are the frames that are sent from here.
func (f *forwarder) own(frames []spool.Frame) []spool.Frame {
	if f.mine == nil {
		return frames
	}
	return slices.DeleteFunc(frames, func(fr spool.Frame) bool { return !f.mine(fr.Kind) })
}

// pass goes on behind frames of others. What comes one after the other is one entry, so that it is
// written down once in a while and not for each.
func (f *forwarder) pass(to spool.Position) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent, f.tried = to, max(f.tried, to)
	f.failing = ""
	if n := len(f.taken); n > 0 && f.taken[n-1].passed {
		f.taken[n-1].to = to
		return
	}
	f.taken = append(f.taken, taken{to: to, at: f.clock.Now(), passed: true})
}

// body is the rows of frames, one behind the other; those that may have arrived before are marked.
func (f *forwarder) body(frames []spool.Frame, again bool) (body payloads, rows, marked int64) {
	for _, frame := range frames {
		payload := frame.Payload
		rows += int64(frame.Rows)
		if again {
			if p, err := mark(payload); err != nil {
				f.spool.Unreadable(frame, err)
			} else {
				payload = p
				marked += int64(frame.Rows)
			}
		}
		body = append(body, payload)
	}
	return body, rows, marked
}

// payloads are the encoded rows of several frames, sent without joining them.
type payloads [][]byte

func (p payloads) size() (n int64) {
	for _, b := range p {
		n += int64(len(b))
	}
	return n
}

func (p payloads) reader() io.Reader {
	parts := make([]io.Reader, len(p))
	for i, b := range p {
		parts[i] = bytes.NewReader(b)
	}
	return io.MultiReader(parts...)
}

func (f *forwarder) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	was := f.failing
	f.failing = ""
	if err != nil && !errors.Is(err, context.Canceled) {
		f.failing = err.Error()
		if was == "" {
			f.since = f.clock.Now()
			f.log.Warn("log lines cannot be handed to the engine now; they are kept", "err", err)
		}
	}
}

// settle moves the durable position over what the engine has held for long enough.
func (f *forwarder) settle() {
	condition, _ := f.engine()
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for n < len(f.taken) && f.durably(f.taken[n], condition) {
		n++
	}
	if n == 0 {
		return
	}
	f.advance(f.taken[n-1].to)
	f.taken = f.taken[n:]
}

// durably reports whether what was taken is on the engine's disk.
func (f *forwarder) durably(t taken, c Condition) bool {
	if t.passed {
		return f.clock.Now().Sub(t.at) >= passedFor
	}
	return c.Up && t.generation == c.Generation && c.lived(t.at) >= f.settled
}

// lived is for how long the engine has been at work since an instant, as far as its answers show.
func (c Condition) lived(since time.Time) time.Duration {
	if c.Steady.After(since) {
		since = c.Steady
	}
	return c.Answered.Sub(since)
}

// advance notes durably that everything before a position is durable in the engine.
func (f *forwarder) advance(to spool.Position) {
	f.durable = to
	if err := f.note(true); err != nil {
		f.log.Error("how far lines were handed to the engine cannot be written down", "err", err)
		return
	}
	f.spool.Release(f.reader, to)
}

// allStored is called when the engine has ended in its own time, having written all that it took.
func (f *forwarder) allStored() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.tried == f.sent { // nothing was on its way when it stopped
		f.taken = nil
		f.advance(f.sent)
	}
}
