package escalation

import (
	"time"

	"mainstay/internal/engine/db"
	"mainstay/internal/engine/timer"
)

// Upcoming is what one clock of one subject does next.
type Upcoming struct {
	Subject string
	Clock   Clock
	At      time.Time
	Step    string // "step 2 of 4: roster payments-l2"; empty where it was not asked for
}

// UpcomingIn returns up to limit steps that are still to come, the soonest first; the first
// described of them say whom they page. The caller has checked permission.
func (s *Service) UpcomingIn(tx *db.Tx, described, limit int) ([]Upcoming, error) {
	timers, err := timer.Soonest(tx, limit, responseTimer, resolutionTimer, ackTimer)
	if err != nil {
		return nil, err
	}
	out := make([]Upcoming, len(timers))
	for i, t := range timers {
		out[i] = Upcoming{Subject: t.Subject, Clock: Response, At: t.Due}
		if t.Kind == resolutionTimer {
			out[i].Clock = Resolution
		}
		if i >= described {
			continue
		}
		st, err := s.StatusOf(tx, t.Subject)
		if err != nil {
			return nil, err
		}
		out[i].Step = st.Response.Step
		if t.Kind == resolutionTimer {
			out[i].Step = st.Resolution.Step
		}
	}
	return out, nil
}
