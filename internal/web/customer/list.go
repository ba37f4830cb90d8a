package customer

import (
	"net/http"
	"slices"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/customer"
	"mainstay/internal/domain/incident"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// row is a customer and the incidents that may touch it.
type row struct {
	customer.Customer
	incidents []incident.Incident
}

type listPage struct {
	rows   []row
	next   *string
	found  string // part of a name that was asked for
	mayAdd bool
	sees   bool // incidents
}

// list shows customers: ?q= is a part of the name. A client sees their own only.
func (p pages) list(r *http.Request, by actor.Actor) (action.Answer, error) {
	in := listPage{found: r.URL.Query().Get("q"), mayAdd: people.Can(by, people.CustomerWrite, people.Target{}),
		sees: people.Can(by, people.IncidentRead, people.Target{})}
	list, err := p.Customers.List(r.Context(), by, in.found, page.Request{Cursor: r.URL.Query().Get("cursor")})
	if err != nil {
		return action.Answer{}, err
	}
	in.next = list.Next
	active, err := p.active(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	for _, c := range list.Items {
		in.rows = append(in.rows, row{c, touching(c, active)})
	}
	return action.Show(listOf(in)), nil
}

// active are the incidents that are not restored; none for who may not see them.
func (p pages) active(r *http.Request, by actor.Actor) ([]incident.Incident, error) {
	if !people.Can(by, people.IncidentRead, people.Target{}) {
		return nil, nil
	}
	list, err := p.Incidents.List(r.Context(), by, incident.Filter{Active: true}, all)
	return list.Items, err
}

// touching are the incidents of services that the customer uses, the worst first.
func touching(c customer.Customer, active []incident.Incident) (out []incident.Incident) {
	for _, i := range active {
		if slices.Contains(c.Services, i.ServiceName) {
			out = append(out, i)
		}
	}
	return out
}
