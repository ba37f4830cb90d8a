package spool

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"mainstay/internal/base/errs"
)

// Read returns durable frames in order, from a position on, and the position to go on from. It
// returns at least one frame if there is any, and otherwise none and the end, which can be further
// than the position asked for: go on from there. It returns more frames while they take at most maxBytes together,
// but not all that would fit: a call stays in one file. A position before Start is taken as Start,
// and damage is stepped over; both show in Frame.Start, which is then behind the position asked for.
// The payloads of one call share their memory.
//
// A position behind End is a Conflict: the directory was exchanged for an older one, and the reader
// must decide where to go on. Positions that are not from this spool read as damage.
func (s *Spool) Read(from Position, maxBytes int) ([]Frame, Position, error) {
	return s.ReadInto(nil, from, maxBytes)
}

// ReadInto is Read with payloads in room that the caller has, if it is enough: for readers that are
// done with them before they read on.
func (s *Spool) ReadInto(room []byte, from Position, maxBytes int) ([]Frame, Position, error) {
	for {
		v, err := s.view(from)
		if err != nil {
			return nil, from, err
		}
		if v.from == v.limit {
			return nil, v.from, nil
		}
		frames, next, err := s.readView(room, v, maxBytes)
		if errors.Is(err, fs.ErrNotExist) && s.Start() > v.g.start {
			continue // released and removed since view looked
		}
		if errors.Is(err, fs.ErrNotExist) && s.removed(v.g) {
			from = v.limit // what is in it cannot be had any more; others are behind it
			continue
		}
		if err != nil || len(frames) > 0 {
			return frames, next, err
		}
		from = next
	}
}

// view is what a reader may see of a segment: the offsets from which and up to which.
type view struct {
	g           *segment
	offset      int64
	size        int64
	from, limit Position // the same as positions
}

// view finds the segment in which, or before which, a position stands. It is empty at the end.
func (s *Spool) view(from Position) (view, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return view{}, errClosed()
	}
	if end := s.end(); from > end {
		return view{}, errs.Conflictf("position %d is behind the end of log spool %s, %d: its directory is an older one", from, s.id, end)
	}
	for _, g := range s.segments {
		if (from >= g.end() || g.size == 0) && g != s.active() {
			continue
		}
		from = max(from, g.start)
		return view{g, int64(from - g.start), g.size, from, g.end()}, nil
	}
	return view{}, nil // not reached: the last segment is always there
}

// readView returns the first frames of a view.
func (s *Spool) readView(room []byte, v view, maxBytes int) ([]Frame, Position, error) {
	f, err := os.Open(v.g.path)
	if err != nil {
		return nil, v.from, err
	}
	defer f.Close()
	most := max(int64(maxBytes), headerSize)
	r := segmentReader{window{r: f, limit: v.size, size: int(min(most, v.size-v.offset)), room: room}, v.g.start, v.g.salt}
	var frames []Frame
	off := v.offset
	for off < v.size {
		if len(frames) > 0 && !r.within(off, v.offset+most) {
			break
		}
		h, payload, found, err := r.frame(off)
		if err != nil {
			return nil, v.from, err
		}
		if found != sound {
			if len(frames) > 0 {
				break // the next call steps over it
			}
			if off, err = s.stepOver(f, v, off); err != nil {
				return nil, v.from, err
			}
			return nil, v.g.start + Position(off), nil
		}
		start := v.g.start + Position(off)
		frames = append(frames, Frame{h.received, h.rows, h.kind, payload, start, start + Position(h.size())})
		off += h.size()
	}
	return frames, v.g.start + Position(off), nil
}

// within reports whether the frame at an offset ends before a limit, as far as its header says.
func (r *segmentReader) within(off, limit int64) bool {
	if off+headerSize > limit {
		return false
	}
	b, err := r.bytes(off, headerSize)
	if err != nil {
		return false
	}
	h, ok := parseHeader(b, r.start+Position(off), r.salt)
	return ok && off+h.size() <= limit
}

// stepOver returns the offset of the next sound frame, and reports the damage before it once.
func (s *Spool) stepOver(f *os.File, v view, off int64) (int64, error) {
	s.mu.Lock()
	for _, h := range v.g.holes {
		if h.from <= off && off < h.to {
			s.mu.Unlock()
			return h.to, nil
		}
	}
	s.mu.Unlock()
	r := segmentReader{window{r: f, limit: v.size, size: scanSize, reuse: true}, v.g.start, v.g.salt}
	to, err := r.next(off)
	if err == nil {
		s.keepDamage(f, v.g, hole{off, to})
	}
	return to, err
}

// Wait returns nil when the end has moved from a position, at once if it is another. It
// returns the error of ctx when that ends first, and Unavailable when the spool is closed.
func (s *Spool) Wait(ctx context.Context, after Position) error {
	for {
		changed, err := s.watch(ctx, after)
		if changed == nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// watch returns nil when Wait is over, otherwise what is closed at the next change.
func (s *Spool) watch(ctx context.Context, after Position) (<-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(ctx); err != nil {
		return nil, err
	}
	if s.end() != after {
		return nil, nil // also when after is behind the end: Read then says so
	}
	if s.changed == nil {
		s.changed = make(chan struct{})
	}
	return s.changed, nil
}
