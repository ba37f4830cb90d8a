// Package alert is the pages of alerts: what monitoring has said, what people thought of it,
// and what could not be taken.
package alert

import (
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// Config is what these pages need.
type Config struct {
	Alerts    *alert.Service
	Catalogue *catalogue.Catalogue
}

type pages struct{ Config }

// Routes are the pages and acts of alerts.
func Routes(c Config) []action.Route {
	p := pages{c}
	return []action.Route{
		action.Get("/alerts", people.AlertRead, p.list),
		action.Get("/alerts/rows", people.AlertRead, p.listRows),
		action.Get("/alerts/quarantine", people.AlertWrite, p.quarantine),
		action.Post("/alerts/{id}/verdict", people.AlertWrite, p.judge),
	}
}
