package logstore

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/logstore/spool"
)

// Status is how the way of log lines to the engine is.
type Status struct {
	// Engine is how it is as a whole, and Parts how the ways of the classes are, the standard one
	// first.
	Engine Condition
	Parts  []PartStatus
	Spool  spool.Stats
	// Waiting is how many bytes the engine has not been given yet, Unsettled those that it has taken and may
	// still lose if it dies now.
	Waiting, Unsettled int64
	// Sent counts rows given to the engine since the start, Repeated those of them that are
	// marked as possible repeats.
	Sent, Repeated int64
	// Refused counts the lines that the engine would never take and that are in files of RefusedIn.
	Refused   int64
	RefusedIn string
	// Failing says why lines cannot be handed to the engine now, "" when they can, and FailingSince
	// since when.
	Failing      string
	FailingSince time.Time
}

// Status returns how it is now.
func (s *Store) Status() Status {
	st := Status{Spool: s.spool.Stats(), Engine: s.condition(), RefusedIn: s.refusedDir()}
	st.Refused = refusals{st.RefusedIn}.rows()
	for _, p := range s.parts {
		of := p.status(&st)
		st.Waiting, st.Unsettled = max(st.Waiting, of.Waiting), max(st.Unsettled, of.Unsettled)
		if st.Failing == "" && of.Failing != "" {
			st.Failing, st.FailingSince = of.Failing, of.FailingSince
		}
		st.Parts = append(st.Parts, of)
	}
	return st
}

// refusedDir is where lines are kept that the engine will never take.
func (s *Store) refusedDir() string { return filepath.Join(s.Dir, "refused") }

// status is how the way to a part is. What is counted is added to the whole.
func (p *Part) status(whole *Status) PartStatus {
	f := p.forward
	st := PartStatus{Class: p.Class, On: p.On, Engine: p.Condition()}
	end := f.spool.End()
	f.mu.Lock()
	defer f.mu.Unlock()
	st.Waiting, st.Unsettled = int64(end-f.sent), int64(f.sent-f.durable)
	st.Failing, st.FailingSince = f.failing, f.since
	whole.Sent += f.rows
	whole.Repeated += f.again
	return st
}

// endedWell reports whether the last child, which has ended, wrote all that it held.
func (s *supervisor) endedWell() bool {
	s.mu.Lock()
	l := s.life
	s.mu.Unlock()
	if l == nil {
		return false
	}
	<-l.ended
	return l.cmd.ProcessState.Success()
}

// done reports whether everything in the spool is durable in the engine.
func (f *forwarder) done() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.durable >= f.spool.End()
}

func (f *forwarder) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return errors.Join(f.note(true), f.notes.Close())
}

// flush waits until everything that was appended before is in the engine and visible there.
func (f *forwarder) flush(ctx context.Context) error {
	end := f.spool.End()
	for {
		f.mu.Lock()
		sent := f.sent
		f.mu.Unlock()
		if sent >= end {
			if err := f.client.flush(ctx); !errs.Is(err, errs.Unavailable) {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return errs.Unavailablef("the log engine has not taken everything: %v", ctx.Err())
		case <-f.clock.After(10 * time.Millisecond):
		}
	}
}

func (c *client) flush(ctx context.Context) error {
	res, err := c.do(ctx, http.MethodGet, c.insert+"/internal/force_flush", http.NoBody, "")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return err
}
