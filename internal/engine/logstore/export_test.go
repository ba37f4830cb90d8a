package logstore

import (
	"syscall"
	"testing"

	"mainstay/internal/engine/logstore/spool"
	"mainstay/internal/engine/signal"
)

// KillEngine ends the child as a crash would.
func (s *Store) KillEngine() { s.parts[0].engine.kill() }

// KillPart ends the child of a class as a crash would, and KillFront the one that puts answers together.
func (s *Store) KillPart(class signal.Class) { s.Part(class).engine.kill() }

func (s *Store) KillFront() { s.front.kill() }

// FreezeEngine stops the child's threads, as a broken disk may.
func (s *Store) FreezeEngine(t *testing.T) {
	t.Helper()
	e := s.parts[0].engine
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.life.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
}

// AppendBytes puts into the spool what is no rows.
func (s *Store) AppendBytes(t *testing.T, payload string, rows int) {
	t.Helper()
	if _, err := s.spool.Append(t.Context(), spool.Frame{Rows: rows, Payload: []byte(payload)}); err != nil {
		t.Fatal(err)
	}
}
