package app

import (
	"mainstay/internal/domain/pattern"
	"mainstay/internal/engine/logstore"
	"mainstay/internal/engine/signal"
)

// patternsReader is who reads the spool to find the patterns of lines.
const patternsReader = "patterns"

func (a *App) wirePatterns() {
	a.Rooms.Patterns = pattern.New(pattern.Config{
		DB: a.DB, Spool: patternSpool{a.Logs}, Scope: a.Rooms.Sources.Scope, Clock: a.LogClock, Log: a.Log,
	})
}

// patternSpool is the log store as the patterns see it.
type patternSpool struct{ *logstore.Store }

// Patterns reads from a cursor on, or from the spool's start.
func (s patternSpool) Patterns(cursor int64, first bool) pattern.Reader {
	id := s.SpoolID()
	if first {
		id = ""
	}
	return &patternReader{Reader: s.Store.Reader(patternsReader, id, cursor), store: s.Store, at: cursor}
}

type patternReader struct {
	*logstore.Reader
	store *logstore.Store
	at    int64
}

// Next returns what comes next.
func (r *patternReader) Next(maxBytes int) ([]signal.Row, int64, error) {
	b, err := r.Reader.Next(maxBytes)
	if err == nil {
		r.at = b.Cursor
	}
	return b.Rows, r.at, err
}

// Behind is how many bytes are waiting.
func (r *patternReader) Behind() int64 { return r.store.End() - r.at }
