package escalation

import (
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/notify"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/outbox"
	"mainstay/internal/engine/timer"
)

// Subject is what is escalated: an incident, as far as this room needs to know it.
type Subject struct {
	ID           string
	Record       ledger.Record
	Service      catalogue.Service
	Severity     int
	Detected     time.Time
	Resumed      time.Time // when the outage of this opening began
	Since        time.Time // when the outage would have begun had it never been interrupted
	Open         bool      // not restored, closed or merged
	Opening      int64     // grows when it is reopened; ack links are for one
	Acknowledged bool
	Content      outbox.Content // what a page says
}

// Subjects is the room that owns what is escalated.
type Subjects interface {
	Subject(tx *db.Tx, id string) (Subject, error)
	// AckExpired takes an acknowledgement back that showed no progress for the timeout.
	AckExpired(tx *db.Tx, id string, timeout time.Duration) error
}

// Config describes a Service. Subjects is set by app before anything runs.
type Config struct {
	DB       *db.DB
	Notify   *notify.Service
	Subjects Subjects
}

// Service runs the two clocks.
type Service struct{ Config }

// New returns a service.
func New(c Config) *Service { return &Service{c} }

// Clock is one of the two.
type Clock string

// The clocks.
const (
	Response   Clock = "response"
	Resolution Clock = "resolution"
)

const (
	responseTimer   timer.Kind = "escalation.response"
	resolutionTimer timer.Kind = "escalation.resolution"
	ackTimer        timer.Kind = "escalation.ack"
)

// Timers returns what happens when each of this room's timers fires.
func (s *Service) Timers() map[timer.Kind]timer.Handler {
	return map[timer.Kind]timer.Handler{
		responseTimer:   s.responseDue,
		resolutionTimer: s.resolutionDue,
		ackTimer:        s.ackExpired,
	}
}

// StartIn starts both clocks of a subject that has none yet. A first step without a wait is
// paged in this transaction.
func (s *Service) StartIn(tx *db.Tx, sub Subject) error {
	return s.start(tx, escalation{subject: sub.ID}, sub)
}

// RestartIn starts both clocks again after a reopening. The resolution clock goes on from the
// outage so far: of the steps that were due before, only the last pages again.
func (s *Service) RestartIn(tx *db.Tx, sub Subject) error {
	e, err := find(tx, sub.ID)
	if err != nil {
		return err
	}
	spec, err := specOf(tx, sub.Service.Policy)
	if err != nil {
		return err
	}
	l, err := s.ladderFor(tx, spec, sub)
	if err != nil {
		return err
	}
	e.rung = l.rungAt(tx.Now().Sub(sub.Since))
	return s.start(tx, e, sub)
}

// start runs both clocks; the resolution clock goes on with the rung of e.
func (s *Service) start(tx *db.Tx, e escalation, sub Subject) error {
	e.policy, e.from = sub.Service.Policy, sub.Since
	e.resolution, e.resolutionEpoch = running, e.resolutionEpoch+1
	spec, err := specOf(tx, e.policy)
	if err != nil {
		return err
	}
	if err := s.startResponse(tx, e, spec, sub); err != nil {
		return err
	}
	return s.scheduleResolution(tx, e, spec, sub, tx.Now())
}

// AcknowledgedIn ends the response clock until the acknowledgement runs out.
func (s *Service) AcknowledgedIn(tx *db.Tx, subject string) error {
	e, spec, _, err := s.load(tx, subject)
	if err != nil || e.response == stopped || e.response == done {
		return err
	}
	e.response = waiting
	if err := save(tx, e); err != nil {
		return err
	}
	if err := timer.Cancel(tx, responseTimer, subject); err != nil {
		return err
	}
	return scheduleAck(tx, e, spec)
}

// ProgressIn notes a sign of work, which prolongs an acknowledgement.
func (s *Service) ProgressIn(tx *db.Tx, subject string) error {
	e, spec, _, err := s.load(tx, subject)
	if err != nil || e.response != waiting {
		return err
	}
	return scheduleAck(tx, e, spec)
}

