package spool

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Damage is what the spool could not read since it was opened.
type Damage struct {
	// Places and Bytes count what was stepped over; the bytes are in files "damaged-…".
	Places, Bytes int64
	// Cut counts the bytes of a torn tail.
	Cut int64
	// Removed counts segments that somebody took away while they were needed, and RemovedBytes how
	// large those were: some readers may have read some of that before.
	Removed, RemovedBytes int64
}

// removed reports whether the file of a segment that is not there was removed, rather than being
// out of sight with the whole directory, as when a disk is not mounted: then it may come back. The
// first to find out counts and reports it.
func (s *Spool) removed(g *segment) bool {
	path := filepath.Join(s.c.Dir, "lock")
	there, err := os.Stat(path)
	mine, own := s.lock.Stat()
	if own != nil || (err != nil || !os.SameFile(there, mine)) && present(s.lock) == nil {
		return false
	}
	if _, err := os.Stat(g.path); err == nil {
		return false
	}
	s.mu.Lock()
	known := g.gone
	if !known {
		g.gone = true
		s.damage.Removed++
		s.damage.RemovedBytes += g.size
	}
	s.mu.Unlock()
	if !known {
		s.c.Log.Error("a file of the log spool was removed while it was needed: the log lines in it that had not been read are lost, the next ones go on",
			"file", g.path, "position", int64(g.start), "bytes", g.size)
	}
	return true
}

// keepDamage records a hole, reports it, and keeps its bytes in a file. Of two readers that find
// the same one the first does all that.
func (s *Spool) keepDamage(f *os.File, g *segment, h hole) {
	s.mu.Lock()
	if slices.Contains(g.holes, h) {
		s.mu.Unlock()
		return
	}
	g.holes = append(g.holes, h)
	s.damage.Places++
	s.damage.Bytes += h.to - h.from
	s.mu.Unlock()
	path, err := s.copyDamage(f, g, h)
	s.c.Log.Error("the log spool has damaged bytes, which were stepped over: log lines in them are lost unless they are taken from the file",
		"position", int64(g.start)+h.from, "bytes", h.to-h.from, "file", path, "err", err)
}

// copyDamage writes the bytes of a hole to a file of its own, unless an earlier Open did.
func (s *Spool) copyDamage(f *os.File, g *segment, h hole) (string, error) {
	return s.keepBytes(g.start+Position(h.from), h.to-h.from, io.NewSectionReader(f, h.from, h.to-h.from))
}

// Unreadable is called by a reader that cannot take the payload of a frame apart although it is what was
// appended. That is damage as any other: it is counted and told once, and the payload is kept in a file.
func (s *Spool) Unreadable(f Frame, why error) {
	s.mu.Lock()
	known := slices.Contains(s.unreadable, f.Start)
	if !known {
		start := s.segments[0].start
		s.unreadable = append(slices.DeleteFunc(s.unreadable, func(at Position) bool { return at < start }), f.Start)
		s.damage.Places++
		s.damage.Bytes += int64(len(f.Payload))
	}
	s.mu.Unlock()
	if known {
		return
	}
	path, err := s.keepBytes(f.Start, int64(len(f.Payload)), bytes.NewReader(f.Payload))
	s.c.Log.Error("a delivery in the log spool cannot be taken apart: log lines in it are lost unless they are taken from the file",
		"position", int64(f.Start), "rows", f.Rows, "why", why, "file", path, "err", err)
}

// keepBytes writes damaged bytes to a file of their own, unless it is there.
func (s *Spool) keepBytes(at Position, size int64, from io.Reader) (string, error) {
	path := filepath.Join(s.c.Dir, fmt.Sprintf("damaged-%019d-%d", int64(at), size))
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return path, nil
	}
	if err != nil {
		return path, err
	}
	_, err = io.Copy(to, from)
	return path, errors.Join(err, to.Sync(), to.Close())
}
