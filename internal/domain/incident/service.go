package incident

import (
	"context"
	"fmt"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/id"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/escalation"
	"mainstay/internal/domain/notify"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/files"
	"mainstay/internal/engine/ledger"
)

// Config describes a Service.
type Config struct {
	DB         *db.DB
	Notify     *notify.Service
	Escalation *escalation.Service
	Files      *files.Store
	// BaseURL is where people reach this server, without a slash at the end.
	BaseURL string
	// ReopenWithin is how soon after it was restored a condition that comes back reopens
	// its incident instead of opening another; 0 means 10 minutes.
	ReopenWithin time.Duration
	// StillFiringAfter is how long a person's word that users can work again holds while alerts
	// of the incident still fire; then it is reopened. 0 means 10 minutes.
	StillFiringAfter time.Duration
}

// Service keeps incidents.
type Service struct{ Config }

// New returns a service.
func New(c Config) *Service {
	if c.ReopenWithin == 0 {
		c.ReopenWithin = 10 * time.Minute
	}
	if c.StillFiringAfter == 0 {
		c.StillFiringAfter = 10 * time.Minute
	}
	return &Service{c}
}

// Opening is an incident as a person opens it.
type Opening struct {
	Service     string // name
	Title       string
	Description string
	Severity    int // 1 (worst) to 4
	// Detected is when the trouble was first seen; zero means now.
	Detected time.Time
}

// Opened is the payload of incident.opened.
type Opened struct {
	Key     string `json:"key"`
	Title   string `json:"title"`
	Service string `json:"service"`
	// ServiceTitle is what people call the service.
	ServiceTitle string `json:"service_title,omitempty"`
	Severity     int    `json:"severity"`
	Source       Source `json:"source"`
	// Detected is when the trouble began, if that was more than a minute before we heard of it.
	Detected time.Time `json:"detected,omitzero"`
}

// Open opens an incident because a person says so.
func (s *Service) Open(ctx context.Context, by actor.Actor, in Opening) (i Incident, err error) {
	if err := people.Allow(by, people.IncidentOpen, people.Target{}); err != nil {
		return i, err
	}
	err = s.DB.Do(ctx, func(tx *db.Tx) error {
		service, err := checkOpening(tx, in)
		if err != nil {
			return err
		}
		detected := in.Detected
		if detected.IsZero() {
			detected = tx.Now()
		}
		i, err = s.openIn(tx, by, service, Incident{
			Title: in.Title, Description: in.Description, Severity: in.Severity, Source: FromPerson, Detected: detected,
		}, "")
		return err
	})
	return i, err
}

func checkOpening(tx *db.Tx, in Opening) (catalogue.Service, error) {
	var c errs.Check
	required(&c, "title", in.Title)
	text.Line(&c, "title", in.Title)
	text.Block(&c, "description", in.Description)
	validateSeverity(&c, in.Severity)
	c.Require(!in.Detected.After(tx.Now()), "detected", "must not be in the future")
	c.Require(in.Detected.IsZero() || tx.Now().Sub(in.Detected) < 30*24*time.Hour, "detected", "must be within the last 30 days")
	service, err := catalogue.ServiceByName(tx, in.Service)
	if errs.Is(err, errs.NotFound) {
		c.Add("service", "is not known: %q", cut(in.Service, 60))
	} else if err != nil {
		return service, err
	}
	return service, c.Err("the incident")
}

// openIn stores a new incident and starts its clocks.
func (s *Service) openIn(tx *db.Tx, by actor.Actor, service catalogue.Service, i Incident, group string) (Incident, error) {
	number, err := tx.Number("incident")
	if err != nil {
		return i, err
	}
	i.Service, i.ServiceName, i.ServiceFull = service.ID, service.Name, service.Title
	i.Resumed = i.Detected
	i.ID, i.Number, i.State, i.Opened, i.Progress, i.Opening, i.Version = id.New[ID](), number, Open, tx.Now(), tx.Now(), 1, 1
	if err := insert(tx, i, group); err != nil {
		return i, err
	}
	note := Opened{Key: i.Key(), Title: i.Title, Service: i.ServiceName, ServiceTitle: i.ServiceFull, Severity: i.Severity, Source: i.Source}
	if i.Opened.Sub(i.Detected) > time.Minute {
		note.Detected = i.Detected
	}
	if err := ledger.Begin(tx, by, i.Record(), "incident.opened", note, catalogue.ServiceRecord(i.Service)); err != nil {
		return i, err
	}
	return i, s.Escalation.StartIn(tx, s.subject(i, service))
}

// OpenOrJoin takes an alert: it joins the active incident of its group, or the one into which
// that was merged, reopens the one that was restored a moment ago when the same condition is
// back, or opens another.
func (s *Service) OpenOrJoin(tx *db.Tx, o alert.Opening) (string, error) {
	i, err := ofGroup(tx, o.GroupKey)
	if isNone(err) {
		i, err = survivorOf(tx, o.GroupKey)
	}
	if isNone(err) {
		return s.reopenOrOpen(tx, o)
	}
	if err != nil {
		return "", err
	}
	return string(i.ID), s.joinIn(tx, i, o)
}

