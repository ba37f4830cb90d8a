package config

import (
	"context"
	"errors"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/engine/db"
)

// An application has two parts. The plan is worked out in a rehearsal, which keeps nobody
// from storing anything, and takes as long as it takes. What it changes is then carried out
// in one transaction, if the configuration still has the revision that was planned for;
// otherwise it is planned anew.

// plan is what an application changes, at a revision of the configuration.
type plan struct {
	diff     Diff
	changed  map[string][]*Document // by kind, in the order of the documents
	revision int64
}

// planTries is how often a plan may be overtaken by other changes before the application
// keeps everybody else waiting.
const planTries = 3

// errOvertaken says that the configuration has changed since it was planned for.
var errOvertaken = errors.New("overtaken")

// elsewhere are tables that no document is about and that may be large.
var elsewhere = []string{
	"event", "event_about", "seal", "message", "page", "file", "session", "login_attempt", "one_time_code", "token",
	"alert", "alert_quarantine", "incident", "incident_role", "incident_link", "incident_file", "followup",
	"escalation", "escalation_call", "timer", "roster_gap",
}

// plan works out what the documents change.
func (s *Service) plan(ctx context.Context, by actor.Actor, docs map[string][]*Document) (p plan, err error) {
	// The revision is read first: what changes in between shows as a later one.
	if err := s.db.View(ctx, func(tx *db.Tx) error {
		p.revision, err = s.revision(tx)
		return err
	}); err != nil {
		return p, err
	}
	err = s.db.Rehearse(ctx, elsewhere, func(tx *db.Tx) error {
		r := run{tx: tx, by: by, docs: docs, failed: map[string]bool{}, changed: map[string][]*Document{}}
		if err := r.all(s.kinds); err != nil {
			return err
		}
		p.diff, p.changed = r.diff, r.changed
		return nil
	})
	return p, err
}

// apply makes everything be as the documents say. What check refuses is not carried out.
func (s *Service) apply(ctx context.Context, by actor.Actor, files []File, check func(Diff) error) (Diff, error) {
	docs, err := s.admit(by, files)
	if err != nil {
		return Diff{}, err
	}
	for range planTries {
		p, err := s.plan(ctx, by, docs)
		if err == nil {
			err = check(p.diff)
		}
		if err == nil && len(p.changed) > 0 {
			err = s.carryOut(ctx, by, p)
		}
		switch {
		case err == nil:
			return p.diff, nil
		case !errors.Is(err, errOvertaken):
			return Diff{}, err
		}
	}
	return s.atOnce(ctx, by, docs, check)
}

// carryOut applies the documents that change something. They are in order: the rehearsal
// has shown it, and nothing has changed since.
func (s *Service) carryOut(ctx context.Context, by actor.Actor, p plan) error {
	return s.db.Do(ctx, func(tx *db.Tx) error {
		revision, err := s.revision(tx)
		if err != nil {
			return err
		}
		if revision != p.revision {
			return errOvertaken
		}
		for _, k := range s.kinds {
			docs := p.changed[k.Name]
			if len(docs) == 0 {
				continue
			}
			for _, o := range k.apply(tx, by, docs) {
				if o.err != nil {
					return o.err
				}
			}
		}
		return nil
	})
}

// atOnce plans and applies in one transaction.
func (s *Service) atOnce(ctx context.Context, by actor.Actor, docs map[string][]*Document, check func(Diff) error) (diff Diff, err error) {
	err = s.db.Do(ctx, func(tx *db.Tx) error {
		r := run{tx: tx, by: by, docs: docs, failed: map[string]bool{}, changed: map[string][]*Document{}}
		if err := r.all(s.kinds); err != nil {
			return err
		}
		diff = r.diff
		return check(diff)
	})
	if err != nil {
		return Diff{}, err
	}
	return diff, nil
}

// revision grows with every change of the configuration: it counts the events of the records
// that documents are about, and events are never removed. It may grow for less.
func (s *Service) revision(tx *db.Tx) (int64, error) {
	var kinds []any
	for _, k := range s.kinds {
		kinds = append(kinds, k.record)
	}
	return db.One(tx, db.Value[int64], `
		SELECT count(*) FROM event WHERE record_kind IN (?`+strings.Repeat(`, ?`, len(kinds)-1)+`)`, kinds...)
}
