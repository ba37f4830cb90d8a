// Package maintenance is the pages of planned work, during which alerts call nobody.
package maintenance

import (
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/maintenance"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// Config is what the pages need.
type Config struct {
	Maintenance *maintenance.Service
	Catalogue   *catalogue.Catalogue
	Clock       clock.Clock
}

type pages struct{ Config }

// Routes are the pages of maintenance.
func Routes(c Config) []action.Route {
	p := pages{c}
	return []action.Route{
		action.Get("/maintenance", people.MaintenanceRead, p.list),
		action.Get("/maintenance/+new", people.MaintenanceWrite, p.newForm),
		action.Post("/maintenance/+new", people.MaintenanceWrite, p.create),
		action.Get("/maintenance/{name}", people.MaintenanceRead, p.show),
		action.Get("/maintenance/{name}/edit", people.MaintenanceWrite, p.edit),
		action.Post("/maintenance/{name}/edit", people.MaintenanceWrite, p.save),
		action.Post("/maintenance/{name}/end", people.MaintenanceWrite, p.end),
		action.Post("/maintenance/{name}/delete", people.MaintenanceWrite, p.remove),
	}
}

// all is a list of one page that holds everything.
var all = page.Request{Limit: page.MaxLimit}

// refused reports whether an error belongs into the form that caused it.
func refused(err error) bool { return errs.Is(err, errs.Invalid) || errs.Is(err, errs.Conflict) }
