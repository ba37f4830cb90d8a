package alert

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/id"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/timer"
)

// Opening is what an incident needs to know of the alert that opens or joins it.
type Opening struct {
	Service     catalogue.Service
	GroupKey    string
	Fingerprint string // of the alert
	Title       string
	Description string
	Severity    int
	Detected    time.Time
}

// Incidents is the room above that turns alerts into incidents.
type Incidents interface {
	// OpenOrJoin returns the incident that now holds the alert.
	OpenOrJoin(*db.Tx, Opening) (incident string, err error)
	// AllResolved says that no alert of the incident is active any more.
	AllResolved(tx *db.Tx, incident string) error
	// Standing returns what people call the incident, and when it ended: the zero time while
	// it goes on.
	Standing(tx *db.Tx, incident string) (key string, ended time.Time, err error)
	// StillFires says that an alert of the incident fires on, even if the incident has ended.
	StillFires(tx *db.Tx, incident string) error
}

// Config describes a Service. Incidents is set by app before anything runs.
type Config struct {
	DB        *db.DB
	Incidents Incidents
	Log       *slog.Logger
}

// Service takes alerts.
type Service struct {
	Config

	intake intake
}

// New returns a service.
func New(c Config) *Service { return &Service{Config: c} }

const expireTimer timer.Kind = "alert.expire"

// Timers returns what happens when each of this room's timers fires.
func (s *Service) Timers() map[timer.Kind]timer.Handler {
	return map[timer.Kind]timer.Handler{expireTimer: s.expire, quietTimer: s.settle}
}

// Receive takes alerts from a sender. Valid ones are stored with their incidents in one
// durable transaction; the others are quarantined and named in the Invalid error that is
// returned beside the number taken. Only a nil error means that all is safe.
func (s *Service) Receive(ctx context.Context, by actor.Actor, alerts []In) (taken int, err error) {
	if err := people.Allow(by, people.AlertSend, people.Target{Service: by.Service}); err != nil {
		return 0, err
	}
	d := delivery{by: by}
	now := s.DB.Clock().Now()
	for i, in := range alerts {
		if err := in.Validate(fmt.Sprintf("[%d]", i), now); err != nil {
			d.bad = append(d.bad, refused{in, err})
			continue
		}
		d.good = append(d.good, in)
	}
	if err := s.store(ctx, &d); err != nil {
		return 0, err
	}
	return len(d.good), refusal(d.bad, len(d.good))
}

// ReceiveIn takes one alert in the caller's transaction: a refused one is an error and is not kept.
func (s *Service) ReceiveIn(tx *db.Tx, by actor.Actor, in In) error {
	if err := people.Allow(by, people.AlertSend, people.Target{Service: by.Service}); err != nil {
		return err
	}
	if err := in.Validate("alert", tx.Now()); err != nil {
		return err
	}
	return s.receiveIn(tx, by, in)
}

const maxFields = 50 // refused fields named in one answer

type refused struct {
	in  In
	why error
}

// refusal joins the errors of the refused alerts into one.
func refusal(bad []refused, taken int) error {
	if len(bad) == 0 {
		return nil
	}
	e := &errs.E{Kind: errs.Invalid, Message: fmt.Sprintf(
		"%d alerts taken, %d refused and kept in the quarantine", taken, len(bad))}
	for _, b := range bad {
		e.Fields = append(e.Fields, errs.FieldsOf(b.why)...)
	}
	e.Fields = e.Fields[:min(len(e.Fields), maxFields)]
	return e
}

func (s *Service) receiveIn(tx *db.Tx, by actor.Actor, in In) error {
	print := fingerprint(by.Service, in.Labels)
	active, err := activeBy(tx, print)
	known := err == nil
	if err != nil && !errors.Is(err, db.ErrNone) {
		return err
	}
	resolved := !in.Ends.IsZero() && !in.Ends.After(tx.Now())
	if known && !resolved {
		if known, err = s.goesOn(tx, active, in); err != nil {
			return err
		}
	}
	switch {
	case known && resolved && active.Flapping:
		return fallsQuiet(tx, active)
	case known && resolved:
		return s.resolve(tx, by, active, in.Ends)
	case known:
		return s.refresh(tx, by, active, in)
	case resolved:
		return nil // ended before we heard of it: nothing to do, nobody to wake
	}
	return s.fire(tx, by, print, in)
}

