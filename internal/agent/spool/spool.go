// Package spool is the agent's disk buffer: a durable queue of NDJSON lines for what cannot be
// read again once it is gone. These are the rests of log files that were deleted, changes of
// watched files, and events of Windows. Log files that still exist are their own buffer and do
// not come here.
//
// What Append has taken survives a crash; what was handed out and not yet taken away by Advance is
// handed out again. A queue that is full refuses, so that whoever appends keeps its own place.
package spool

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"mainstay/internal/agent/keep"
	"mainstay/internal/base/errs"
)

// segmentBytes is the size at which a new segment is begun: what is sent is deleted in such steps.
const segmentBytes = 8 << 20

// Spool is one queue. It is safe for concurrent use by one reader and many writers.
type Spool struct {
	dir   string
	limit int64

	mu       sync.Mutex
	segments []segment
	head     int64    // how much of the first segment is done with
	tail     *os.File // of the last segment, nil until something is appended
}

type segment struct {
	number int64
	size   int64
}

// position says how far the queue was sent.
type position struct {
	Segment int64 `json:"segment"`
	Offset  int64 `json:"offset"`
}

// Open opens the queue in a directory, made if needed. limit bounds it, in bytes.
func Open(dir string, limit int64) (*Spool, error) {
	s := &Spool{dir: dir, limit: limit}
	if err := keep.Dir(dir); err != nil {
		return nil, err
	}
	if err := s.list(); err != nil {
		return nil, err
	}
	at, _, err := keep.Load[position](s.positionFile())
	if err != nil {
		return nil, err
	}
	for len(s.segments) > 0 && s.segments[0].number < at.Segment {
		if err := s.drop(); err != nil {
			return nil, err
		}
	}
	if len(s.segments) > 0 && s.segments[0].number == at.Segment {
		s.head = min(at.Offset, s.segments[0].size)
	}
	return s, nil
}

func (s *Spool) positionFile() string { return filepath.Join(s.dir, "position.json") }
func (s *Spool) file(n int64) string  { return filepath.Join(s.dir, fmt.Sprintf("%012d.ndjson", n)) }

// list finds the segments and cuts off a last line that a crash left unfinished.
func (s *Spool) list() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		digits, ok := strings.CutSuffix(e.Name(), ".ndjson")
		number, err := strconv.ParseInt(digits, 10, 64)
		if !ok || err != nil {
			continue
		}
		size, err := whole(filepath.Join(s.dir, e.Name()))
		if err != nil {
			return err
		}
		s.segments = append(s.segments, segment{number, size})
	}
	slices.SortFunc(s.segments, func(a, b segment) int { return int(a.number - b.number) })
	return nil
}

// whole truncates a segment after its last line end and returns its size.
func whole(name string) (size int64, err error) {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	size = info.Size()
	buf := make([]byte, 64<<10)
	for at := size; at > 0; {
		n := min(at, int64(len(buf)))
		if _, err := f.ReadAt(buf[:n], at-n); err != nil {
			return 0, err
		}
		if i := bytes.LastIndexByte(buf[:n], '\n'); i >= 0 {
			at += int64(i) + 1 - n
			return at, f.Truncate(at)
		}
		at -= n
	}
	return 0, f.Truncate(0)
}

// Size returns how many bytes wait.
func (s *Spool) Size() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.size()
}

func (s *Spool) size() int64 {
	n := -s.head
	for _, g := range s.segments {
		n += g.size
	}
	return n
}

// Append adds whole lines. When it returns nil they survive a crash. An Unavailable error says
// that there is no room.
func (s *Spool) Append(lines []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(lines) == 0 {
		return nil
	}
	if s.size()+int64(len(lines)) > s.limit {
		return errs.Unavailablef("the disk buffer %s is full (%d bytes): the server must be reached, or buffer: be raised", s.dir, s.limit)
	}
	if err := s.room(); err != nil {
		return err
	}
	last := &s.segments[len(s.segments)-1]
	_, err := s.tail.WriteAt(lines, last.size)
	if err = errors.Join(err, s.tail.Sync()); err != nil {
		return errors.Join(err, s.tail.Truncate(last.size))
	}
	last.size += int64(len(lines))
	return nil
}

// room opens the last segment, or a new one when that is long enough.
func (s *Spool) room() (err error) {
	last := len(s.segments) - 1
	if last >= 0 && s.segments[last].size < segmentBytes {
		if s.tail == nil {
			s.tail, err = os.OpenFile(s.file(s.segments[last].number), os.O_RDWR, 0)
		}
		return err
	}
	at, _, err := keep.Load[position](s.positionFile())
	if err != nil {
		return err
	}
	number := at.Segment + 1
	if last >= 0 {
		number = s.segments[last].number + 1
	}
	if err := s.closeTail(); err != nil {
		return err
	}
	if s.tail, err = os.OpenFile(s.file(number), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600); err != nil {
		return err
	}
	s.segments = append(s.segments, segment{number: number})
	return keep.SyncDir(s.dir)
}

// Peek returns the oldest lines, as many as fit in limit bytes and at least one; none when the
// queue is empty.
func (s *Spool) Peek(limit int) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.segments) == 0 || s.size() == 0 {
		return nil, nil
	}
	for {
		lines, err := s.read(limit)
		if err != nil || len(lines) > 0 {
			return lines, err
		}
		limit *= 2 // one line is longer
	}
}

// read returns the whole lines in the next limit bytes of the first segment.
func (s *Spool) read(limit int) ([]byte, error) {
	first := s.segments[0]
	f, err := os.Open(s.file(first.number))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	buf := make([]byte, min(int64(limit), first.size-s.head))
	if _, err := f.ReadAt(buf, s.head); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return buf[:bytes.LastIndexByte(buf, '\n')+1], nil
}

// Advance takes n bytes of whole lines away, which Peek has returned and which are safe elsewhere.
func (s *Spool) Advance(n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.head += int64(n)
	at := position{s.segments[0].number, s.head}
	if err := keep.Save(s.positionFile(), at); err != nil {
		return err
	}
	if s.head >= s.segments[0].size {
		return s.drop()
	}
	return nil
}

// drop deletes the first segment.
func (s *Spool) drop() error {
	if len(s.segments) == 1 {
		if err := s.closeTail(); err != nil {
			return err
		}
	}
	if err := os.Remove(s.file(s.segments[0].number)); err != nil {
		return err
	}
	s.segments, s.head = s.segments[1:], 0
	return nil
}

func (s *Spool) closeTail() error {
	if s.tail == nil {
		return nil
	}
	err := s.tail.Close()
	s.tail = nil
	return err
}

// Close closes the files; what is in the queue stays.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closeTail()
}
