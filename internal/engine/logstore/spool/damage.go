package spool

import (
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
	path := filepath.Join(s.c.Dir, fmt.Sprintf("damaged-%019d-%d", int64(g.start)+h.from, h.to-h.from))
	to, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return path, nil
	}
	if err != nil {
		return path, err
	}
	_, err = io.Copy(to, io.NewSectionReader(f, h.from, h.to-h.from))
	return path, errors.Join(err, to.Sync(), to.Close())
}