// reopenOrOpen takes an alert whose group has no active incident. A condition that comes back
// so soon was not restored: its incident goes on. Other trouble is another story, which
// follows the one that ended a moment ago.
func (s *Service) reopenOrOpen(tx *db.Tx, o alert.Opening) (string, error) {
	ended, err := endedOf(tx, o.GroupKey, tx.Now().Add(-s.ReopenWithin))
	if err != nil {
		return "", err
	}
	for _, i := range ended {
		same, err := alert.HasHad(tx, string(i.ID), o.Fingerprint)
		if err != nil {
			return "", err
		}
		if !same || i.State != Restored {
			continue
		}
		reason := fmt.Sprintf("%s fires again %s after it was restored", o.Title, tx.Now().Sub(i.Restored).Round(time.Second))
		if i, err = s.reopenIn(tx, actor.Mainstay, i, o.Detected, reason); err != nil {
			return "", err
		}
		return string(i.ID), s.joinIn(tx, i, o)
	}
	i, err := s.openIn(tx, actor.Mainstay, o.Service, Incident{
		Title: o.Title, Description: cut(o.Description, text.MaxBlock), Severity: o.Severity,
		Source: FromAlert, Detected: o.Detected,
	}, o.GroupKey)
	if err != nil || len(ended) == 0 {
		return string(i.ID), err
	}
	return string(i.ID), s.followIn(tx, i, ended[0])
}

// followIn links an incident with the one that came before it, on both timelines.
func (s *Service) followIn(tx *db.Tx, i, before Incident) error {
	if err := linkBoth(tx, i.ID, before.ID); err != nil {
		return err
	}
	note := Other{Key: before.Key(), From: i.Key(), How: Follows}
	return ledger.Append(tx, actor.Mainstay, i.Record(), "incident.linked", note, before.Record())
}

// joinIn lets a worse alert raise the severity of the incident that it joins and give it its title,
// and one that is no better move its beginning back: it may have been noticed first and told late.
func (s *Service) joinIn(tx *db.Tx, i Incident, o alert.Opening) error {
	if i.Opening == 1 && o.Severity <= i.Severity && o.Detected.Before(i.Detected) {
		note := DetectedEarlier{From: i.Detected, To: o.Detected, Alert: o.Title}
		i.Detected, i.Resumed = o.Detected, o.Detected
		if err := s.earlierIn(tx, &i, note); err != nil {
			return err
		}
	}
	worse, err := worseThanAllIn(tx, i.ID, o.Severity)
	if err != nil {
		return err
	}
	if worse {
		if err := s.takeHeadlineIn(tx, &i, headline{o.Title, o.Description, o.Severity}); err != nil {
			return err
		}
	}
	n, err := alert.ActiveOf(tx, string(i.ID)) // without the one that joins
	if err != nil {
		return err
	}
	if i.Source == FromAlert {
		if err := s.Notify.GrowsIn(tx, i.Record(), n); err != nil {
			return err
		}
	}
	if o.Severity >= i.Severity {
		return nil
	}
	return s.severityIn(tx, actor.Mainstay, i, o.Severity, "a worse alert joined: "+o.Title)
}

// DetectedEarlier is the payload of incident.detected-earlier.
type DetectedEarlier struct {
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
	Alert string    `json:"alert"` // title of the one that began then
}

// earlierIn stores that the trouble began earlier than we knew; the resolution clock follows.
func (s *Service) earlierIn(tx *db.Tx, i *Incident, note DetectedEarlier) error {
	if err := update(tx, i); err != nil {
		return err
	}
	if note.From.Sub(note.To) > time.Minute {
		if err := ledger.Append(tx, actor.Mainstay, i.Record(), "incident.detected-earlier", note); err != nil {
			return err
		}
	}
	return s.Escalation.BeganEarlierIn(tx, string(i.ID))
}

// AllResolved restores the incident when its service wants that.
func (s *Service) AllResolved(tx *db.Tx, incident string) error {
	i, err := ByID(tx, ID(incident))
	if err != nil || !i.State.Active() {
		return err
	}
	service, err := catalogue.ServiceByID(tx, i.Service)
	if err != nil {
		return err
	}
	if !service.RestoreWhenResolved {
		return ledger.Append(tx, actor.Mainstay, i.Record(), "incident.alerts-resolved", nil)
	}
	_, err = s.restoreIn(tx, actor.Mainstay, i, "all alerts resolved")
	return err
}

// Standing returns what people call the incident, and when it ended: the zero time while it
// goes on.
func (s *Service) Standing(tx *db.Tx, incident string) (key string, ended time.Time, err error) {
	i, err := ByID(tx, ID(incident))
	return i.Key(), i.Ended(), err
}

// change reads an incident, checks the permission, and runs fn on it in one transaction.
func (s *Service) change(ctx context.Context, by actor.Actor, key string, may people.Action,
	fn func(*db.Tx, Incident) (Incident, error)) (i Incident, err error) {
	err = s.DB.Do(ctx, func(tx *db.Tx) error {
		if i, err = ByKey(tx, key); err != nil {
			return denyFirst(by, may, err)
		}
		target, err := catalogue.Target(tx, i.Service)
		if err != nil {
			return err
		}
		if err := people.Allow(by, may, target); err != nil {
			return err
		}
		if _, err = fn(tx, i); err != nil {
			return err
		}
		i, err = ByID(tx, i.ID)
		return err
	})
	return i, err
}

// denyFirst keeps from whoever may not act whether an incident exists.
func denyFirst(by actor.Actor, may people.Action, err error) error {
	if denied := people.Allow(by, may, people.Target{}); denied != nil {
		return denied
	}
	return err
}
