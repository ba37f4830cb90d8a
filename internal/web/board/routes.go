// Package board is the first screen: how every service is, worst first, who is on call, and
// what is due next; and the same for a screen on the wall.
//
// A service is as its parts make it (domain/health). A service whose monitoring has fallen silent, or never
// spoke, is unknown and never green.
package board

import (
	"context"

	"github.com/a-h/templ"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/followup"
	"mainstay/internal/domain/health"
	"mainstay/internal/domain/incident"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// Config is what the board shows.
type Config struct {
	Incidents *incident.Service
	Health    *health.Service
	Catalogue *catalogue.Catalogue
	Rosters   *oncall.Service
	People    *people.Service
	FollowUps *followup.Service
	Clock     clock.Clock
	// Elsewhere is the first page of somebody who may not see the board; nil refuses them.
	Elsewhere func(actor.Actor) string
	// Start is what a new desk still needs, nil when nothing; may be nil itself.
	Start func(context.Context, actor.Actor) (templ.Component, error)
	// Troubles are what everybody must know at once, in sentences; may be nil.
	Troubles func(context.Context) ([]string, error)
	// Name of this installation, for the head of the wall; may be empty.
	Name string
}

type pages struct{ Config }

// Routes are the board, the wall, and what keeps each live.
func Routes(c Config) []action.Route {
	p := pages{c}
	return []action.Route{
		action.Get("/{$}", action.SignedIn, p.first),
		action.Get("/board", people.IncidentRead, p.showLive),
		action.Get("/wall", people.IncidentRead, p.wall),
		action.Get("/wall/board", people.IncidentRead, p.wallLive),
	}
}
