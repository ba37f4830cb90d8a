package logstore

// KillEngine ends the child as a crash would.
func (s *Store) KillEngine() { s.engine.kill() }
