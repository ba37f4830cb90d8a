package incident

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/escalation"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/timer"
)

// Reason is the payload of events that say why: incident.snoozed, .escalated …
type Reason struct {
	Reason string    `json:"reason,omitempty"`
	Until  time.Time `json:"until,omitzero"`
}

// Acknowledge says that the actor has the incident in hand. It ends the response clock;
// doing it twice is no error.
func (s *Service) Acknowledge(ctx context.Context, by actor.Actor, key string) (Incident, error) {
	return s.change(ctx, by, key, people.IncidentAcknowledge, func(tx *db.Tx, i Incident) (Incident, error) {
		return s.acknowledgeIn(tx, by, i)
	})
}

// AcknowledgeOpening is Acknowledge for a link in a message: it says so of one opening of the
// incident, and is refused when it has been reopened since.
func (s *Service) AcknowledgeOpening(ctx context.Context, by actor.Actor, key string, opening int64) (Incident, error) {
	return s.change(ctx, by, key, people.IncidentAcknowledge, func(tx *db.Tx, i Incident) (Incident, error) {
		if i.Opening != opening {
			return i, errs.Conflictf("%s was reopened after this link was sent: open the incident and acknowledge it there", i.Key())
		}
		return s.acknowledgeIn(tx, by, i)
	})
}

func (s *Service) acknowledgeIn(tx *db.Tx, by actor.Actor, i Incident) (Incident, error) {
	to, err := next(i.Key(), i.State, acknowledge)
	if err != nil {
		return i, err
	}
	if i.State != Open && i.SnoozedUntil.IsZero() {
		// Somebody has it already; whoever presses the button too joins them.
		if i.Acknowledger == by.ID {
			return i, nil
		}
		return s.workIn(tx, by, i, "incident.joined", nil)
	}
	i.State, i.Acknowledged, i.Acknowledger, i.AcknowledgerName = to, tx.Now(), by.ID, by.Name
	i.Progress, i.SnoozedUntil = tx.Now(), time.Time{}
	if by.IsPerson() && i.Assignee == "" {
		i.Assignee = people.UserID(by.ID)
	}
	if err := update(tx, &i); err != nil {
		return i, err
	}
	if err := ledger.Append(tx, by, i.Record(), "incident.acknowledged", nil); err != nil {
		return i, err
	}
	if err := s.Notify.StopIn(tx, i.Record(), string(escalation.Response), "acknowledged by "+by.Name); err != nil {
		return i, err
	}
	return i, s.Escalation.AcknowledgedIn(tx, string(i.ID))
}

// Investigate says that work has begun.
func (s *Service) Investigate(ctx context.Context, by actor.Actor, key string) (Incident, error) {
	return s.change(ctx, by, key, people.IncidentAcknowledge, func(tx *db.Tx, i Incident) (Incident, error) {
		if i.State == Open {
			var err error
			if i, err = s.acknowledgeIn(tx, by, i); err != nil {
				return i, err
			}
		}
		to, err := next(i.Key(), i.State, investigate)
		if err != nil || to == i.State {
			return i, err
		}
		i.State = to
		return s.workIn(tx, by, i, "incident.investigating", nil)
	})
}

// workIn stores the incident with a sign of work and its event.
func (s *Service) workIn(tx *db.Tx, by actor.Actor, i Incident, kind string, payload any, about ...ledger.Record) (Incident, error) {
	if by.Kind != actor.System {
		i.Progress = tx.Now()
	}
	if err := update(tx, &i); err != nil {
		return i, err
	}
	if err := ledger.Append(tx, by, i.Record(), kind, payload, about...); err != nil {
		return i, err
	}
	if by.Kind == actor.System || !i.State.Active() || !i.SnoozedUntil.IsZero() {
		return i, nil // a snooze lasts until its instant, whatever is written meanwhile
	}
	return i, s.Escalation.ProgressIn(tx, string(i.ID))
}

// Restore is End with a reason only.
func (s *Service) Restore(ctx context.Context, by actor.Actor, key, reason string) (Incident, error) {
	r, err := s.End(ctx, by, key, Ending{Reason: reason})
	return r.Incident, err
}

