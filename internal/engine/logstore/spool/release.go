package spool

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"slices"
)

// Release says that a reader needs nothing before a position any more. It is kept in memory only:
// after Open every reader releases its durable cursor again, and until all have done so nothing is
// removed. A reader never takes back what it has released.
func (s *Spool) Release(reader string, upTo Position) {
	if !s.release(reader, upTo) {
		s.c.Log.Error("a release was ignored: it is from no reader of the log spool, or behind its end",
			"reader", reader, "position", upTo)
		return
	}
	s.removeReleased()
}

func (s *Spool) release(reader string, upTo Position) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.knows(reader) || upTo > s.end() {
		return false
	}
	s.released[reader] = max(s.released[reader], upTo)
	return true
}

// Released is the position before which a reader needs nothing, 0 when it has not said.
func (s *Spool) Released(reader string) Position {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.released[reader]
}

// needed is the position before which no reader needs anything.
func (s *Spool) needed() Position {
	least := Position(math.MaxInt64)
	for _, r := range s.c.Readers {
		least = min(least, s.released[r]) // 0 for one that has not released yet
	}
	return least
}

// removeReleased removes the files of segments that nobody needs, never the last one. One whose
// file cannot be removed is tried again with the next.
func (s *Spool) removeReleased() {
	s.removal.Lock()
	defer s.removal.Unlock()
	files := s.takeReleased()
	if len(files) == 0 {
		return
	}
	var left []*segment
	for _, g := range files {
		if err := os.Remove(g.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			s.c.Log.Error("a file of the log spool cannot be removed, though nobody needs it any more", "err", err)
			left = append(left, g)
		}
	}
	if err := syncDir(s.c.Dir); err != nil {
		s.c.Log.Error("the directory of the log spool cannot be synced: removed files may come back after a crash", "err", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range files {
		if !slices.Contains(left, g) {
			s.disk -= g.size
		}
	}
	s.stale = append(left, s.stale[len(files):]...)
}

// takeReleased moves what nobody needs from the segments to the stale ones, and returns those.
func (s *Spool) takeReleased() []*segment {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	n, needed := 0, s.needed()
	for n < len(s.segments)-1 && s.segments[n].end() <= needed {
		n++
	}
	s.stale = append(s.stale, s.segments[:n]...)
	s.segments = slices.Delete(s.segments, 0, n)
	return slices.Clone(s.stale)
}
