package source

import (
	"context"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/signal"
)

// Try returns what a source that is written so would make of lines, and stores nothing: people look
// at it before they save. It changes the rows.
func (s *Service) Try(_ context.Context, by actor.Actor, name string, spec Spec, rows []signal.Row) ([]signal.Row, error) {
	if err := people.Allow(by, people.SourceWrite, people.Target{Teams: by.Teams}); err != nil {
		return nil, err
	}
	var check errs.Check
	spec.Validate(&check)
	if err := check.Err("the source"); err != nil {
		return nil, err
	}
	return s.treated(name, spec, rows)
}

// Preview returns what would be stored of lines that a sender has, and stores nothing. It
// changes the rows.
func (s *Service) Preview(_ context.Context, from Sender, rows []signal.Row) ([]signal.Row, error) {
	if err := people.Allow(from.By, people.LogSend, people.Target{}); err != nil {
		return nil, err
	}
	return s.treated(from.Source.Name, from.Source.Spec, rows)
}

func (s *Service) treated(name string, spec Spec, rows []signal.Row) ([]signal.Row, error) {
	treat, err := newTreatment(spec)
	if err != nil {
		return nil, err
	}
	in := newIntake(Source{Name: name, Spec: spec}, treat, s.Clock.Now(), s.Ages[s.classOf(spec)])
	for i := range rows {
		in.prepare(rows[i])
	}
	return in.rows, nil
}
