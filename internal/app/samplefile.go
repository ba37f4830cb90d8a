package app

import (
	"encoding/json"
	"errors"
	"os"
	"time"
)

// The sample is kept in a file beside the spool: a crash is when lines get lost, and the list must be
// there afterwards. It is written when a line is remembered, once a minute, and when one was found.

// sampled is a line that a sender was told is safe.
type sampled struct {
	Accepted time.Time `json:"accepted"`
	At       time.Time `json:"at"` // its own
	Source   string    `json:"source"`
	Message  string    `json:"message"` // as it is stored: masked
}

// load reads what was remembered before the start.
func (s *logSample) load() {
	text, err := os.ReadFile(s.path)
	if err == nil {
		err = json.Unmarshal(text, &s.list)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		s.list = nil
		s.log.Warn("the log lines that the auditor was to look for cannot be read; it remembers others", "file", s.path, "err", err)
	}
}

// save writes the list. The caller holds mu. What cannot be written is still looked for until the next
// start.
func (s *logSample) save() {
	if err := s.write(); err != nil {
		s.log.Warn("the log lines that the auditor looks for cannot be written", "file", s.path, "err", err)
	}
}

func (s *logSample) write() (err error) {
	text, err := json.Marshal(s.list)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(s.path+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), s.path)
}
