package api

import (
	"context"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/incident"
	"mainstay/internal/domain/people"
)

// Incident is an incident as callers see it.
type Incident struct {
	Key            string     `json:"key" example:"INC-12"`
	Title          string     `json:"title"`
	Description    string     `json:"description"`
	Status         string     `json:"status" enum:"open,acknowledged,investigating,restored,closed"`
	Severity       int        `json:"severity" doc:"1 (worst) to 4."`
	Service        string     `json:"service" doc:"Name of the service."`
	ServiceTitle   string     `json:"service_title"`
	Source         string     `json:"source" enum:"alert,person" doc:"What opened it."`
	Assignee       *string    `json:"assignee" doc:"Login."`
	HeldBefore     *string    `json:"held_before" doc:"Name of who had it before it was reopened."`
	Detected       time.Time  `json:"detected" doc:"When the trouble began, as far as is known."`
	Opened         time.Time  `json:"opened" doc:"When Mainstay heard of it."`
	OutageSeconds  int64      `json:"outage_seconds" doc:"How long it was not restored, over all its openings, until now."`
	Acknowledged   *time.Time `json:"acknowledged"`
	AcknowledgedBy *string    `json:"acknowledged_by" doc:"Name of the person or token."`
	SnoozedUntil   *time.Time `json:"snoozed_until"`
	Restored       *time.Time `json:"restored"`
	Closed         *time.Time `json:"closed"`
	MergedInto     *string    `json:"merged_into" doc:"Key of the incident that goes on."`
	URL            string     `json:"url" doc:"Its page."`
	Version        int64      `json:"version" doc:"Grows with every change."`
}

func (a *API) show(i incident.Incident) Incident {
	v := Incident{
		Key: i.Key(), Title: i.Title, Description: i.Description, Status: string(i.State), Severity: i.Severity,
		Service: i.ServiceName, ServiceTitle: i.ServiceFull, Source: string(i.Source), Assignee: text(i.AssigneeLogin),
		Detected: i.Detected, Opened: i.Opened, Acknowledged: instant(i.Acknowledged), AcknowledgedBy: text(i.AcknowledgerName),
		SnoozedUntil: instant(i.SnoozedUntil), Restored: instant(i.Restored), Closed: instant(i.Closed),
		HeldBefore: text(i.HolderBefore), OutageSeconds: int64(i.Outage(a.Clock.Now()).Seconds()),
		URL: a.BaseURL + "/incidents/" + i.Key(), Version: i.Version,
	}
	if i.MergedNumber > 0 {
		v.MergedInto = text(incident.Key(i.MergedNumber))
	}
	return v
}

// Keyed is the path of an incident.
type Keyed struct {
	Key string `path:"key" example:"INC-12" doc:"Key of the incident."`
}

func (a *API) incidents() {
	add(a, get("/incidents", people.IncidentRead, "List incidents, the worst and among those the oldest first"), a.listIncidents)
	add(a, create("/incidents", people.IncidentOpen, "Open an incident"), a.openIncident)
	add(a, get("/incidents/{key}", people.IncidentRead, "Get an incident with its roles, clocks and links"), a.getIncident)
	add(a, get("/incidents/{key}/timeline", people.IncidentRead, "List all that happened to an incident, in the order in which it did"), a.timeline)
	add(a, get("/incidents/{key}/alerts", people.IncidentRead, "List the alerts of an incident, oldest first"), a.incidentAlerts)
	a.incidentActs()
	a.incidentBulk()
	a.attachments()
}

func (a *API) listIncidents(ctx context.Context, by actor.Actor, in *struct {
	Paging
	Status   []string `query:"status,explode" enum:"open,acknowledged,investigating,restored,closed" doc:"Only these; may be repeated."`
	Severity []int    `query:"severity,explode" minimum:"1" maximum:"4" doc:"Only these; may be repeated."`
	Service  string   `query:"service" doc:"Name of the service."`
	Assignee string   `query:"assignee" doc:"Login."`
	Active   bool     `query:"active" doc:"Only those that are not restored."`
	Query    string   `query:"q" maxLength:"200" doc:"Words in title, key or service."`
	Sort     string   `query:"sort" enum:"newest" doc:"Newest first instead of worst first."`
}) (page.List[Incident], error) {
	f := incident.Filter{Severities: in.Severity, Service: in.Service, Assignee: in.Assignee, Active: in.Active, Words: in.Query, Sort: in.Sort}
	for _, s := range in.Status {
		f.States = append(f.States, incident.State(s))
	}
	list, err := a.Incidents.List(ctx, by, f, in.request())
	return each(list, a.show), err
}