func scheduleAck(tx *db.Tx, e escalation, spec Spec) error {
	timeout := spec.Response.AckTimeout.Or(defaultAckTimeout)
	return timer.Schedule(tx, ackTimer, e.subject, tx.Now().Add(timeout.Duration()), struct{}{})
}

// SnoozedIn pauses the response clock until an instant, at which it starts again. The
// resolution clock goes on: it stands for the users, who are not asleep.
func (s *Service) SnoozedIn(tx *db.Tx, subject string, until time.Time) error {
	e, _, _, err := s.load(tx, subject)
	if err != nil || e.response == stopped || e.response == done {
		return err
	}
	e.response = waiting
	if err := save(tx, e); err != nil {
		return err
	}
	if err := timer.Cancel(tx, responseTimer, subject); err != nil {
		return err
	}
	return timer.Schedule(tx, ackTimer, subject, until, struct{}{})
}

// SeverityChangedIn chooses the resolution ladder anew; steps that are due by the new one
// are paged at once.
func (s *Service) SeverityChangedIn(tx *db.Tx, subject string) error {
	e, spec, sub, err := s.load(tx, subject)
	if err != nil || e.resolution != running {
		return err
	}
	e.rung, e.resolutionEpoch = 0, e.resolutionEpoch+1
	if err := save(tx, e); err != nil {
		return err
	}
	return s.scheduleResolution(tx, e, spec, sub, tx.Now())
}

// BeganEarlierIn lets the resolution clock count from an earlier beginning than we knew.
func (s *Service) BeganEarlierIn(tx *db.Tx, subject string) error {
	e, spec, sub, err := s.load(tx, subject)
	if err != nil || e.resolution != running {
		return err
	}
	e.from = sub.Since
	if err := save(tx, e); err != nil {
		return err
	}
	l, err := s.ladderFor(tx, spec, sub)
	if err != nil || e.rung >= len(l.Steps) {
		return err // repeats count from the page before
	}
	return s.scheduleResolution(tx, e, spec, sub, tx.Now())
}

// BecameUrgentIn starts the response clock again, because whoever was told so far was told
// of something that could wait: by the methods for low urgency.
func (s *Service) BecameUrgentIn(tx *db.Tx, subject string) error {
	e, spec, sub, err := s.load(tx, subject)
	if err != nil || e.response != running {
		return err
	}
	return s.startResponse(tx, e, spec, sub)
}

// Urgent reports whether pages about this severity use the methods for high urgency.
func Urgent(severity int) bool { return urgency(severity) == notify.High }

// RestoredIn ends both clocks.
func (s *Service) RestoredIn(tx *db.Tx, subject string) error {
	e, err := find(tx, subject)
	if err != nil {
		return err
	}
	e.response, e.resolution = done, done
	if err := save(tx, e); err != nil {
		return err
	}
	return cancel(tx, subject, responseTimer, resolutionTimer, ackTimer)
}

// StopIn ends one clock because a person says so, by name and reason.
func (s *Service) StopIn(tx *db.Tx, by actor.Actor, subject string, clock Clock, reason string) error {
	if reason == "" {
		return &errs.E{Kind: errs.Invalid, Message: "a clock is stopped with a reason",
			Fields: []errs.Field{{Path: "reason", Message: "must say why nobody needs to be paged"}}}
	}
	e, _, sub, err := s.load(tx, subject)
	if err != nil {
		return err
	}
	switch clock {
	case Response:
		e.response = stopped
		err = cancel(tx, subject, responseTimer, ackTimer)
	case Resolution:
		e.resolution = stopped
		err = cancel(tx, subject, resolutionTimer)
	default:
		return errs.Invalidf(`clock must be "response" or "resolution"`)
	}
	if err != nil {
		return err
	}
	if err := save(tx, e); err != nil {
		return err
	}
	return ledger.Append(tx, by, sub.Record, "escalation.stopped", Stopped{clock, reason})
}

