package logstore

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mainstay/internal/engine/signal"
)

// With classes, a process without data of its own, the front, answers questions: it asks the
// processes of all classes and puts together what they say, as the engine's cluster does.

// openFront makes the front, which Start starts.
func (s *Store) openFront() (err error) {
	nodes := make([]string, len(s.parts))
	for i, p := range s.parts {
		nodes[i] = p.engine.socket
	}
	settings := s.parts[0].settings()
	settings.Dir, settings.Nodes = filepath.Join(s.Dir, "engine-front"), nodes
	if s.front, err = newSupervisor(settings, s.Command, s.clock, s.Log, s.Tell); err != nil {
		return err
	}
	s.front.name = "front"
	s.client = newClient(s.front.socket)
	return nil
}

// condition says how the engine is as a whole: it is up when all of its processes are, because a
// question needs them all.
func (s *Store) condition() Condition {
	first := s.parts[0].Condition()
	if !s.split() {
		return first
	}
	front, _ := s.front.state()
	all := []process{{"what puts answers together", front}}
	for _, p := range s.parts {
		all = append(all, process{"the storage of " + string(p.Class) + " lines", p.Condition()})
	}
	return together(all)
}

// process is one of the engine's, and how it is.
type process struct {
	what string
	Condition
}

// together makes one condition of several.
func together(all []process) (c Condition) {
	c.Up = !slices.ContainsFunc(all, func(p process) bool { return !p.Up })
	var why []string
	for _, p := range all {
		c.Generation += p.Generation
		c.Restarts += p.Restarts
		c.Lately += p.Lately
		switch {
		case c.Up && p.Since.After(c.Since):
			c.Since = p.Since // since then all are up
		case !c.Up && !p.Up && (c.Since.IsZero() || p.Since.Before(c.Since)):
			c.Since = p.Since
		}
		if p.Steady.After(c.Steady) {
			c.Steady = p.Steady
		}
		if c.Answered.IsZero() || p.Answered.Before(c.Answered) {
			c.Answered = p.Answered
		}
		if p.Reason != "" {
			why = append(why, p.what+": "+p.Reason)
		}
	}
	c.Reason = strings.Join(why, "; ")
	return c
}

// PartStatus is how the way of the lines of a class is.
type PartStatus struct {
	Class  signal.Class
	On     bool
	Engine Condition
	// Waiting and Unsettled are as in Status.
	Waiting, Unsettled int64
	Failing            string
	FailingSince       time.Time
}