// goesOn reports whether an alert repeats the firing that we know. It does not when it began
// after the incident had ended: then nobody has ever told us that the firing before it ended,
// and that one is resolved here. A sender that names no beginning does not say that it is new.
func (s *Service) goesOn(tx *db.Tx, known Alert, in In) (bool, error) {
	began := starts(in, tx.Now())
	if known.Incident == "" || in.Starts.IsZero() || !began.After(known.Starts) {
		return true, nil
	}
	_, ended, err := s.Incidents.Standing(tx, known.Incident)
	if err != nil || ended.IsZero() || !began.After(ended) {
		return true, err
	}
	return false, s.resolve(tx, actor.Mainstay, known, known.Received)
}

// serviceFor finds the service that an alert is about: the one of the integration key, the
// one that its label names, else "unassigned".
func serviceFor(tx *db.Tx, by actor.Actor, labels map[string]string) (catalogue.Service, error) {
	if by.Kind == actor.Integration {
		return catalogue.ServiceByID(tx, catalogue.ServiceID(by.Service))
	}
	if name := strings.ToLower(labels[labelService]); name != "" {
		s, err := catalogue.ServiceByName(tx, name)
		if !errs.Is(err, errs.NotFound) {
			return s, err
		}
	}
	return catalogue.ServiceByName(tx, catalogue.Unassigned)
}

func (s *Service) fire(tx *db.Tx, by actor.Actor, print string, in In) error {
	service, err := serviceFor(tx, by, in.Labels)
	if err != nil {
		return err
	}
	a := Alert{
		ID: id.New[ID](), Fingerprint: print, Service: service.ID, Name: cut(oneLine(nameOf(in)), maxTitle),
		Title: titleOf(in), Severity: severityOf(in.Labels), Labels: in.Labels, Annotations: in.Annotations,
		Link: in.Link, State: Firing, Starts: starts(in, tx.Now()), Received: tx.Now(), Count: 1,
	}
	if name := in.Labels[labelComponent]; name != "" {
		c, err := catalogue.ComponentByName(tx, name)
		if err != nil && !errs.Is(err, errs.NotFound) {
			return err
		}
		a.Component = c.ID
	}
	if in.Group == "" {
		if a.Held, err = s.holdOn(tx, a); err != nil {
			return err
		}
	}
	if a.Held.Kind == "" {
		a.Incident, err = s.Incidents.OpenOrJoin(tx, Opening{
			Service: service, GroupKey: groupKey(service, in.Group, in.Labels), Fingerprint: print, Title: a.Title, Severity: a.Severity,
			Description: in.Annotations["description"], Detected: detected(in, tx.Now()),
		})
		if err != nil {
			return err
		}
	}
	return s.begin(tx, by, a, in.Ends)
}

// begin stores an alert that begins to fire, and tells of it.
func (s *Service) begin(tx *db.Tx, by actor.Actor, a Alert, expires time.Time) error {
	times, err := flaps(tx, a.Fingerprint)
	if err != nil {
		return err
	}
	a.Flapping = times >= flapsFrom
	if err := insert(tx, a); err != nil {
		return err
	}
	if !expires.IsZero() {
		if err := timer.Schedule(tx, expireTimer, string(a.ID), expires, struct{}{}); err != nil {
			return err
		}
	}
	fired := Fired{Name: a.Name, Title: a.Title, Severity: a.Severity, Labels: a.Labels}
	if err := ledger.Begin(tx, by, Record(a.ID), "alert.fired", fired, a.about()...); err != nil {
		return err
	}
	if a.Flapping {
		if err := beginsToFlap(tx, a, times); err != nil {
			return err
		}
	}
	if a.Held.Kind == "" {
		return nil
	}
	return ledger.Append(tx, actor.Mainstay, Record(a.ID), "alert.held", Held{a.Title, a.Held.Kind, a.Held.Why})
}