// End says that users can do their business again. Both clocks end. While alerts still fire
// that is a person's word against theirs: it holds for StillFiringAfter.
func (s *Service) End(ctx context.Context, by actor.Actor, key string, in Ending) (r Restoration, err error) {
	r.Incident, err = s.change(ctx, by, key, people.IncidentRestore, func(tx *db.Tx, i Incident) (Incident, error) {
		if in.AlertsEnded && i.State.Active() {
			if err := alert.EndIn(tx, by, string(i.ID)); err != nil {
				return i, err
			}
		}
		done, err := s.restoreIn(tx, by, i, in.Reason)
		r.StillFiring, r.Reopens = done.StillFiring, done.Reopens
		return done.Incident, err
	})
	return r, err
}

func (s *Service) restoreIn(tx *db.Tx, by actor.Actor, i Incident, reason string) (r Restoration, err error) {
	r.Incident = i
	if err := validReason(reason); err != nil {
		return r, err
	}
	to, err := next(i.Key(), i.State, restore)
	if err != nil || to == i.State {
		return r, err
	}
	i.State, i.Restored, i.SnoozedUntil, i.Progress = to, tx.Now(), time.Time{}, tx.Now()
	r.Incident = i
	if err := s.stillFiringIn(tx, &r); err != nil {
		return r, err
	}
	if err := s.endIn(tx, by, i, "incident.restored", r.note(reason), "restored by "+by.Name); err != nil {
		return r, err
	}
	return r, s.allClearIn(tx, by, r, reason)
}

// allClearIn tells who was called for this opening that it is over.
func (s *Service) allClearIn(tx *db.Tx, by actor.Actor, r Restoration, reason string) error {
	c := s.content(r.Incident)
	c.Title = fmt.Sprintf("restored %s by %s, after %s: %s",
		r.Restored.UTC().Format("15:04 UTC"), by.Name, minutes(r.Outage(tx.Now())), r.Headline())
	c.Text = reason
	if len(r.StillFiring) > 0 {
		c.Text = strings.TrimSpace(fmt.Sprintf("%s\n%s; if that is so at %s, the incident is reopened and pages again.",
			reason, fires(r.StillFiring), r.Reopens.UTC().Format("15:04 UTC")))
	}
	dedup := fmt.Sprintf("all-clear/%s/%d", r.ID, r.Opening)
	return s.Notify.AllClearIn(tx, r.Record(), r.Resumed, c, dedup)
}

// endIn stores an incident that needs nobody any more and takes back what would page.
func (s *Service) endIn(tx *db.Tx, by actor.Actor, i Incident, kind string, payload any, why string) error {
	if err := update(tx, &i); err != nil {
		return err
	}
	if err := ledger.Append(tx, by, i.Record(), kind, payload); err != nil {
		return err
	}
	for _, clock := range []escalation.Clock{escalation.Response, escalation.Resolution} {
		if err := s.Notify.StopIn(tx, i.Record(), string(clock), why); err != nil {
			return err
		}
	}
	return s.Escalation.RestoredIn(tx, string(i.ID))
}

// Close says that the paperwork is done.
func (s *Service) Close(ctx context.Context, by actor.Actor, key string) (Incident, error) {
	return s.change(ctx, by, key, people.IncidentClose, func(tx *db.Tx, i Incident) (Incident, error) {
		to, err := next(i.Key(), i.State, closeIt)
		if err != nil || to == i.State {
			return i, err
		}
		i.State, i.Closed = to, tx.Now()
		return s.workIn(tx, by, i, "incident.closed", nil)
	})
}

// Reopen takes a restored or closed incident up again; its clocks start anew.
func (s *Service) Reopen(ctx context.Context, by actor.Actor, key, reason string) (Incident, error) {
	return s.change(ctx, by, key, people.IncidentOpen, func(tx *db.Tx, i Incident) (Incident, error) {
		if err := needReason(reason); err != nil {
			return i, err
		}
		if i.MergedInto != "" {
			return i, errs.Conflictf("%s was merged into another incident: reopen that one", i.Key())
		}
		return s.reopenIn(tx, by, i, tx.Now(), reason)
	})
}

// Reopened is the payload of incident.reopened.
type Reopened struct {
	Reason string `json:"reason,omitempty"`
	Was    string `json:"was,omitempty"` // name of who had it
}

