// Package host is the pages of hosts: which files lie where, what changed, and how it stands with
// code rolls.
package host

import (
	"net/url"

	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/host"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// Config is what the pages need.
type Config struct {
	Hosts     *host.Service
	Catalogue *catalogue.Catalogue
}

type pages struct{ Config }

// Routes are the pages of hosts and of code rolls.
func Routes(c Config) []action.Route {
	p := pages{c}
	return []action.Route{
		action.Get("/hosts", people.HostRead, p.list),
		action.Get("/hosts/rolls", people.HostRead, p.rolls),
		action.Get("/hosts/rolls/+new", people.HostWrite, p.newRoll),
		action.Post("/hosts/rolls/+new", people.HostWrite, p.createRoll),
		action.Get("/hosts/rolls/{name}", people.HostRead, p.roll),
		action.Post("/hosts/rolls/{name}/delete", people.HostWrite, p.deleteRoll),
		action.Get("/hosts/{host}", people.HostRead, p.show),
		action.Post("/hosts/{host}/forget", people.HostWrite, p.forget),
	}
}

func hostURL(name string) string { return "/hosts/" + url.PathEscape(name) }

func rollURL(name string) string { return "/hosts/rolls/" + url.PathEscape(name) }
