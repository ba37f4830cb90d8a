package escalation

import (
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/timer"
)

// startResponse begins a pass over the policy: pages step 1 now, or at its instant. It
// stores e.
func (s *Service) startResponse(tx *db.Tx, e escalation, spec Spec, sub Subject) error {
	e.response, e.stage, e.responseEpoch = running, stage{}, e.responseEpoch+1
	first := spec.Response.Steps
	if len(first) > 0 && first[0].After > 0 {
		if err := save(tx, e); err != nil {
			return err
		}
		return timer.Schedule(tx, responseTimer, e.subject, tx.Now().Add(first[0].After.Duration()), struct{}{})
	}
	_, err := s.respond(tx, e, spec, sub)
	return err
}

// responseDue pages the next step unless somebody has taken the incident meanwhile.
func (s *Service) responseDue(tx *db.Tx, t timer.Timer) error {
	e, spec, sub, err := s.load(tx, t.Subject)
	if err != nil || !sub.Open || e.response != running {
		return err
	}
	_, err = s.respond(tx, e, spec, sub)
	return err
}

// respond pages the stage at hand and schedules the one after it. Stages that reach nobody
// are passed over at once; the last resort, a catch-all that reaches nobody, waits and
// tries again, because somebody may come back.
func (s *Service) respond(tx *db.Tx, e escalation, spec Spec, sub Subject) (told []Paged, err error) {
	for {
		g := spec.clamp(e.stage)
		next, wait := spec.after(g)
		e.stage = next
		if err := save(tx, e); err != nil {
			return told, err
		}
		note, err := s.page(tx, sub, s.responseCall(e, spec, g))
		if err != nil {
			return told, err
		}
		told = append(told, note)
		if len(note.People) > 0 || spec.catchAll(g) && g.Step > 0 {
			return told, timer.Schedule(tx, responseTimer, e.subject, tx.Now().Add(wait), struct{}{})
		}
	}
}

func (s *Service) responseCall(e escalation, spec Spec, g stage) call {
	return call{
		clock:    Response,
		label:    stepLabel(Response, e.responseEpoch, g.Round, g.Step),
		name:     spec.name(g),
		targets:  spec.targets(g),
		catchAll: spec.catchAll(g),
	}
}

// targets returns whom stage g pages. The catch-all first pages the support managers, then
// every admin, then both again and again.
func (s Spec) targets(g stage) []Target {
	if !s.catchAll(g) {
		return s.Response.Steps[g.Step].Targets
	}
	switch g.Step {
	case 0:
		return []Target{supportManagers}
	case 1:
		return []Target{admins}
	}
	return []Target{supportManagers, admins}
}

// ackExpired starts the response clock again after a snooze or an acknowledgement that
// showed no progress.
func (s *Service) ackExpired(tx *db.Tx, t timer.Timer) error {
	e, spec, sub, err := s.load(tx, t.Subject)
	if err != nil || !sub.Open || e.response != waiting {
		return err
	}
	timeout := spec.Response.AckTimeout.Or(defaultAckTimeout).Duration()
	if err := s.Subjects.AckExpired(tx, t.Subject, timeout); err != nil {
		return err
	}
	if sub, err = s.Subjects.Subject(tx, t.Subject); err != nil {
		return err
	}
	return s.startResponse(tx, e, spec, sub)
}
