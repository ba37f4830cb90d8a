package incident

import (
	"fmt"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/escalation"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/outbox"
)

// Subject describes an incident to the escalation room.
func (s *Service) Subject(tx *db.Tx, incident string) (escalation.Subject, error) {
	i, err := ByID(tx, ID(incident))
	if err != nil {
		return escalation.Subject{}, err
	}
	service, err := catalogue.ServiceByID(tx, i.Service)
	if err != nil {
		return escalation.Subject{}, err
	}
	sub := s.subject(i, service)
	n, err := alert.ActiveOf(tx, incident)
	if i.Source == FromAlert { // its title is that of one of them
		sub.Content.More = max(0, n-1)
	}
	return sub, err
}

func (s *Service) subject(i Incident, service catalogue.Service) escalation.Subject {
	return escalation.Subject{
		ID:           string(i.ID),
		Record:       i.Record(),
		Service:      service,
		Severity:     i.Severity,
		Detected:     i.Detected,
		Resumed:      i.Resumed,
		Since:        i.Since(),
		Open:         i.State.Active(),
		Opening:      i.Opening,
		Acknowledged: i.State == Acknowledged || i.State == Investigating,
		Content:      s.content(i),
	}
}

// content is what a page about the incident says.
func (s *Service) content(i Incident) outbox.Content {
	return outbox.Content{
		Incident:     i.Key(),
		Service:      i.ServiceName,
		ServiceTitle: i.ServiceFull,
		Severity:     i.Severity,
		Title:        i.Headline(),
		Text:         cut(i.Description, 2000),
		URL:          fmt.Sprintf("%s/incidents/%s", s.BaseURL, i.Key()),
	}
}

// Expired is the payload of incident.ack-expired.
type Expired struct {
	Acknowledger string        `json:"acknowledger,omitempty"`
	Timeout      time.Duration `json:"timeout,omitempty"`
	Snoozed      bool          `json:"snoozed,omitempty"`
}

// AckExpired takes back an acknowledgement that showed no progress, or ends a snooze; the
// response clock starts again.
func (s *Service) AckExpired(tx *db.Tx, incident string, timeout time.Duration) error {
	i, err := ByID(tx, ID(incident))
	if err != nil {
		return err
	}
	to, err := next(i.Key(), i.State, expire)
	if err != nil {
		return err
	}
	note := Expired{Acknowledger: i.AcknowledgerName, Timeout: timeout, Snoozed: !i.SnoozedUntil.IsZero()}
	i.State, i.Acknowledged, i.Acknowledger, i.AcknowledgerName = to, time.Time{}, "", ""
	i.SnoozedUntil = time.Time{}
	if err := update(tx, &i); err != nil {
		return err
	}
	return ledger.Append(tx, actor.Mainstay, i.Record(), "incident.ack-expired", note)
}
