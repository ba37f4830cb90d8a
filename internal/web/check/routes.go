// Package check is the pages of checks: what is looked at again and again, how it stands with it, and
// what was found last from where.
package check

import (
	"net/url"

	"mainstay/internal/base/errs"
	"mainstay/internal/domain/check"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// Config is what the pages need.
type Config struct {
	Checks *check.Service
	// BaseURL is where jobs call in, without a slash at the end.
	BaseURL string
}

type pages struct{ Config }

// Routes are the pages of checks.
func Routes(c Config) []action.Route {
	p := pages{c}
	return []action.Route{
		action.Get("/checks", people.CheckRead, p.list),
		action.Get("/checks/+new", people.CheckWrite, p.newForm),
		action.Post("/checks/+new", people.CheckWrite, p.create),
		action.Get("/checks/{name}", people.CheckRead, p.show),
		action.Get("/checks/{name}/edit", people.CheckWrite, p.edit),
		action.Post("/checks/{name}/edit", people.CheckWrite, p.save),
		action.Post("/checks/{name}/run", people.CheckRun, p.run),
		action.Post("/checks/{name}/enable", people.CheckWrite, p.enable),
		action.Post("/checks/{name}/disable", people.CheckWrite, p.disable),
		action.Post("/checks/{name}/delete", people.CheckWrite, p.remove),
	}
}

func checkURL(name string) string { return "/checks/" + url.PathEscape(name) }

// refused reports whether an error belongs into the form that caused it.
func refused(err error) bool { return errs.Is(err, errs.Invalid) || errs.Is(err, errs.Conflict) }
