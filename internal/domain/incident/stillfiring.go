package incident

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/timer"
)

// stillFiringTimer looks at the alerts of an incident some time after it was restored; its
// subject is the incident's id. Closing the incident does not cancel it.
const stillFiringTimer timer.Kind = "incident.still-firing"

// Timers returns what happens when this room's timer fires.
func (s *Service) Timers() map[timer.Kind]timer.Handler {
	return map[timer.Kind]timer.Handler{stillFiringTimer: func(tx *db.Tx, t timer.Timer) error {
		i, err := ByID(tx, ID(t.Subject))
		if err != nil || i.State.Active() {
			return err
		}
		return s.goOn(tx, i)
	}}
}

// watchIn promises to look at alerts that fire on although their incident was restored.
func (s *Service) watchIn(tx *db.Tx, i ID) (at time.Time, err error) {
	at = tx.Now().Add(s.StillFiringAfter)
	return at, timer.Schedule(tx, stillFiringTimer, string(i), at, struct{}{})
}

// WatchIn makes sure that no alert fires unseen: each belongs to an incident that is not
// restored, or to one that is looked at again.
func (s *Service) WatchIn(tx *db.Tx) error {
	unseen, err := db.All(tx, db.Value[ID], `
		SELECT DISTINCT i.id FROM alert a JOIN incident i ON i.id = a.incident
		WHERE a.state = 'firing' AND i.state IN ('restored', 'closed') ORDER BY i.id`)
	if err != nil {
		return err
	}
	for _, i := range unseen {
		seen, err := watched(tx, i)
		if err == nil && !seen {
			_, err = s.watchIn(tx, i)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func watched(tx *db.Tx, i ID) (bool, error) {
	timers, err := timer.Of(tx, string(i))
	return slices.ContainsFunc(timers, func(t timer.Timer) bool { return t.Kind == stillFiringTimer }), err
}

// StillFires is told of an alert that fires on. When its incident has ended and nobody will
// look at it again, it goes on now.
func (s *Service) StillFires(tx *db.Tx, incident string) error {
	i, err := ByID(tx, ID(incident))
	if err != nil || i.State.Active() {
		return err
	}
	if seen, err := watched(tx, i.ID); err != nil || seen {
		return err
	}
	return s.goOn(tx, i)
}

// goOn takes up an ended incident whose alerts still fire: one that is restored is reopened;
// one that is closed stays so, and another follows it.
func (s *Service) goOn(tx *db.Tx, i Incident) error {
	firing, err := alert.FiringOf(tx, string(i.ID))
	if err != nil || len(firing) == 0 {
		return err
	}
	if i.State == Restored {
		reason := fmt.Sprintf("%s %s after it was restored", fires(firing), minutes(tx.Now().Sub(i.Restored)))
		_, err := s.reopenIn(tx, actor.Mainstay, i, tx.Now(), reason)
		return err
	}
	return s.replaceIn(tx, i, firing)
}

// replaceIn gives alerts that fire on after their incident was closed to the active incident
// of its group, or to a new one.
func (s *Service) replaceIn(tx *db.Tx, closed Incident, firing []alert.Alert) error {
	worst := slices.MinFunc(firing, func(a, b alert.Alert) int { return a.Severity - b.Severity })
	group, err := db.One(tx, db.Value[string], `SELECT last_group FROM incident WHERE id = ?`, string(closed.ID))
	if err != nil {
		return err
	}
	i, err := ofGroup(tx, group)
	switch {
	case isNone(err):
		i, err = s.openAfterIn(tx, closed, worst, group)
	case err == nil:
		err = s.worseIn(tx, i, worst)
	}
	if err != nil {
		return err
	}
	if err := alert.GoOnIn(tx, firing, string(i.ID)); err != nil {
		return err
	}
	return s.followIn(tx, i, closed)
}

// worseIn lets an alert that goes on in an incident give it its title and severity, if it is worse.
func (s *Service) worseIn(tx *db.Tx, i Incident, worst alert.Alert) error {
	worse, err := worseThanAllIn(tx, i.ID, worst.Severity)
	if err == nil && worse {
		err = s.takeHeadlineIn(tx, &i, headlineOf(worst))
	}
	if err != nil || worst.Severity >= i.Severity {
		return err
	}
	return s.severityIn(tx, actor.Mainstay, i, worst.Severity, "a worse alert joined: "+worst.Title)
}

func (s *Service) openAfterIn(tx *db.Tx, closed Incident, worst alert.Alert, group string) (Incident, error) {
	service, err := catalogue.ServiceByID(tx, closed.Service)
	if err != nil {
		return Incident{}, err
	}
	return s.openIn(tx, actor.Mainstay, service, Incident{
		Title: worst.Title, Severity: worst.Severity, Source: FromAlert, Detected: tx.Now(),
		Description: fmt.Sprintf("%s although %s was restored and closed.", fires([]alert.Alert{worst}), closed.Key()),
	}, group)
}

// maxTitles is how many alerts a sentence names.
const maxTitles = 5

// fires says which alerts fire: "2 alerts still fire: Queue depth; Sessions down".
func fires(list []alert.Alert) string {
	titles := make([]string, len(list))
	for n, a := range list {
		titles[n] = a.Title
	}
	if len(list) == 1 {
		return titles[0] + " still fires"
	}
	named := strings.Join(titles[:min(len(titles), maxTitles)], "; ")
	if more := len(titles) - maxTitles; more > 0 {
		named += fmt.Sprintf("; and %d more", more)
	}
	return fmt.Sprintf("%d alerts still fire (%s)", len(list), named)
}

// minutes writes a span as people do: "10 min", "3 h 05 min".
func minutes(d time.Duration) string {
	n := int(d.Round(time.Minute) / time.Minute)
	if n < 60 {
		return fmt.Sprintf("%d min", n)
	}
	return fmt.Sprintf("%d h %02d min", n/60, n%60)
}

// Ending is how a person restores an incident.
type Ending struct {
	Reason string
	// AlertsEnded says that the alerts are over too. Some senders never say so themselves.
	AlertsEnded bool
}

// Restoration is what became of it.
type Restoration struct {
	Incident
	// StillFiring are the alerts that fire nevertheless, and Reopens when the incident goes on
	// if one of them still does; zero when none fires.
	StillFiring []alert.Alert
	Reopens     time.Time
}

// Ended is the payload of incident.restored.
type Ended struct {
	Reason      string    `json:"reason,omitempty"`
	StillFiring []string  `json:"still_firing,omitempty"` // titles of the alerts that fire nevertheless
	Reopens     time.Time `json:"reopens,omitzero"`       // when it does if they still fire then
}

// stillFiringIn finds what fires although the incident is restored now, and promises to look
// again.
func (s *Service) stillFiringIn(tx *db.Tx, r *Restoration) (err error) {
	if r.StillFiring, err = alert.FiringOf(tx, string(r.ID)); err != nil || len(r.StillFiring) == 0 {
		return err
	}
	r.Reopens, err = s.watchIn(tx, r.ID)
	return err
}

func (r Restoration) note(reason string) Ended {
	note := Ended{Reason: reason, Reopens: r.Reopens}
	for _, a := range r.StillFiring[:min(len(r.StillFiring), maxTitles)] {
		note.StillFiring = append(note.StillFiring, a.Title)
	}
	return note
}
