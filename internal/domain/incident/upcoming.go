package incident

import (
	"context"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/escalation"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

// Upcoming is the next step of one escalation clock of one incident.
type Upcoming struct {
	escalation.Upcoming
	Key      string
	Title    string
	Severity int
}

// maxUpcoming bounds the list; a desk with more steps to come reads only its beginning.
const maxUpcoming = 500

// Upcoming returns the escalation steps that are still to come, the soonest first. The first
// described of them say whom they page.
func (s *Service) Upcoming(ctx context.Context, by actor.Actor, described int) (out []Upcoming, err error) {
	if err := people.Allow(by, people.IncidentRead, people.Target{}); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		steps, err := s.Escalation.UpcomingIn(tx, described, maxUpcoming)
		if err != nil || len(steps) == 0 {
			return err
		}
		active, err := db.All(tx, scan, `SELECT `+columns+from+`
			WHERE i.state IN ('open', 'acknowledged', 'investigating') ORDER BY i.number`)
		if err != nil {
			return err
		}
		byID := make(map[string]Incident, len(active))
		for _, i := range active {
			byID[string(i.ID)] = i
		}
		out = out[:0]
		for _, step := range steps {
			if i, ok := byID[step.Subject]; ok {
				out = append(out, Upcoming{step, i.Key(), i.Title, i.Severity})
			}
		}
		return nil
	})
	return out, err
}
