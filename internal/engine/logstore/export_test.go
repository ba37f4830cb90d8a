package logstore

import (
	"syscall"
	"testing"
)

// KillEngine ends the child as a crash would.
func (s *Store) KillEngine() { s.engine.kill() }

// FreezeEngine stops the child's threads, as a broken disk may.
func (s *Store) FreezeEngine(t *testing.T) {
	t.Helper()
	s.engine.mu.Lock()
	defer s.engine.mu.Unlock()
	if err := s.engine.process.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
}
