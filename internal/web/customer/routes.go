// Package customer is the pages of customers: whom the business serves, whom to speak to
// there, and which services they use.
package customer

import (
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/customer"
	"mainstay/internal/domain/incident"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// Config is what the pages need.
type Config struct {
	Customers *customer.Service
	Catalogue *catalogue.Catalogue
	Incidents *incident.Service
	People    *people.Service
}

type pages struct{ Config }

// Routes are the pages of customers.
func Routes(c Config) []action.Route {
	p := pages{c}
	return []action.Route{
		action.Get("/customers", people.CustomerRead, p.list),
		action.Get("/customers/+new", people.CustomerWrite, p.newForm),
		action.Post("/customers/+new", people.CustomerWrite, p.create),
		action.Get("/customers/{name}", people.CustomerRead, p.show),
		action.Get("/customers/{name}/edit", people.CustomerWrite, p.edit),
		action.Post("/customers/{name}/edit", people.CustomerWrite, p.save),
		action.Post("/customers/{name}/delete", people.CustomerWrite, p.remove),
	}
}

// all is a list of one page that holds everything.
var all = page.Request{Limit: page.MaxLimit}

// refused reports whether an error belongs into the form that caused it.
func refused(err error) bool { return errs.Is(err, errs.Invalid) || errs.Is(err, errs.Conflict) }
