// Package portal is what a client sees first: how the services that their company uses stand,
// in words for people outside, and whom we call at their company.
//
// Nothing on it is written for us: no title, person or note of an incident.
package portal

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/customer"
	"mainstay/internal/domain/incident"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/look"
	"mainstay/internal/web/ui"
)

// Config is what the page needs.
type Config struct {
	Customers *customer.Service
	Incidents *incident.Service
}

type pages struct{ Config }

// Routes are the page and the part of it that keeps itself up to date.
func Routes(c Config) []action.Route {
	p := pages{c}
	return []action.Route{
		action.Get("/portal", people.CustomerRead, p.show),
		action.Get("/portal/services", people.CustomerRead, p.live),
	}
}

// home is what the page shows.
type home struct {
	customer customer.Customer
	services []incident.Outlook
}

// show is for clients; our own people are led to all customers.
func (p pages) show(r *http.Request, by actor.Actor) (action.Answer, error) {
	return p.answer(r, by, func(h home) action.Answer { return action.Show(homePage(h)) })
}

func (p pages) live(r *http.Request, by actor.Actor) (action.Answer, error) {
	return p.answer(r, by, func(h home) action.Answer { return action.Show(services(h)) })
}

func (p pages) answer(r *http.Request, by actor.Actor, page func(home) action.Answer) (action.Answer, error) {
	if by.Customer == "" {
		return action.Go("/customers"), nil
	}
	c, err := p.Customers.Customer(r.Context(), by, by.Customer)
	if err != nil {
		return action.Answer{}, err
	}
	list, err := p.Incidents.Outlooks(r.Context(), by, c.Name)
	if err != nil {
		return action.Answer{}, err
	}
	return page(home{c, list}), nil
}

// badge says how a service stands in words for people outside. What nobody watches is not said
// to work.
func badge(o incident.Outlook) ui.Badge {
	switch {
	case o.Severity == 0 && !o.Known:
		return ui.Badge{State: ui.Unknown, Word: "No data"}
	case o.Severity == 0:
		return ui.Badge{State: ui.OK, Word: "Working"}
	case look.SeverityState(o.Severity) == ui.Bad:
		return ui.Badge{State: ui.Bad, Word: "Disrupted", Handled: o.InHand}
	}
	return ui.Badge{State: ui.Warn, Word: "Partly disrupted", Handled: o.InHand}
}

// words say what a client wants to know next.
func words(o incident.Outlook) string {
	switch {
	case o.Severity > 0 && o.InHand:
		return "We are working on it."
	case o.Severity > 0:
		return "We have been alerted."
	case !o.Known:
		return "We do not know how it is just now."
	}
	return ""
}

// troubled counts the services with trouble.
func (h home) troubled() (n int) {
	for _, o := range h.services {
		if o.Severity > 0 {
			n++
		}
	}
	return n
}