// Fired is the payload of alert.fired.
type Fired struct {
	Name     string            `json:"name"`
	Title    string            `json:"title"`
	Severity int               `json:"severity"`
	Labels   map[string]string `json:"labels"`
}

// Ended is the payload of alert.resolved and alert.stale.
type Ended struct {
	Title string    `json:"title"`
	Ends  time.Time `json:"ends"`
}

func starts(in In, now time.Time) time.Time {
	if in.Starts.IsZero() || in.Starts.After(now) {
		return now
	}
	return in.Starts
}

// believed is how far back a sender may say that trouble began. Senders repeat for weeks what
// nobody repairs; the clocks of an incident must not start there.
const believed = 24 * time.Hour

// detected is when the trouble began, as far as the sender is believed: so an alert that was
// held up on its way loses no time.
func detected(in In, now time.Time) time.Time {
	if began := starts(in, now); began.After(now.Add(-believed)) {
		return began
	}
	return now.Add(-believed)
}

// moveExpiry sets until when a known alert is believed to fire.
func moveExpiry(tx *db.Tx, a ID, ends time.Time) error {
	if ends.IsZero() {
		return timer.Cancel(tx, expireTimer, string(a))
	}
	return timer.Schedule(tx, expireTimer, string(a), ends, struct{}{})
}

// refresh notes that an active alert still fires. That is no event: a sender says it every
// minute.
func (s *Service) refresh(tx *db.Tx, by actor.Actor, a Alert, in In) error {
	_, err := tx.Exec(`
		UPDATE alert SET received = ?, count = count + 1, annotations = ?, state = 'firing' WHERE id = ?`,
		tx.Now(), db.AsJSON(in.Annotations), string(a.ID))
	if err != nil {
		return err
	}
	if err := moveExpiry(tx, a.ID, in.Ends); err != nil {
		return err
	}
	if err := stirs(tx, a); err != nil {
		return err
	}
	if a.State != Firing {
		err := ledger.Append(tx, by, Record(a.ID), "alert.fires-again",
			Fired{Name: a.Name, Title: a.Title, Severity: a.Severity}, a.about()...)
		if err != nil {
			return err
		}
	}
	if a.Incident == "" {
		return nil
	}
	return s.Incidents.StillFires(tx, a.Incident)
}

// end stores that an alert is over.
func end(tx *db.Tx, by actor.Actor, a Alert, ends time.Time) error {
	_, err := tx.Exec(`UPDATE alert SET state = 'resolved', ends = ? WHERE id = ?`, ends, string(a.ID))
	if err != nil {
		return err
	}
	for _, kind := range []timer.Kind{expireTimer, quietTimer} {
		if err := timer.Cancel(tx, kind, string(a.ID)); err != nil {
			return err
		}
	}
	return ledger.Append(tx, by, Record(a.ID), "alert.resolved", Ended{a.Title, ends}, a.about()...)
}

func (s *Service) resolve(tx *db.Tx, by actor.Actor, a Alert, ends time.Time) error {
	if err := end(tx, by, a, ends); err != nil || a.Incident == "" {
		return err
	}
	left, err := db.One(tx, db.Value[int64], `
		SELECT count(*) FROM alert WHERE incident = ? AND state <> 'resolved'`, a.Incident)
	if err != nil || left > 0 {
		return err
	}
	return s.Incidents.AllResolved(tx, a.Incident)
}

// expire marks an alert whose sender has fallen silent.
func (s *Service) expire(tx *db.Tx, t timer.Timer) error {
	a, err := byID(tx, ID(t.Subject))
	if err != nil || a.State != Firing {
		return err
	}
	if _, err := tx.Exec(`UPDATE alert SET state = 'stale' WHERE id = ?`, string(a.ID)); err != nil {
		return err
	}
	return ledger.Append(tx, actor.Mainstay, Record(a.ID), "alert.stale", Ended{Title: a.Title, Ends: tx.Now()}, a.about()...)
}

func incidentRecord(a Alert) ledger.Record { return ledger.Record{Kind: "incident", ID: a.Incident} }
