// Package ack is the page behind the link in a message: it acknowledges one incident for one
// person, without a sign-in.
//
// Opening the link changes nothing, because mail scanners open links too: it shows what is
// wrong and one big button. The button posts; what it does it does as a signed link, which may
// read and acknowledge this incident and nothing else.
package ack

import (
	"mainstay/internal/base/clock"
	"mainstay/internal/domain/incident"
	"mainstay/internal/domain/notify"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// Config is what the page needs.
type Config struct {
	Incidents *incident.Service
	Notify    *notify.Service
	People    *people.Service
	Clock     clock.Clock
}

type pages struct{ Config }

// Routes are the page and its button.
func Routes(c Config) []action.Route {
	p := pages{c}
	return []action.Route{
		action.Get("/a/{token}", action.Anybody, p.show),
		action.Post("/a/{token}", action.Anybody, p.acknowledge),
	}
}
