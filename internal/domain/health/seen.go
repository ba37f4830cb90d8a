package health

import (
	"time"

	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/maintenance"
	"mainstay/internal/engine/db"
)

// Trouble is an incident that is not restored.
type Trouble struct {
	ID, Key, Title string
	Service        catalogue.ServiceID
	Severity       int
	Acknowledged   bool
	Holder         string // empty when nobody has it
	SnoozedUntil   time.Time
	Since          time.Time // when the outage would have begun had it never been interrupted
}

// Incidents is the room above that knows them.
type Incidents interface {
	// ActiveIn returns the incidents that are not restored.
	ActiveIn(*db.Tx) ([]Trouble, error)
}

// Sighting is what a check or an agent sees of a component.
type Sighting struct {
	Component catalogue.ComponentID
	State     State
	Text      string // what is seen, such as "3 of 3 locations get no answer"
	Since     time.Time
	URL       string // page of what saw it; may be empty
}

// Watcher is a room above that watches components by itself.
type Watcher interface {
	// Sightings returns what is seen of each component, good or bad; silence of what should speak is Unknown.
	Sightings(*db.Tx) ([]Sighting, error)
}

// Work is planned work that is under way.
type Work struct {
	Title                string
	Until                time.Time
	services, components []string // names of what it is about
}

// Reason is one thing that makes a part, or a service, as it is by itself.
type Reason struct {
	State    State
	Handling Handling
	Text     string // what is wrong, as its sender says it
	Note     string // how it is taken, such as "acknowledged by Ana Ruiz"
	Since    time.Time

	Alert       alert.ID // empty when it is no alert
	Severity    int      // of the alert or incident, 0 when it is neither
	Incident    string   // key; empty when there is none
	IncidentID  string
	Holder      string // who has the incident
	Procedure   string // address of what to do, as the sender says; empty when none
	Explanation string // where the sender explains it; empty when it does not
}

// seen is everything that is known at one instant, as the rooms tell it.
type seen struct {
	now       time.Time
	alerts    []alert.Alert // not resolved
	heard     map[catalogue.ComponentID]bool
	inputs    map[string]alert.Input // by name of the service
	troubles  []Trouble
	sightings []Sighting
	work      []Work
}

func (s *Service) see(tx *db.Tx) (out seen, err error) {
	out.now = tx.Now()
	if out.alerts, err = alert.ActiveIn(tx); err != nil {
		return out, err
	}
	if out.heard, err = alert.HeardOf(tx); err != nil {
		return out, err
	}
	if out.inputs, err = alert.Inputs(tx); err != nil {
		return out, err
	}
	if s.Incidents != nil {
		if out.troubles, err = s.Incidents.ActiveIn(tx); err != nil {
			return out, err
		}
	}
	for _, w := range s.Watchers {
		list, err := w.Sightings(tx)
		if err != nil {
			return out, err
		}
		out.sightings = append(out.sightings, list...)
	}
	out.work, err = underWay(tx)
	return out, err
}

// underWay is the planned work of this moment.
func underWay(tx *db.Tx) ([]Work, error) {
	list, err := maintenance.OpenAt(tx, tx.Now())
	out := make([]Work, len(list))
	for i, m := range list {
		out[i] = Work{Title: m.Title(), Until: m.Window.To, services: m.Spec.Services, components: m.Spec.Components}
	}
	return out, err
}

// reasonOf turns an alert into a reason, with what its incident says of how it is taken.
func (s seen) reasonOf(a alert.Alert, troubles map[string]Trouble) Reason {
	r := Reason{State: ofSeverity(a.Severity), Text: a.Title, Since: a.Starts, Alert: a.ID, Severity: a.Severity,
		IncidentID: a.Incident, Procedure: procedure(a), Explanation: a.Link}
	t, active := troubles[a.Incident]
	switch {
	case active:
		r.Incident, r.Holder = t.Key, t.Holder
		s.taken(&r, t)
	case a.Held.Kind == alert.ForMaintenance:
		r.Handling, r.Note = Planned, a.Held.Why
	case a.Held.Kind != "":
		r.Handling, r.Note = Suppressed, a.Held.Why
	case a.State == alert.Firing:
		r.State, r.Handling, r.Note = Warn, Restored, "restored by a person, but it has not ended"
	}
	if a.State == alert.Stale {
		r.State = Unknown
		if r.Note == "" {
			r.Note = "its monitoring has fallen silent"
		}
	}
	return r
}

// reasonOfTrouble turns an incident into a reason; what to do about it comes from one of its alerts, which
// may be none.
func (s seen) reasonOfTrouble(t Trouble, of Reason) Reason {
	r := Reason{State: ofSeverity(t.Severity), Text: t.Title, Since: t.Since, Severity: t.Severity, Incident: t.Key, IncidentID: t.ID, Holder: t.Holder,
		Alert: of.Alert, Procedure: of.Procedure, Explanation: of.Explanation}
	s.taken(&r, t)
	return r
}

// taken says how an incident is taken.
func (s seen) taken(r *Reason, t Trouble) {
	switch {
	case t.SnoozedUntil.After(s.now):
		r.Handling, r.Note = Snoozed, "snoozed until "+t.SnoozedUntil.UTC().Format("15:04 UTC")
	case t.Acknowledged && t.Holder != "":
		r.Handling, r.Note = Acknowledged, "acknowledged by "+t.Holder
	case t.Acknowledged:
		r.Handling, r.Note = Acknowledged, "acknowledged"
	}
}

// procedure is where the sender says what to do, by the annotations that senders use.
func procedure(a alert.Alert) string {
	for _, name := range []string{"runbook_url", "runbook", "sop"} {
		if u := a.Annotations[name]; validURL(u) {
			return u
		}
	}
	return ""
}
