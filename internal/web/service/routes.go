// Package service is the pages of what the desk looks after: services, their components,
// environments and integration keys, and the escalation policies that say who is paged.
package service

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/customer"
	"mainstay/internal/domain/escalation"
	"mainstay/internal/domain/health"
	"mainstay/internal/domain/incident"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// Config is what the pages need.
type Config struct {
	Catalogue  *catalogue.Catalogue
	Calendars  *calendar.Service
	Customers  *customer.Service
	Escalation *escalation.Service
	Incidents  *incident.Service
	Alerts     *alert.Service
	Health     *health.Service
	People     *people.Service
	Rosters    *oncall.Service
	Clock      clock.Clock
	// BaseURL is where alerts are sent to, without a slash at the end.
	BaseURL string
}

type pages struct{ Config }

// Routes are the pages of services and policies.
func Routes(c Config) []action.Route {
	p := pages{c}
	return []action.Route{
		action.Get("/services", people.ServiceRead, p.list),
		action.Get("/services/+new", people.ServiceWrite, p.newForm),
		action.Post("/services/+new", people.ServiceWrite, p.create),
		action.Get("/services/{name}", people.ServiceRead, p.show),
		action.Get("/services/{name}/edit", people.ServiceWrite, p.edit),
		action.Post("/services/{name}/edit", people.ServiceWrite, p.save),
		action.Post("/services/{name}/delete", people.ServiceWrite, p.remove),
		action.Post("/services/{name}/keys", people.ServiceWrite, p.createKey),
		action.Post("/services/{name}/keys/{key}/revoke", people.ServiceWrite, p.revokeKey),

		action.Get("/components", people.ServiceRead, p.components),
		action.Get("/components/+new", people.ServiceWrite, p.newComponent),
		action.Post("/components/+new", people.ServiceWrite, p.createComponent),
		action.Get("/components/{name}", people.ServiceRead, p.showComponent),
		action.Get("/components/{name}/edit", people.ServiceWrite, p.editComponent),
		action.Post("/components/{name}/edit", people.ServiceWrite, p.saveComponent),
		action.Post("/components/{name}/delete", people.ServiceWrite, p.removeComponent),

		action.Get("/environments", people.ServiceRead, p.environments),
		action.Post("/environments", people.ServiceWrite, p.saveEnvironment),
		action.Post("/environments/{name}/delete", people.ServiceWrite, p.removeEnvironment),

		action.Get("/policies", people.PolicyRead, p.policies),
		action.Get("/policies/+new", people.PolicyWrite, p.newPolicy),
		action.Post("/policies/+new", people.PolicyWrite, p.createPolicy),
		action.Get("/policies/{name}", people.PolicyRead, p.showPolicy),
		action.Get("/policies/{name}/edit", people.PolicyWrite, p.editPolicy),
		action.Post("/policies/{name}/edit", people.PolicyWrite, p.savePolicy),
		action.Post("/policies/{name}/delete", people.PolicyWrite, p.removePolicy),
	}
}

// refused reports whether an error belongs into the form that caused it.
func refused(err error) bool { return errs.Is(err, errs.Invalid) || errs.Is(err, errs.Conflict) }

// mayWriteSome reports whether the reader may write services of their teams, or any.
func mayWriteSome(by actor.Actor) bool {
	return people.Can(by, people.ServiceWrite, people.Target{Teams: by.Teams})
}

// all is a list of one page that holds everything.
var all = page.Request{Limit: page.MaxLimit}

// teamOptions are the teams for a choice; none is what leaving it out means.
func (p pages) teamOptions(r *http.Request, by actor.Actor, none string) ([]ui.Option, error) {
	list, err := p.People.ListTeams(r.Context(), by, people.TeamFilter{}, all)
	out := []ui.Option{{Value: "", Label: none}}
	for _, t := range list.Items {
		out = append(out, ui.Option{Value: t.Name, Label: t.Title})
	}
	return out, err
}

func (p pages) calendarOptions(r *http.Request, by actor.Actor, none string) ([]ui.Option, error) {
	list, err := p.Calendars.List(r.Context(), by, all)
	out := []ui.Option{{Value: "", Label: none}}
	for _, c := range list.Items {
		out = append(out, ui.Option{Value: c.Name, Label: c.Title()})
	}
	return out, err
}

func (p pages) environmentOptions(r *http.Request, by actor.Actor) ([]ui.Option, error) {
	list, err := p.Catalogue.Environments(r.Context(), by)
	out := make([]ui.Option, len(list))
	for i, e := range list {
		out[i] = ui.Option{Value: e.Name, Label: e.Title}
	}
	return out, err
}