func (a *API) openIncident(ctx context.Context, by actor.Actor, in *struct {
	Body struct {
		Service     string    `json:"service" doc:"Name of the service."`
		Title       string    `json:"title" doc:"What is wrong, in a line."`
		Description string    `json:"description,omitempty"`
		Severity    int       `json:"severity" doc:"1 (worst) to 4."`
		Detected    time.Time `json:"detected,omitzero" doc:"When it was first seen; now when left out."`
	}
}) (Incident, error) {
	b := in.Body
	i, err := a.Incidents.Open(ctx, by, incident.Opening{
		Service: b.Service, Title: b.Title, Description: b.Description, Severity: b.Severity, Detected: b.Detected,
	})
	return a.show(i), err
}

// IncidentDetail is an incident with what is around it.
type IncidentDetail struct {
	Incident
	Roles  map[string]string `json:"roles" doc:"Who is coordinator, comms and scribe: logins."`
	Clocks Clocks            `json:"clocks"`
	Linked []string          `json:"linked" doc:"Keys of linked incidents, and of those that were merged into this one."`
	Alerts int               `json:"alerts" doc:"How many alerts it has."`
}

// Clocks are how the two escalation clocks of an incident stand.
type Clocks struct {
	Policy     *string `json:"policy" doc:"Null for the built-in one."`
	Response   Clock   `json:"response" doc:"Pages until somebody acknowledges."`
	Resolution Clock   `json:"resolution" doc:"Brings in more people until the service is restored."`
}

// Clock is how one of them stands.
type Clock struct {
	State string     `json:"state" enum:"running,waiting,done,stopped"`
	Next  *time.Time `json:"next" doc:"When it acts next."`
	Step  *string    `json:"step" doc:"What it does then."`
}

func (a *API) getIncident(ctx context.Context, by actor.Actor, in *Keyed) (IncidentDetail, error) {
	d, err := a.Incidents.Detail(ctx, by, in.Key)
	if err != nil {
		return IncidentDetail{}, err
	}
	out := IncidentDetail{Incident: a.show(d.Incident), Roles: map[string]string{}, Linked: []string{}, Alerts: len(d.Alerts)}
	for role, u := range d.Roles {
		out.Roles[string(role)] = u.Login
	}
	for _, other := range d.Linked {
		out.Linked = append(out.Linked, other.Key())
	}
	c := d.Clocks
	out.Clocks = Clocks{Policy: text(c.Policy),
		Response:   Clock{c.Response.State, instant(c.Response.Next), text(c.Response.Step)},
		Resolution: Clock{c.Resolution.State, instant(c.Resolution.Next), text(c.Resolution.Step)}}
	return out, nil
}

// Event is one entry of a timeline.
type Event struct {
	ID      string     `json:"id"`
	At      time.Time  `json:"at" doc:"When it happened."`
	Entered *time.Time `json:"entered" doc:"When it was written down, if that was later; null otherwise."`
	Kind    string     `json:"kind" example:"incident.acknowledged"`
	Actor   string     `json:"actor" doc:"Name of who did it."`
	Record  string     `json:"record" doc:"Kind of the record that it happened to."`
	Text    string     `json:"text" example:"Ana Ruiz acknowledged: the response clock waits" doc:"What happened, in a sentence for people; it begins with the actor."`
	Details any        `json:"details" doc:"What the kind of event has to say; null when nothing."`
}

func (a *API) showEvent(i incident.Incident, e incident.Entry) (Event, error) {
	v := Event{ID: e.ID, At: e.Happened, Kind: e.Kind, Actor: e.Actor.Name, Record: e.Record.Kind}
	if e.Late() {
		v.Entered = instant(e.At)
	}
	if len(e.Payload) > 0 {
		v.Details = e.Payload
	}
	var err error
	v.Text, err = a.Tell(i.Key(), i.Record(), e)
	return v, err
}

func (a *API) timeline(ctx context.Context, by actor.Actor, in *Keyed) (page.List[Event], error) {
	i, err := a.Incidents.Get(ctx, by, in.Key)
	if err != nil {
		return page.List[Event]{}, err
	}
	events, err := a.Incidents.Timeline(ctx, by, in.Key)
	if err != nil {
		return page.List[Event]{}, err
	}
	out := page.List[Event]{Items: make([]Event, len(events))}
	for n, e := range events {
		if out.Items[n], err = a.showEvent(i, e); err != nil {
			return page.List[Event]{}, err
		}
	}
	return out, nil
}

func (a *API) incidentAlerts(ctx context.Context, by actor.Actor, in *Keyed) (page.List[Alert], error) {
	d, err := a.Incidents.Detail(ctx, by, in.Key)
	if err != nil {
		return page.List[Alert]{}, err
	}
	for i := range d.Alerts {
		d.Alerts[i].IncidentKey = d.Key()
	}
	return whole(d.Alerts, showAlert), nil
}
