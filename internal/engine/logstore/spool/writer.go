package spool

import (
	"encoding/binary"
	"errors"
	"io"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
)

// run is the writer: one goroutine, so that a group is written while the next one gathers.
func (s *Spool) run() {
	defer close(s.stopped)
	for {
		select {
		case <-s.quit:
			return
		case <-s.wake:
		}
		for g := s.take(); g != nil; g = s.take() {
			s.finish(g, s.commit(g))
		}
	}
}

// take returns the pending group, nil when it is empty or the spool is closed.
func (s *Spool) take() *group {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.pending
	if s.closed || len(g.buf) == 0 {
		return nil
	}
	s.pending, s.spare = newGroup(s.spare), nil
	s.inflight = int64(len(g.buf))
	close(g.taken)
	return g
}

// commit writes and syncs a group.
func (s *Spool) commit(g *group) error {
	if err := s.prepare(g); err != nil {
		return err
	}
	a := s.last
	g.base = a.end()
	g.eachFrame(func(at Position, b []byte) { place(b, at, a.salt) })
	n, err := s.sys.write(s.file, g.buf, a.size)
	if err == nil && n < len(g.buf) {
		err = io.ErrShortWrite
	}
	if err != nil {
		s.breakOff(g)
		return err
	}
	passed := clock.Stopwatch()
	if err := errors.Join(s.sys.sync(s.file), present(s.file)); err != nil {
		s.breakOff(g)
		return err
	}
	s.publish(g, a)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastSync = passed()
	return nil
}

// eachFrame calls do with each frame of a group that has its base, and with all that follows it.
func (g *group) eachFrame(do func(at Position, b []byte)) {
	for off := 0; off < len(g.buf); {
		do(g.base+Position(off), g.buf[off:])
		off += headerSize + int(binary.LittleEndian.Uint32(g.buf[off+atLength:]))
	}
}

// prepare sees to it that the last segment can take the group.
func (s *Spool) prepare(g *group) error {
	a := s.last
	full := a.size > 0 && a.size+int64(len(g.buf)) > s.c.SegmentBytes
	switch {
	case s.broken:
		if err := s.recover(); err != nil {
			return err
		}
	case full || g.fresh:
		if err := s.extend(a.end()); err != nil {
			return err
		}
	default:
		return nil
	}
	s.removeReleased()
	return nil
}

// breakOff remembers that the last segment must not be written to any more.
func (s *Spool) breakOff(g *group) {
	s.reach = g.base + Position(len(g.buf))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = true
}

// recover seals the last segment, of which a write or a sync has failed, where it was last durable,
// and goes on in a new one. That begins where the failed frames would have ended, so that
// whatever the disk kept of those never stands at a position that is given again.
func (s *Spool) recover() error {
	if s.file != nil { // nil: Open had no room for one
		if err := s.file.Truncate(s.last.size); err != nil {
			return err
		}
	}
	if err := s.extend(s.reach); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = false
	return nil
}

// publish makes a synced group visible to readers.
func (s *Spool) publish(g *group, a *segment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g.eachFrame(func(at Position, b []byte) { a.note(at, decode(b), &s.total) })
	a.size += int64(len(g.buf))
	s.disk += int64(len(g.buf))
	s.failure = nil
	s.announce()
}

// maxSpare is the largest buffer that is kept for another group.
const maxSpare = 2 * groupBytes

// finish answers everybody who waits for a group.
func (s *Spool) finish(g *group, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inflight = 0
	if cap(g.buf) <= maxSpare {
		s.spare = g.buf
	}
	g.buf = nil
	if err != nil {
		if s.failure == nil {
			s.c.Log.Error("the log spool cannot write: nothing is acknowledged until it can", "dir", s.c.Dir, "err", err)
		}
		s.failure = err
		g.err = &errs.E{Kind: errs.Unavailable, Message: "the log spool cannot write to its disk; try again later", Err: err}
	}
	close(g.done)
}
