package api

import (
	"context"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/people"
)

// Alert is one firing of an alert as callers see it.
type Alert struct {
	ID          string            `json:"id"`
	Name        string            `json:"name"`
	Title       string            `json:"title"`
	State       string            `json:"state" enum:"firing,stale,resolved" doc:"Stale: the sender stopped saying that it fires, and never said that it ended."`
	Severity    int               `json:"severity" doc:"1 (worst) to 4."`
	Service     string            `json:"service"`
	Component   *string           `json:"component"`
	Incident    *string           `json:"incident" doc:"Key."`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	Link        *string           `json:"link" doc:"Where the sender explains it."`
	Starts      time.Time         `json:"starts"`
	Ends        *time.Time        `json:"ends"`
	Received    time.Time         `json:"received" doc:"Last time the sender said that it fires."`
	Count       int64             `json:"count" doc:"How often the sender said so."`
	Verdict     *string           `json:"verdict" enum:"useful,noise,wrong"`
	Held        *string           `json:"held" enum:"maintenance,dependency" doc:"Why it opens no incident and calls nobody."`
	HeldWhy     *string           `json:"held_why" doc:"The same in a sentence."`
	Flapping    bool              `json:"flapping" doc:"It comes and goes, and ends when it has been quiet for a quarter of an hour."`
}

func showAlert(a alert.Alert) Alert {
	return Alert{
		ID: string(a.ID), Name: a.Name, Title: a.Title, State: string(a.State), Severity: a.Severity, Service: a.ServiceName,
		Component: text(a.ComponentName), Incident: text(a.IncidentKey), Labels: orNone(a.Labels), Annotations: orNone(a.Annotations),
		Link: text(a.Link), Starts: a.Starts, Ends: instant(a.Ends), Received: a.Received, Count: a.Count, Verdict: text(a.Verdict),
		Held: text(a.Held.Kind), HeldWhy: text(a.Held.Why), Flapping: a.Flapping,
	}
}

// orNone keeps a map from being null.
func orNone(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}

func (a *API) alerts() {
	add(a, get("/alerts", people.AlertRead, "List alerts, those that started last first"), a.listAlerts)
	add(a, get("/alerts/quarantine", people.AlertWrite, "List what senders sent and could not be taken, newest first"), a.quarantine)
	act(a, post("/alerts/{id}/verdict", people.AlertWrite, "Say what an alert was worth"), a.judge)
}

func (a *API) listAlerts(ctx context.Context, by actor.Actor, in *struct {
	Paging
	State   string `query:"state" enum:"firing,stale,resolved"`
	Service string `query:"service" doc:"Name of the service."`
	Active  bool   `query:"active" doc:"Only those that have not resolved."`
	Query   string `query:"q" maxLength:"200" doc:"Words in title or labels."`
}) (page.List[Alert], error) {
	f := alert.Filter{State: alert.State(in.State), Service: in.Service, Active: in.Active, Words: in.Query}
	list, err := a.Alerts.List(ctx, by, f, in.request())
	return each(list, showAlert), err
}

// Quarantined is what a sender sent and could not be taken.
type Quarantined struct {
	ID     string    `json:"id"`
	At     time.Time `json:"at"`
	Sender string    `json:"sender"`
	Reason string    `json:"reason"`
	Body   string    `json:"body" doc:"What was sent, as far as it was kept."`
}

func (a *API) quarantine(ctx context.Context, by actor.Actor, in *Paging) (page.List[Quarantined], error) {
	list, err := a.Alerts.ListQuarantine(ctx, by, in.request())
	return each(list, func(q alert.Quarantined) Quarantined { return Quarantined(q) }), err
}

func (a *API) judge(ctx context.Context, by actor.Actor, in *struct {
	ID   string `path:"id" doc:"Id of the alert."`
	Body struct {
		Verdict string `json:"verdict" enum:"useful,noise,wrong"`
	}
}) error {
	return a.Alerts.Judge(ctx, by, alert.ID(in.ID), alert.Verdict(in.Body.Verdict))
}
