package escalation

import (
	"time"

	"mainstay/internal/domain/calendar"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/timer"
)

// ladderFor returns the ladder for the subject's severity and the hour of its detection.
// Where the policy has none that fits, the built-in one holds: no incident is without.
func (s *Service) ladderFor(tx *db.Tx, spec Spec, sub Subject) (Ladder, error) {
	business := true
	if name := spec.Resolution.BusinessHours; name != "" {
		c, err := calendar.ByName(tx, name)
		if err != nil {
			return Ladder{}, err
		}
		business = c.Open(sub.Detected)
	}
	if l, ok := spec.ladder(sub.Severity, business); ok {
		return l, nil
	}
	l, _ := builtin().ladder(sub.Severity, business)
	return l, nil
}

// scheduleResolution sets the timer for the rung at hand; last is when one was paged last.
func (s *Service) scheduleResolution(tx *db.Tx, e escalation, spec Spec, sub Subject, last time.Time) error {
	l, err := s.ladderFor(tx, spec, sub)
	if err != nil {
		return err
	}
	due := l.rungDue(e.rung, e.from, last, spec.Resolution.RepeatEvery)
	return timer.Schedule(tx, resolutionTimer, e.subject, due, struct{}{})
}

func (s *Service) resolutionDue(tx *db.Tx, t timer.Timer) error {
	e, spec, sub, err := s.load(tx, t.Subject)
	if err != nil || !sub.Open || e.resolution != running {
		return err
	}
	_, err = s.climb(tx, e, spec, sub)
	return err
}

// climb brings in the next level and schedules the one after it. A rung that reaches
// nobody is passed over at once, up to the last.
func (s *Service) climb(tx *db.Tx, e escalation, spec Spec, sub Subject) (told []Paged, err error) {
	l, err := s.ladderFor(tx, spec, sub)
	if err != nil {
		return nil, err
	}
	for {
		i := e.rung
		note, err := s.page(tx, sub, call{
			clock:   Resolution,
			label:   stepLabel(Resolution, e.resolutionEpoch, 0, i),
			name:    l.rungName(i),
			targets: l.rung(i).Targets,
		})
		if err != nil {
			return told, err
		}
		told = append(told, note)
		e.rung++
		if len(note.People) > 0 || e.rung >= len(l.Steps) {
			break
		}
	}
	if err := save(tx, e); err != nil {
		return told, err
	}
	return told, s.scheduleResolution(tx, e, spec, sub, tx.Now())
}
