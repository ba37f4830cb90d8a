package logstore

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/logstore/child"
)

// Condition says how the engine is.
type Condition struct {
	Up bool
	// Generation counts the engine's processes: rows that one of them has taken are durable
	// only if the same one lives on.
	Generation int64
	// Since is when Up became what it is.
	Since time.Time
	// Steady is since when it has answered every question of how it is at once, and Answered when
	// it was last asked one that it answered so. A process that is frozen lives and writes nothing.
	Steady, Answered time.Time
	// Reason says why it is down, in the engine's words where it has left any.
	Reason string
	// Trouble says what of a cluster that is up does not answer, and TroubleSince since when; "" when
	// all of it does.
	Trouble      string
	TroubleSince time.Time
	// Restarts counts the ends that nobody wanted, and Lately those of the last five minutes.
	Restarts, Lately int64
}

// Event is something that people should hear of.
type Event struct {
	// SetAside is the folder to which a corrupt day was moved, "" for other events.
	SetAside string
	Day      time.Time // of SetAside
	Text     string
}

// supervisor keeps a child running.
type supervisor struct {
	name     string         // of the process, "" when there is one only
	dir      string         // of the engine's data
	settings child.Settings // guarded by mu
	stored   func()         // called when a child has ended in its own time for new settings
	renewed  chan struct{}  // has an entry when settings are new
	command  []string       // the program and its arguments
	clock    clock.Clock
	log      *slog.Logger
	tell     func(Event)

	socket string

	mu        sync.Mutex
	condition Condition
	changed   chan struct{} // closed and replaced whenever the condition changes
	renewals  int64         // how often settings were exchanged
	life      *life         // the last child, nil before the first

	ends     []time.Time    // that nobody wanted, lately
	suspects map[string]int // days that the engine died over, and how often
}

const (
	firstBackoff = 250 * time.Millisecond
	lastBackoff  = 30 * time.Second
	healthyAfter = time.Minute
	startTimeout = 2 * time.Minute // opening many days takes its time
	stopTimeout  = 10 * time.Second
	askEvery     = 2 * time.Second  // how it is
	atOnce       = 2 * time.Second  // what a steady one needs for an answer
	askTimeout   = 10 * time.Second // within which it must answer
	healthEvery  = 50 * time.Millisecond
)

func newSupervisor(s child.Settings, command []string, c clock.Clock, log *slog.Logger, tell func(Event)) (*supervisor, error) {
	socket, err := socketPath(s.Dir)
	if err != nil {
		return nil, err
	}
	return &supervisor{
		dir: s.Dir, settings: s, command: command, clock: c, log: log, tell: tell, socket: socket, suspects: map[string]int{},
		stored: func() {}, renewed: make(chan struct{}, 1),
		condition: Condition{Since: c.Now(), Reason: "it is starting"}, changed: make(chan struct{}),
	}, nil
}

// maxSocketPath is what sun_path holds on the systems we know, with room to spare.
const maxSocketPath = 100

// saying are the fields of a line of the server's log, with the process where there are several.
func (s *supervisor) saying(fields ...any) []any {
	if s.name != "" {
		fields = append(fields, "process", s.name)
	}
	return fields
}

// socketPath is where the child listens: beside its data, which only the owner may enter, or in
// a folder of its own when that path is too long for a socket.
func socketPath(dir string) (string, error) {
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return "", err
	}
	path := dir + ".sock"
	if len(path) <= maxSocketPath {
		return path, nil
	}
	short, err := os.MkdirTemp("", "mainstay-")
	return filepath.Join(short, "engine.sock"), err
}

// state returns the condition, and a channel that is closed when it changes.
func (s *supervisor) state() (Condition, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	s.ends = slices.DeleteFunc(s.ends, func(at time.Time) bool { return now.Sub(at) > lately })
	s.condition.Lately = int64(len(s.ends))
	return s.condition, s.changed
}

// lately is how long an end counts as a recent one.
const lately = 5 * time.Minute

func (s *supervisor) set(change func(*Condition)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.condition.Up
	change(&s.condition)
	if s.condition.Up != was {
		s.condition.Since = s.clock.Now()
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// run keeps a child running until ctx ends, and then stops it in its own time.
func (s *supervisor) run(ctx context.Context) {
	defer s.cleanUp()
	backoff := firstBackoff
	for ctx.Err() == nil {
		began := s.clock.Now()
		reason, err := s.live(ctx)
		if ctx.Err() != nil {
			return
		}
		if errors.Is(err, errRenewed) {
			continue
		}
		if reason == "" && err != nil {
			reason = err.Error()
		}
		if reason == "" {
			reason = "it ended without saying why"
		}
		was, _ := s.state()
		s.set(func(c *Condition) {
			c.Up, c.Reason = false, reason
			c.Restarts++
			s.ends = append(s.ends, s.clock.Now())
		})
		s.log.Error("the log engine ended and is started again", s.saying("reason", reason)...)
		if s.clock.Now().Sub(began) > healthyAfter {
			backoff = firstBackoff
		}
		if s.setAside(reason, was.Up) {
			continue
		}
		select {
		case <-ctx.Done():
		case <-s.clock.After(backoff):
		}
		backoff = min(2*backoff, lastBackoff)
	}
}

func (s *supervisor) cleanUp() {
	_ = os.Remove(s.socket)
	if dir := filepath.Dir(s.socket); dir != filepath.Dir(s.dir) {
		_ = os.Remove(dir)
	}
}

const renewing = "it is started anew with other settings"

// errRenewed says that a child was ended for new settings.
var errRenewed = errors.New("the log engine has new settings")

// renew ends the child in its own time and starts one with other settings.
func (s *supervisor) renew(settings child.Settings) {
	s.set(func(c *Condition) {
		s.settings = settings
		s.renewals++
		c.Up, c.Reason = false, renewing // nobody may rely on the old settings any more
	})
	select {
	case s.renewed <- struct{}{}:
	default: // the child that comes has them
	}
}

// current takes the settings for a child that starts now.
func (s *supervisor) current() (settings child.Settings, renewals int64) {
	select {
	case <-s.renewed:
	default:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.settings, s.renewals
}

// socketFile makes the listening socket anew, so that nobody reaches a dead child through an
// old one.
func (s *supervisor) socketFile() (*os.File, error) {
	if err := os.Remove(s.socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: s.socket, Net: "unix"})
	if err != nil {
		return nil, err
	}
	defer l.Close()
	l.SetUnlinkOnClose(false)
	if err := os.Chmod(s.socket, 0o600); err != nil {
		return nil, err
	}
	return l.File()
}
