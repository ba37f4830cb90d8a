// Package drawing is the pages of a service's drawing: how its parts are, why, what would be lost if some
// were down, and the drawing as text and as a file.
package drawing

import (
	"mainstay/internal/base/clock"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/drawing"
	"mainstay/internal/domain/health"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// Config is what the pages need.
type Config struct {
	Health    *health.Service
	Drawings  *drawing.Service
	Catalogue *catalogue.Catalogue
	Clock     clock.Clock
}

type pages struct{ Config }

// Routes are the pages of drawings, and their view for a screen on the wall.
func Routes(c Config) []action.Route {
	p := pages{c}
	return []action.Route{
		action.Get("/services/{name}/board", people.IncidentRead, p.show),
		action.Get("/services/{name}/board/live", people.IncidentRead, p.live),
		action.Get("/services/{name}/board/part", people.IncidentRead, p.part),
		action.Get("/services/{name}/board/file", people.IncidentRead, p.file),
		action.Get("/services/{name}/board/text", people.ServiceRead, p.text),
		action.Post("/services/{name}/board/text", people.ServiceWrite, p.saveText),
		action.Post("/services/{name}/board/layout", people.ServiceWrite, p.layOut),
		action.Get("/wall/service/{name}", people.IncidentRead, p.wall),
	}
}