// reopenIn takes an incident up again. Users have been affected again from an instant on, at
// the earliest from when it was restored. Nobody has it: whoever had it may be asleep.
func (s *Service) reopenIn(tx *db.Tx, by actor.Actor, i Incident, from time.Time, reason string) (Incident, error) {
	to, err := next(i.Key(), i.State, reopen)
	if err != nil {
		return i, err
	}
	i.Past, i.Resumed = i.Outage(tx.Now()), latest(from, i.Ended())
	if had := i.Holder(); had != "" {
		i.HolderBefore = had
	}
	i.Assignee, i.AssigneeLogin, i.AssigneeName = "", "", ""
	i.State, i.Restored, i.Closed, i.Opening = to, time.Time{}, time.Time{}, i.Opening+1
	i.Acknowledged, i.Acknowledger, i.AcknowledgerName, i.Progress = time.Time{}, "", "", tx.Now()
	if err := update(tx, &i); err != nil {
		return i, err
	}
	if err := regroup(tx, i.ID); err != nil {
		return i, err
	}
	if err := timer.Cancel(tx, stillFiringTimer, string(i.ID)); err != nil {
		return i, err
	}
	if err := ledger.Append(tx, by, i.Record(), "incident.reopened", Reopened{reason, i.HolderBefore}); err != nil {
		return i, err
	}
	sub, err := s.Subject(tx, string(i.ID))
	if err != nil {
		return i, err
	}
	return i, s.Escalation.RestartIn(tx, sub)
}

func latest(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// Snooze pauses the response clock until an instant, at most a week ahead. The resolution
// clock goes on.
func (s *Service) Snooze(ctx context.Context, by actor.Actor, key string, until time.Time, reason string) (Incident, error) {
	return s.change(ctx, by, key, people.IncidentAcknowledge, func(tx *db.Tx, i Incident) (Incident, error) {
		var c errs.Check
		required(&c, "reason", reason)
		text.Line(&c, "reason", reason)
		c.Require(until.After(tx.Now()), "until", "must be in the future")
		c.Require(until.Before(tx.Now().AddDate(0, 0, 7)), "until", "must be within a week")
		if err := c.Err("the snooze"); err != nil {
			return i, err
		}
		if !i.State.Active() {
			return i, errs.Conflictf("cannot snooze %s, it is %s", i.Key(), i.State)
		}
		i.SnoozedUntil = until
		i, err := s.workIn(tx, by, i, "incident.snoozed", Reason{Reason: reason, Until: until})
		if err != nil {
			return i, err
		}
		if err := s.Notify.StopIn(tx, i.Record(), string(escalation.Response), "snoozed by "+by.Name); err != nil {
			return i, err
		}
		return i, s.Escalation.SnoozedIn(tx, string(i.ID), until)
	})
}

// Escalated is an incident for which somebody asked for help.
type Escalated struct {
	Incident
	Steps []escalation.Paged // that were paged, or passed over
}

// Paged are the names of who was paged.
func (e Escalated) Paged() (names []string) {
	for _, step := range e.Steps {
		names = append(names, step.People...)
	}
	return names
}

// Escalate asks for help now: the next step of the clock, or the named target.
func (s *Service) Escalate(ctx context.Context, by actor.Actor, key string, to *escalation.Target, reason string) (out Escalated, err error) {
	out.Incident, err = s.change(ctx, by, key, people.IncidentEscalate, func(tx *db.Tx, i Incident) (Incident, error) {
		if err := validReason(reason); err != nil {
			return i, err
		}
		err := ledger.Append(tx, by, i.Record(), "incident.escalated", Reason{Reason: reason})
		if err != nil {
			return i, err
		}
		out.Steps, err = s.Escalation.EscalateIn(tx, by, string(i.ID), to, reason)
		return i, err
	})
	return out, err
}

// StopClock ends one escalation clock, by name and reason.
func (s *Service) StopClock(ctx context.Context, by actor.Actor, key string, clock escalation.Clock, reason string) (Incident, error) {
	return s.change(ctx, by, key, people.IncidentStopClock, func(tx *db.Tx, i Incident) (Incident, error) {
		if err := needReason(reason); err != nil {
			return i, err
		}
		if !i.State.Active() {
			return i, errs.Conflictf("cannot stop a clock of %s, it is %s", i.Key(), i.State)
		}
		if err := s.Escalation.StopIn(tx, by, string(i.ID), clock, reason); err != nil {
			return i, err
		}
		return i, s.Notify.StopIn(tx, i.Record(), string(clock), "stopped by "+by.Name)
	})
}

// validReason checks a reason that may be left out, needReason one that may not.
func validReason(reason string) error {
	var c errs.Check
	text.Block(&c, "reason", reason)
	return c.Err("the reason")
}

func needReason(reason string) error {
	var c errs.Check
	required(&c, "reason", reason)
	text.Block(&c, "reason", reason)
	return c.Err("the reason")
}
