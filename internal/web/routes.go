package web

import (
	"slices"

	"mainstay/internal/web/ack"
	"mainstay/internal/web/action"
	"mainstay/internal/web/alert"
	"mainstay/internal/web/board"
	"mainstay/internal/web/incident"
	"mainstay/internal/web/login"
	"mainstay/internal/web/palette"
)

// Routes are all that the site answers, each with what it needs.
func (s *Site) Routes() []action.Route {
	return slices.Concat(
		[]action.Route{action.Get("/nav", action.SignedIn, s.nav)},
		login.Routes(login.Config{People: s.People, Clock: s.Clock, DemoURL: s.DemoURL}),
		ack.Routes(ack.Config{Incidents: s.Incidents, Notify: s.Notify, People: s.People, Clock: s.Clock}),
		board.Routes(board.Config{Incidents: s.Incidents, Alerts: s.Alerts, Catalogue: s.Catalogue, Rosters: s.Rosters,
			People: s.People, FollowUps: s.FollowUps, Clock: s.Clock, Name: s.Name}),
		incident.Routes(incident.Config{Incidents: s.Incidents, Catalogue: s.Catalogue, OnCall: s.Rosters, People: s.People, Clock: s.Clock}),
		alert.Routes(alert.Config{Alerts: s.Alerts, Catalogue: s.Catalogue}),
		palette.Routes(palette.Config{Incidents: s.Incidents, Catalogue: s.Catalogue, People: s.People, Rosters: s.Rosters}),
		s.More,
	)
}