// Stopped is the payload of escalation.stopped.
type Stopped struct {
	Clock  Clock  `json:"clock"`
	Reason string `json:"reason"`
}

// ClockState is how one clock stands, for a page to show.
type ClockState struct {
	State string    // running waiting done stopped
	Next  time.Time // when it acts next; zero when it does not
	Step  string    // what it does then: "step 2 of 4: roster payments-l2"
}

// Status is how both clocks of a subject stand.
type Status struct {
	Policy     string
	Response   ClockState
	Resolution ClockState
}

// StatusOf returns how the clocks of a subject stand. The caller has checked permission.
func (s *Service) StatusOf(tx *db.Tx, subject string) (Status, error) {
	e, spec, sub, err := s.load(tx, subject)
	if err != nil {
		return Status{}, err
	}
	st := Status{Policy: e.policy,
		Response: ClockState{State: string(e.response)}, Resolution: ClockState{State: string(e.resolution)}}
	timers, err := timer.Of(tx, subject)
	if err != nil {
		return st, err
	}
	for _, t := range timers {
		switch t.Kind {
		case responseTimer:
			g := spec.clamp(e.stage)
			whom, err := describe(tx, spec.targets(g))
			if err != nil {
				return st, err
			}
			st.Response.Next, st.Response.Step = t.Due, spec.name(g)+": "+whom
		case ackTimer:
			st.Response.Next, st.Response.Step = t.Due, "pages again unless there is progress"
		case resolutionTimer:
			l, err := s.ladderFor(tx, spec, sub)
			if err != nil {
				return st, err
			}
			whom, err := describe(tx, l.rung(e.rung).Targets)
			if err != nil {
				return st, err
			}
			st.Resolution.Next, st.Resolution.Step = t.Due, l.rungName(e.rung)+": "+whom
		}
	}
	return st, nil
}

// EscalateIn pages the next step now, because a person asks for help. With a target it
// pages that target instead and leaves the clocks as they are. It returns the steps that were
// paged or passed over.
func (s *Service) EscalateIn(tx *db.Tx, by actor.Actor, subject string, to *Target, reason string) ([]Paged, error) {
	e, spec, sub, err := s.load(tx, subject)
	if err != nil {
		return nil, err
	}
	if !sub.Open {
		return nil, errs.Conflictf("%s is restored: reopen it first", sub.Content.Incident)
	}
	if to != nil {
		if err := checkTarget(tx, *to); err != nil {
			return nil, err
		}
		c := call{clock: Resolution, label: "asked/" + tx.Now().Format(time.RFC3339Nano), name: reason, asker: by.Name, targets: []Target{*to}}
		note, err := s.page(tx, sub, c)
		if err == nil && len(note.People) == 0 {
			err = errs.Conflictf("%s has nobody who can be reached now: %s", note.Targets, note.Reason)
		}
		return []Paged{note}, err
	}
	if e.response == running {
		return s.respond(tx, e, spec, sub)
	}
	if e.resolution != running {
		return nil, errs.Conflictf("both clocks of %s are stopped: name whom to call", sub.Content.Incident)
	}
	return s.climb(tx, e, spec, sub)
}

func (s *Service) load(tx *db.Tx, subject string) (escalation, Spec, Subject, error) {
	sub, err := s.Subjects.Subject(tx, subject)
	if err != nil {
		return escalation{}, Spec{}, sub, err
	}
	e, err := find(tx, subject)
	if err != nil {
		return e, Spec{}, sub, err
	}
	spec, err := specOf(tx, e.policy)
	return e, spec, sub, err
}

func cancel(tx *db.Tx, subject string, kinds ...timer.Kind) error {
	for _, k := range kinds {
		if err := timer.Cancel(tx, k, subject); err != nil {
			return err
		}
	}
	return nil
}
