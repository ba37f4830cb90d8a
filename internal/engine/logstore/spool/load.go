package spool

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// scanSize is how much of a segment is read at a time when it is opened.
const scanSize = 1 << 20

// load reads the directory and makes the last segment ready to be written to.
func (s *Spool) load() error {
	h, fresh, err := readHead(s.c.Dir)
	if err != nil {
		return err
	}
	s.id = h.id
	list, err := listSegments(s.c.Dir)
	if err != nil {
		return err
	}
	if fresh && len(list) > 0 {
		s.c.Log.Warn("the log spool has lost its identity and got a new one: readers begin at its start again", "dir", s.c.Dir)
	}
	list, err = s.unique(list)
	if err != nil {
		return err
	}
	end, err := s.loadSegments(list)
	if err != nil {
		return err
	}
	if n := len(s.segments); n > 0 && s.segments[n-1].start >= h.newest && s.segments[n-1].end() == end {
		return s.resume()
	}
	if n := len(s.segments); n == 0 || s.segments[n-1].start < h.newest {
		end = max(end, h.reserve)
	}
	return s.begin(end)
}

// begin makes the first segment that is written to. On a full disk the first append that has room
// does it; until then one without a file stands for it.
func (s *Spool) begin(at Position) error {
	err := s.extend(at)
	if !outOfRoom(err) {
		return err
	}
	s.last = newSegment(s.c.Dir, at)
	s.segments = append(s.segments, s.last)
	s.postpone(err)
	return nil
}

// postpone leaves it to the first append that has room to begin a new segment at the end.
func (s *Spool) postpone(err error) {
	s.c.Log.Error("the disk of the log spool is full: what it holds can be read, and nothing is acknowledged until there is room",
		"dir", s.c.Dir, "err", err)
	s.failure, s.broken, s.reach = err, true, s.end()
}

// outOfRoom reports whether an error goes away when somebody makes room on the disk.
func outOfRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// loadSegments scans what is there. It returns the position where new frames go, which is behind
// what was cut off: a reader may have been there.
func (s *Spool) loadSegments(list []*segment) (end Position, err error) {
	for i, g := range list {
		if i+1 < len(list) {
			g.size = min(g.size, int64(list[i+1].start-g.start)) // behind it is what a failed write left
		}
		end = g.end()
		if err := s.loadSegment(g, i == len(list)-1); err != nil {
			return 0, err
		}
		if err := s.admitLoaded(g, i == len(list)-1); err != nil {
			return 0, err
		}
	}
	return end, nil
}

// admitLoaded takes a scanned segment into the list; an empty one only serves as the last.
func (s *Spool) admitLoaded(g *segment, last bool) error {
	if g.size == 0 && !last {
		return os.Remove(g.path)
	}
	s.segments = append(s.segments, g)
	s.disk += g.size
	return nil
}

// unique leaves one segment of each start. A second, empty one can be left by a creation that
// failed; with content it was put there by somebody, and is renamed.
func (s *Spool) unique(list []*segment) ([]*segment, error) {
	var kept []*segment
	for _, g := range list {
		n := len(kept)
		switch {
		case n == 0 || kept[n-1].start < g.start:
			kept = append(kept, g)
		case g.size == 0:
			if err := os.Remove(g.path); err != nil {
				return nil, err
			}
		default:
			s.c.Log.Error("two segments of the log spool begin at the same position: the smaller is set aside", "segment", g.path)
			s.damage.Places++
			s.damage.Bytes += g.size
			if err := os.Rename(g.path, g.path+".aside"); err != nil && !outOfRoom(err) {
				return nil, err
			}
		}
	}
	return kept, nil
}

func (s *Spool) loadSegment(g *segment, last bool) error {
	f, err := os.OpenFile(g.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	r := segmentReader{window{r: f, limit: g.size, size: scanSize, reuse: true}, g.start, g.salt}
	holes, err := r.scan(func(off int64, h header) { g.note(g.start+Position(off), h, &s.total) })
	if err != nil {
		return err
	}
	if n := len(holes); last && n > 0 && holes[n-1].to == g.size {
		s.cut(g, holes[n-1].from)
		holes = holes[:n-1]
	}
	for _, h := range holes {
		s.keepDamage(f, g, h)
	}
	if last {
		return s.syncLoaded(f)
	}
	return nil
}

// syncLoaded makes what a killed process wrote and had no time to sync count as durable. A disk
// without room for it is no reason not to read it; nothing is written to that file any more.
func (s *Spool) syncLoaded(f *os.File) error {
	err := s.sys.sync(f)
	if outOfRoom(err) {
		s.failure = err
		return nil
	}
	return err
}

// cut leaves the torn tail of a segment out. It stays in the file until a head has been written that
// remembers its positions as given.
func (s *Spool) cut(g *segment, size int64) {
	s.c.Log.Warn("the log spool had a torn tail, which was cut off: nothing in it had been acknowledged, unless the disk lost it",
		"position", int64(g.start)+size, "bytes", g.size-size)
	s.damage.Cut += g.size - size
	g.size = size
	s.torn = g
}

// cutTorn takes the torn tail off its file.
func (s *Spool) cutTorn() error {
	if s.torn == nil {
		return nil
	}
	if err := syncDir(s.c.Dir); err != nil {
		return err
	}
	f, err := os.OpenFile(s.torn.path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		s.torn = nil // released meanwhile
		return nil
	}
	if err != nil {
		return err
	}
	if err := errors.Join(f.Truncate(s.torn.size), s.sys.sync(f), f.Close()); err != nil {
		return err
	}
	s.torn = nil
	return nil
}

// resume goes on in the last segment.
func (s *Spool) resume() error {
	g := s.active()
	f, err := os.OpenFile(g.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	err = errors.Join(s.failure, s.headFor(g.start).write(s.c.Dir, s.sys), syncDir(s.c.Dir))
	if err != nil && !outOfRoom(err) {
		return errors.Join(err, f.Close())
	}
	s.file, s.last = f, g
	if err != nil {
		s.postpone(err)
	}
	return nil
}

// groupBytes is when a group takes no more frames. Its last one may be as large as a frame can be.
const groupBytes = 8 << 20

// headFor is the head to write before a segment is used.
func (s *Spool) headFor(start Position) head {
	most := max(s.c.SegmentBytes, groupBytes+headerSize+MaxPayload)
	return head{id: s.id, newest: start, reserve: start + Position(most)}
}

// extend makes a new last segment. What fails leaves the spool as it was, perhaps with an empty
// file, which the next Open removes. Only Open and the writer call it.
func (s *Spool) extend(start Position) error {
	if err := s.headFor(start).write(s.c.Dir, s.sys); err != nil {
		return err
	}
	if err := s.cutTorn(); err != nil {
		return err
	}
	g, f, err := createFile(s.c.Dir, start)
	if err != nil {
		return err
	}
	if err := syncDir(s.c.Dir); err != nil {
		return errors.Join(err, f.Close(), os.Remove(g.path))
	}
	if s.file != nil {
		_ = s.file.Close() // everything that counts in it is synced
	}
	s.file, s.last = f, g
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := len(s.segments); n > 0 && s.segments[n-1].size == 0; n-- {
		s.stale = append(s.stale, s.segments[n-1])
		s.segments = s.segments[:n-1]
	}
	s.segments = append(s.segments, g)
	return nil
}
