package spool

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
)

// Config describes a spool. Zero sizes mean the defaults.
type Config struct {
	// Dir is made when it does not exist. One process at a time may use it.
	Dir string
	// SegmentBytes is about how large a file grows: 64 MiB, and never more than a quarter of MaxBytes.
	SegmentBytes int64
	// MaxBytes is how much of the disk the segments may take: 4 GiB.
	MaxBytes int64
	// MinFree is how many bytes the disk must keep free: 512 MiB.
	MinFree int64
	// Readers are all who must have released a segment before it goes. There is at least one.
	Readers []string
	Clock   clock.Clock
	Log     *slog.Logger
}

const (
	defaultSegment = 64 << 20
	defaultMax     = 4 << 30
	defaultFree    = 512 << 20
)

func (c *Config) check() error {
	var bad errs.Check
	bad.Require(c.Dir != "", "Dir", "must name a directory")
	bad.Require(len(c.Readers) > 0, "Readers", "must name at least one")
	bad.Require(c.Clock != nil, "Clock", "must be set")
	bad.Require(c.SegmentBytes >= 0, "SegmentBytes", "must not be negative")
	bad.Require(c.MaxBytes >= 0, "MaxBytes", "must not be negative")
	bad.Require(c.MinFree >= 0, "MinFree", "must not be negative")
	if c.SegmentBytes == 0 {
		c.SegmentBytes = defaultSegment
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = defaultMax
	}
	if c.MinFree == 0 {
		c.MinFree = defaultFree
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.SegmentBytes = max(min(c.SegmentBytes, c.MaxBytes/4), 1)
	return bad.Err("the configuration of the log spool")
}

// system is what the spool asks of the disk; tests make it fail.
type system struct {
	write func(f *os.File, b []byte, off int64) (int, error)
	sync  func(f *os.File) error
	free  func(dir string) (int64, error)
}

func realSystem() system {
	return system{
		write: func(f *os.File, b []byte, off int64) (int, error) { return f.WriteAt(b, off) },
		sync:  syncData,
		free:  freeBytes,
	}
}

// Spool is an open write-ahead log. Its methods may be called by any number of goroutines.
type Spool struct {
	c    Config
	sys  system
	id   string
	lock *os.File

	wake    chan struct{} // one token: something is pending
	quit    chan struct{} // closed by Close
	stopped chan struct{} // closed by the writer when it has ended
	removal sync.Mutex    // held while segment files are removed

	last *segment // the writer's alone: the same as active()
	file *os.File // its file
	// reach is where the frames of the last failed write would have ended.
	reach Position
	torn  *segment // has a torn tail that is still in its file; nil without one

	mu       sync.Mutex
	segments []*segment // in order; the last one is written to
	total    count      // counted since Open, with what was there
	began    count      // total right after Open
	pending  *group     // what the writer takes next
	spare    []byte     // a buffer for the group after it
	inflight int64      // bytes that the writer is busy with
	free     int64      // of the disk, when pending was last empty
	refused  int64      // size of the last frame, when it did not fit
	failure  error      // of the last write, until one succeeds
	broken   bool       // the last segment may not be written to any more
	closed   bool
	changed  chan struct{} // closed and forgotten when the end moves; nil without a waiter
	released map[string]Position
	stale    []*segment // released, but their files could not be removed yet
	disk     int64      // bytes of the segments and the stale ones
	damage   Damage
	// unreadable are the frames that are counted in damage because of what is in them.
	unreadable []Position
	lastSync   time.Duration
}

// Open opens the spool in a directory, cuts off the torn tail that a crash may have left and steps
// over damage. A directory in use by another process is a Conflict. A full disk keeps it from nothing
// that can be read: appends are Unavailable until there is room.
func Open(c Config) (*Spool, error) { return open(c, realSystem()) }

func open(c Config, sys system) (*Spool, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	s := &Spool{c: c, sys: sys, wake: make(chan struct{}, 1), quit: make(chan struct{}),
		stopped: make(chan struct{}), pending: newGroup(nil), released: map[string]Position{}}
	if err := s.acquire(); err != nil {
		return nil, err
	}
	if err := s.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("log spool in %s: %w", c.Dir, err), s.lock.Close())
	}
	s.began = s.total
	go s.run()
	return s, nil
}

// acquire makes the directory and locks it. The lock goes with the process, however it ends.
func (s *Spool) acquire() error {
	if err := makeDir(s.c.Dir); err != nil {
		return fmt.Errorf("log spool: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(s.c.Dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("log spool: %w", err)
	}
	if err := lock(f); err != nil {
		_ = f.Close()
		return &errs.E{Kind: errs.Conflict, Message: "the log spool in " + s.c.Dir + " is in use by another process", Err: err}
	}
	s.lock = f
	return nil
}

// makeDir makes a directory that is still there after a crash.
func makeDir(dir string) error {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	parent := filepath.Dir(dir)
	if err := makeDir(parent); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(parent)
}

// ID identifies this spool for as long as its directory lives. A cursor of another ID means nothing
// here: its reader begins at Start.
func (s *Spool) ID() string { return s.id }

// Start is the first position that can still be read.
func (s *Spool) Start() Position {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.segments[0].start
}

// End is behind the last durable frame.
func (s *Spool) End() Position {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end()
}

func (s *Spool) end() Position { return s.active().end() }

func (s *Spool) active() *segment { return s.segments[len(s.segments)-1] }

// Close ends the spool: what the writer is busy with is finished, appends that still wait and
// readers in Wait get an Unavailable error. A second Close does nothing.
func (s *Spool) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		<-s.stopped
		return nil
	}
	s.closed = true
	g := s.pending
	s.pending = newGroup(nil)
	s.announce()
	s.mu.Unlock()
	close(s.quit)
	g.fail(errClosed())
	<-s.stopped
	s.removal.Lock()
	defer s.removal.Unlock()
	if s.file == nil {
		return s.lock.Close()
	}
	if s.broken {
		_ = s.file.Truncate(s.last.size) // what nobody was told is safe need not come back
	}
	return errors.Join(s.file.Close(), s.lock.Close())
}

func errClosed() error { return errs.Unavailablef("the log spool is closed: the server is stopping") }

// announce wakes all who wait for the end to move.
func (s *Spool) announce() {
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}

func (s *Spool) knows(reader string) bool { return slices.Contains(s.c.Readers, reader) }
