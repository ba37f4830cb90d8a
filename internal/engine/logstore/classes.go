package logstore

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"mainstay/internal/engine/signal"
)

// Keeping is how lines of a class are kept.
type Keeping struct {
	// Retention is for how long; 0 switches the class off.
	Retention time.Duration `json:"retention"`
	// MaxDisk is how many bytes its lines may take before the oldest days go; 0 is no limit.
	MaxDisk int64 `json:"max_disk,omitempty"`
}

// kinds are the classes as frames of the spool have them. Frames of before there were classes
// have the first.
var kinds = []signal.Class{signal.Standard, signal.Short, signal.Long}

// kindOf is the kind of a class.
func kindOf(class signal.Class) uint8 {
	for i, c := range kinds {
		if c == class {
			return uint8(i)
		}
	}
	return 0
}

// classesFile notes which classes there are or were, so that the lines of one that was switched
// off are still found.
const classesFile = "classes.json"

func readClasses(dir string) (map[signal.Class]Keeping, error) {
	text, err := os.ReadFile(filepath.Join(dir, classesFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var noted map[signal.Class]Keeping
	if err := json.Unmarshal(text, &noted); err != nil {
		return nil, fmt.Errorf("which classes of log lines there are cannot be read from %s: %w", filepath.Join(dir, classesFile), err)
	}
	return noted, nil
}

// writeClasses replaces the note. It is on the disk before any line goes to a class.
func writeClasses(dir string, classes map[signal.Class]Keeping) error {
	text, err := json.MarshalIndent(classes, "", "  ")
	if err != nil {
		return err
	}
	return replaceFile(filepath.Join(dir, classesFile), append(text, '\n'))
}

// planParts decides which parts there are: standard, the classes that are on, and those that were
// and may still have lines.
func (s *Store) planParts() error {
	standard := &Part{Class: signal.Standard, On: true, Retention: s.Retention, Margin: s.Margin, MaxDisk: s.MaxDisk, store: s}
	s.parts = []*Part{standard}
	if s.Cluster.InsertURL == "" {
		noted, err := readClasses(s.Dir)
		if err != nil {
			return err
		}
		classes := map[signal.Class]Keeping{}
		for _, class := range kinds[1:] {
			keep, was := s.Classes[class], noted[class]
			on := keep.Retention > 0
			if !on {
				keep = was
			}
			if keep.Retention > 0 {
				classes[class] = keep
				s.parts = append(s.parts, &Part{Class: class, On: on, Retention: keep.Retention, Margin: s.Margin, MaxDisk: keep.MaxDisk, store: s})
			}
		}
		if len(classes)+len(noted) > 0 {
			if err := writeClasses(s.Dir, classes); err != nil {
				return err
			}
		}
	}
	for class, hold := range s.Hold {
		p := s.Part(class)
		p.hold = max(p.hold, hold)
	}
	return nil
}

// split reports whether there is more than one part.
func (s *Store) split() bool { return len(s.parts) > 1 }

// Parts are where lines are, the standard ones first.
func (s *Store) Parts() []*Part { return s.parts }

// Part is where the lines of a class are; standard's where the class has none of its own.
func (s *Store) Part(class signal.Class) *Part {
	for _, p := range s.parts {
		if p.Class == class {
			return p
		}
	}
	return s.parts[0]
}

// goesTo reports of the kind of a frame whether it belongs to a part.
func (s *Store) goesTo(p *Part) func(kind uint8) bool {
	return func(kind uint8) bool {
		class := signal.Standard
		if int(kind) < len(kinds) {
			class = kinds[kind]
		}
		return s.Part(class) == p
	}
}

// share is what each process of the engine may take of memory: they share what was given to one.
func (s *Store) share() int64 {
	if !s.split() {
		return s.Memory
	}
	return s.Memory / int64(len(s.parts)+1) // and the front
}

// forget lets go of classes that are off and have nothing left. The forwarders have ended.
func (s *Store) forget() error {
	left := map[signal.Class]Keeping{}
	changed := false
	for _, p := range s.parts[1:] {
		days, err := p.Days()
		if err != nil {
			return err
		}
		if !p.On && len(days) == 0 && p.forward.done() {
			changed = true
			continue
		}
		left[p.Class] = Keeping{p.Retention, p.MaxDisk}
	}
	if !changed {
		return nil
	}
	return writeClasses(s.Dir, left)
}
