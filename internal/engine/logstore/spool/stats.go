package spool

import "time"

// Stats is how the spool is at one moment.
type Stats struct {
	// Bytes is what the segments take on the disk, of at most Limit.
	Bytes, Limit int64
	// Free is what the disk has left, and MinFree what it must keep, in bytes.
	Free, MinFree int64
	Segments      int
	// Full says that there is no room: not for the frame that was refused last, or not for any, or
	// the disk said so when it was last written to.
	Full bool
	// Failure is why the last write was not acknowledged, nil when it was.
	Failure error
	// Readers are in the order of the configuration.
	Readers []Lag
	// Oldest is when the oldest frame was received that some reader still needs, zero without one.
	Oldest time.Time
	// Frames and Rows count what was appended since Open.
	Frames, Rows int64
	// LastSync is how long the disk took for the last fdatasync.
	LastSync time.Duration
	Damage   Damage
}

// Fill is how full the spool is, from 0 to 1. It is asked with every delivery, so it looks at nothing
// but two numbers.
func (s *Spool) Fill() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.c.MaxBytes <= 0 {
		return 0
	}
	return float64(s.disk) / float64(s.c.MaxBytes)
}

// Lag is what one reader has not released. Frames, Rows and Oldest can include up to 4 KiB of
// frames that it has.
type Lag struct {
	Reader              string
	Bytes, Frames, Rows int64
	Oldest              time.Time
}

// Stats returns how the spool is now.
func (s *Spool) Stats() Stats {
	free, err := s.sys.free(s.c.Dir)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		free = s.free
	}
	s.free = free
	_, full := s.fits(max(s.refused, 1))
	st := Stats{
		Bytes: s.disk, Limit: s.c.MaxBytes, Free: free, MinFree: s.c.MinFree,
		Segments: len(s.segments), Full: full != nil || outOfRoom(s.failure), Failure: s.failure,
		Frames: s.total.frames - s.began.frames, Rows: s.total.rows - s.began.rows,
		LastSync: s.lastSync, Damage: s.damage,
	}
	for _, r := range s.c.Readers {
		l := s.lag(r)
		if !l.Oldest.IsZero() && (st.Oldest.IsZero() || l.Oldest.Before(st.Oldest)) {
			st.Oldest = l.Oldest
		}
		st.Readers = append(st.Readers, l)
	}
	return st
}

func (s *Spool) lag(reader string) Lag {
	at := s.released[reader]
	l := Lag{Reader: reader}
	for _, g := range s.segments {
		if at >= g.end() {
			continue
		}
		from := max(at, g.start)
		l.Bytes += int64(g.end() - from)
		if m, ok := g.markAt(from); ok && l.Oldest.IsZero() {
			l.Oldest = time.UnixMicro(m.received).UTC()
			l.Frames = s.total.frames - m.before.frames
			l.Rows = s.total.rows - m.before.rows
		}
	}
	return l
}
