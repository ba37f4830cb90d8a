package web

import (
	"context"
	"net/url"
	"slices"

	"mainstay/internal/base/actor"
	incidents "mainstay/internal/domain/incident"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/web/ack"
	"mainstay/internal/web/action"
	"mainstay/internal/web/alert"
	"mainstay/internal/web/board"
	"mainstay/internal/web/calendar"
	"mainstay/internal/web/customer"
	"mainstay/internal/web/drawing"
	"mainstay/internal/web/firstrun"
	"mainstay/internal/web/followup"
	"mainstay/internal/web/host"
	"mainstay/internal/web/incident"
	"mainstay/internal/web/login"
	"mainstay/internal/web/logs"
	"mainstay/internal/web/look"
	"mainstay/internal/web/oncall"
	"mainstay/internal/web/palette"
	"mainstay/internal/web/pattern"
	"mainstay/internal/web/people"
	"mainstay/internal/web/portal"
	"mainstay/internal/web/service"
	"mainstay/internal/web/verify"
)

// Routes are all that the site answers, each with what it needs.
func (s *Site) Routes() []action.Route {
	start := firstrun.Config{People: s.People, Catalogue: s.Catalogue, Contacts: s.Notify, Rosters: s.Rosters, Alerts: s.Alerts}
	return slices.Concat(
		[]action.Route{action.Get("/nav", action.SignedIn, s.nav)},
		login.Routes(login.Config{People: s.People, Clock: s.Clock, DemoURL: s.DemoURL}),
		ack.Routes(ack.Config{Incidents: s.Incidents, Notify: s.Notify, People: s.People, Clock: s.Clock}),
		verify.Routes(verify.Config{Contacts: s.Notify}),
		board.Routes(board.Config{Incidents: s.Incidents, Health: s.Health, Catalogue: s.Catalogue, Rosters: s.Rosters,
			People: s.People, FollowUps: s.FollowUps, Clock: s.Clock, Name: s.Name, Elsewhere: firstPage, Start: start.Card,
			Troubles: s.Troubles}),
		firstrun.Routes(start),
		portal.Routes(portal.Config{Customers: s.Customers, Incidents: s.Incidents}),
		incident.Routes(incident.Config{Incidents: s.Incidents, Catalogue: s.Catalogue, Customers: s.Customers, OnCall: s.Rosters, People: s.People, Clock: s.Clock}),
		alert.Routes(alert.Config{Alerts: s.Alerts, Catalogue: s.Catalogue}),
		logs.Routes(logs.Config{Search: s.Search, BaseURL: s.BaseURL}),
		pattern.Routes(pattern.Config{Patterns: s.Patterns}),
		host.Routes(host.Config{Hosts: s.Hosts, Catalogue: s.Catalogue}),
		palette.Routes(palette.Config{Incidents: s.Incidents, Catalogue: s.Catalogue, People: s.People, Rosters: s.Rosters,
			Saved: s.Saved, Rules: s.Rules, Sources: s.Sources}),
		oncall.Routes(oncall.Config{Rosters: s.Rosters, People: s.People, Contacts: s.Notify, Clock: s.Clock}),
		people.Routes(people.Config{People: s.People, Contacts: s.Notify, Rosters: s.Rosters, Calendars: s.Calendars, Catalogue: s.Catalogue,
			Customers: s.Customers, FollowUps: s.FollowUps, Clock: s.Clock, BaseURL: s.BaseURL, PasswordLink: s.passwordLink}),
		followup.Routes(followup.Config{FollowUps: s.FollowUps, People: s.People, Clock: s.Clock,
			Origin: s.origin, Incident: s.incidentRecord}),
		service.Routes(service.Config{Catalogue: s.Catalogue, Calendars: s.Calendars, Customers: s.Customers, Escalation: s.Escalation,
			Incidents: s.Incidents, Alerts: s.Alerts, Health: s.Health, People: s.People, Rosters: s.Rosters, Clock: s.Clock, BaseURL: s.BaseURL}),
		drawing.Routes(drawing.Config{Health: s.Health, Drawings: s.Drawings, Catalogue: s.Catalogue, Clock: s.Clock}),
		customer.Routes(customer.Config{Customers: s.Customers, Catalogue: s.Catalogue, Incidents: s.Incidents, People: s.People}),
		calendar.Routes(calendar.Config{Calendars: s.Calendars, Catalogue: s.Catalogue, Escalation: s.Escalation,
			People: s.People, Rosters: s.Rosters, Clock: s.Clock}),
		s.More,
	)
}

// passwordLink is where a one-time code sets a password.
func (s *Site) passwordLink(code string) string {
	return s.BaseURL + "/password?code=" + url.QueryEscape(code)
}

// origin says what a record is called and where its page is; empty when the reader may not
// see it, or it has none.
func (s *Site) origin(ctx context.Context, by actor.Actor, r ledger.Record) (label, address string) {
	if r.Kind != "incident" {
		return "", ""
	}
	i, err := s.Incidents.GetByID(ctx, by, incidents.ID(r.ID))
	if err != nil {
		return "", ""
	}
	return i.Key(), look.IncidentURL(i.Key())
}

func (s *Site) incidentRecord(ctx context.Context, by actor.Actor, key string) (ledger.Record, error) {
	i, err := s.Incidents.Get(ctx, by, key)
	return i.Record(), err
}
