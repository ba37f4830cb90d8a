package spool

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"mainstay/internal/base/errs"
)

// group is frames that are written and synced together.
type group struct {
	buf   []byte        // whole frames; the writer completes their headers
	fresh bool          // begins a new segment: what the last one holds has been released
	taken chan struct{} // closed when the writer takes it, or when it fails before
	done  chan struct{} // closed when base or err is set
	base  Position
	err   error
}

func newGroup(buf []byte) *group {
	return &group{buf: buf[:0], taken: make(chan struct{}), done: make(chan struct{})}
}

// fail ends a group that the writer never saw.
func (g *group) fail(err error) {
	g.err = err
	close(g.taken)
	close(g.done)
}

// Append makes a frame durable and returns the position of its end. It keeps nothing of the
// payload. A frame that can never be taken is Invalid. Unavailable says that the frame was not
// acknowledged and should be sent again later: the spool or the disk is full (then nothing was
// written), the disk fails, or the spool is closed. When ctx ends while the frame waits for the disk
// the answer is its error, and the frame may still become durable.
func (s *Spool) Append(ctx context.Context, f Frame) (Position, error) {
	h, err := s.headerOf(f)
	if err != nil {
		return 0, err
	}
	g, end, err := s.enqueue(ctx, h, f.Payload)
	if err != nil {
		return 0, err
	}
	select {
	case <-g.done:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	if g.err != nil {
		return 0, g.err
	}
	return g.base + Position(end), nil
}

func (s *Spool) headerOf(f Frame) (header, error) {
	var bad errs.Check
	bad.Require(len(f.Payload) <= MaxPayload, "payload", "must be at most %s", size(MaxPayload))
	bad.Require(headerSize+int64(len(f.Payload)) <= s.c.MaxBytes, "payload", "does not fit into a log spool of %s", size(s.c.MaxBytes))
	bad.Require(f.Rows >= 0 && f.Rows <= MaxRows, "rows", "must be a count")
	bad.Require(f.Kind <= MaxKind, "kind", "must be at most %d", MaxKind)
	if f.Received.IsZero() {
		f.Received = s.c.Clock.Now()
	}
	return header{len(f.Payload), f.Rows, f.Kind, f.Received, checksum(f.Payload)}, bad.Err("the frame")
}

// enqueue copies a frame into the pending group and returns its end therein.
func (s *Spool) enqueue(ctx context.Context, h header, payload []byte) (*group, int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if err := s.usable(ctx); err != nil {
			return nil, 0, err
		}
		g := s.pending
		if len(g.buf) < groupBytes {
			break
		}
		s.mu.Unlock()
		select {
		case <-g.taken:
		case <-ctx.Done():
		}
		s.mu.Lock()
	}
	if err := s.admit(h.size()); err != nil {
		return nil, 0, err
	}
	g := s.pending
	g.buf = append(appendHeader(slices.Grow(g.buf, int(h.size())), h), payload...)
	s.poke()
	return g, len(g.buf), nil
}

func (s *Spool) usable(ctx context.Context) error {
	if s.closed {
		return errClosed()
	}
	return ctx.Err()
}

// poke tells the writer that something is pending.
func (s *Spool) poke() {
	select {
	case s.wake <- struct{}{}:
	default: // it has been told
	}
}

// admit finds room for a frame of n bytes.
func (s *Spool) admit(n int64) error {
	if len(s.pending.buf) == 0 {
		s.measure()
	}
	fresh, err := s.fits(n)
	if err != nil {
		s.refused = n
		return err
	}
	s.pending.fresh = fresh
	s.refused = 0
	return nil
}

// fits returns an error when there is no room for n more bytes. When all that the spool holds
// stands in the last segment and has been released, that segment goes for them: fresh.
func (s *Spool) fits(n int64) (fresh bool, err error) {
	coming := s.inflight + int64(len(s.pending.buf)) + n
	if s.pending.fresh {
		return true, s.room(coming - s.active().size)
	}
	if err = s.room(coming); err != nil && s.spent() {
		return true, s.room(coming - s.active().size)
	}
	return false, err
}

// measure asks the disk how much is free. A disk that does not say is taken as empty: MaxBytes is
// then the limit.
func (s *Spool) measure() {
	free, err := s.sys.free(s.c.Dir)
	if err != nil {
		free = math.MaxInt64
	}
	s.free = free
}

// spent reports whether nothing that has been appended is needed any more.
func (s *Spool) spent() bool {
	return s.inflight == 0 && len(s.pending.buf) == 0 && s.active().size > 0 && s.needed() >= s.end()
}

// room returns an error when so many more bytes exceed a limit.
func (s *Spool) room(coming int64) error {
	if s.disk+coming > s.c.MaxBytes {
		return errs.Unavailablef("the log spool is full: %s of %s wait for %s; try again when they have caught up",
			size(s.disk), size(s.c.MaxBytes), s.behind())
	}
	if s.free-coming < s.c.MinFree {
		return errs.Unavailablef("the disk of the log spool is full: %s are free and %s must stay free; make room in %s",
			size(s.free), size(s.c.MinFree), s.c.Dir)
	}
	return nil
}

// behind names the readers for which the oldest segment is kept.
func (s *Spool) behind() string {
	var names []string
	for _, r := range s.c.Readers {
		if at, ok := s.released[r]; !ok || at < s.segments[0].end() {
			names = append(names, r)
		}
	}
	if len(names) == 0 {
		return "removal"
	}
	return strings.Join(names, ", ")
}

func size(n int64) string {
	switch {
	case n < 1<<20:
		return fmt.Sprintf("%d bytes", n)
	case n < 10<<30:
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d GB", n>>30)
}
