package service

import (
	"net/http"
	"slices"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/customer"
	"mainstay/internal/domain/escalation"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/look"
)

type showPage struct {
	catalogue.Service
	trouble
	layers     []layer
	teams      []standby
	hours      *calendar.Entry
	clocks     clocks
	customers  []customer.Customer
	keys       []catalogue.Key
	mayEdit    bool
	mayOpen    bool
	seesClient bool

	fresh    string // secret of a key, shown once
	label    string // of a key as being typed
	keyErr   error
	baseURL  string
	external map[catalogue.ComponentID]catalogue.Component // components that are needed, by id
}

// layer is the components of one layer, the layers that users see first.
type layer struct {
	name  string
	parts []catalogue.Component
}

// standby is a team that answers for the service.
type standby struct {
	people.Team
	owns   bool
	onCall []oncall.Person
}

func (p pages) show(r *http.Request, by actor.Actor) (action.Answer, error) {
	in, err := p.service(r, by)
	return action.Show(show(in)), err
}

// service reads a service with all that its page shows.
func (p pages) service(r *http.Request, by actor.Actor) (in showPage, err error) {
	ctx := r.Context()
	if in.Service, err = p.Catalogue.Service(ctx, by, r.PathValue("name")); err != nil {
		return in, err
	}
	in.baseURL = p.BaseURL
	in.mayEdit = p.Catalogue.MayChangeService(by, in.Service)
	in.mayOpen = people.Can(by, people.IncidentOpen, people.Target{})
	d, err := p.directory(r, by)
	if err != nil {
		return in, err
	}
	in.hours = d.hours(in.Hours)
	in.standBy(d)
	spec := escalation.Builtin()
	if in.Policy != "" {
		policy, err := p.Escalation.Policy(ctx, by, in.Policy)
		if err != nil {
			return in, err
		}
		spec = policy.Spec
	}
	in.clocks = d.clocks(spec, in.Teams())
	if in.trouble, err = p.troubleOf(r, by, in.Name); err != nil {
		return in, err
	}
	return in, p.parts(r, by, &in)
}

// parts reads what the service is made of, who uses it and what sends for it.
func (p pages) parts(r *http.Request, by actor.Actor, in *showPage) error {
	ctx := r.Context()
	components, err := p.Catalogue.ComponentsOf(ctx, by, in.Name)
	if err != nil {
		return err
	}
	in.layers = layersOf(components)
	if in.external, err = p.needed(r, by, components); err != nil {
		return err
	}
	if in.seesClient = people.Can(by, people.CustomerRead, people.Target{}); in.seesClient {
		if in.customers, err = p.Customers.UsersOf(ctx, by, in.Name); err != nil {
			return err
		}
	}
	in.keys, err = p.Catalogue.Keys(ctx, by, in.Name)
	return err
}

// needed finds the components that others need, by id.
func (p pages) needed(r *http.Request, by actor.Actor, list []catalogue.Component) (map[catalogue.ComponentID]catalogue.Component, error) {
	out := map[catalogue.ComponentID]catalogue.Component{}
	for _, c := range list {
		out[c.ID] = c
	}
	for _, c := range list {
		if !slices.ContainsFunc(c.DependsOn, func(id catalogue.ComponentID) bool { _, known := out[id]; return !known }) {
			continue
		}
		n, err := p.Catalogue.NeighboursOf(r.Context(), by, c.Name)
		if err != nil {
			return nil, err
		}
		for _, other := range n.Needs {
			out[other.ID] = other
		}
	}
	return out, nil
}

// standBy lists the owning team first, then the supporting ones.
func (in *showPage) standBy(d directory) {
	for _, id := range in.Teams() {
		t := d.teams[id]
		in.teams = append(in.teams, standby{t, id == in.Owner, d.ofTeam(t)})
	}
}

func layersOf(components []catalogue.Component) []layer {
	var out []layer
	for _, name := range slices.Backward(catalogue.Layers) {
		l := layer{name: layerName(name)}
		for _, c := range components {
			if c.Layer == name {
				l.parts = append(l.parts, c)
			}
		}
		if len(l.parts) > 0 {
			out = append(out, l)
		}
	}
	return out
}

func layerName(l catalogue.Layer) string {
	switch l {
	case catalogue.Machine:
		return "Machines"
	case catalogue.Network:
		return "Network"
	case catalogue.Middleware:
		return "Middleware"
	case catalogue.Application:
		return "Applications"
	case catalogue.BusinessProcess:
		return "Business processes"
	case catalogue.FrontEnd:
		return "Front ends"
	case catalogue.ThirdParty:
		return "Third parties"
	}
	return string(l)
}

func (p pages) remove(r *http.Request, by actor.Actor) (action.Answer, error) {
	name := r.PathValue("name")
	if err := p.Catalogue.DeleteService(r.Context(), by, name); err != nil {
		if refused(err) {
			return action.Go(look.ServiceURL(name), action.Failed(sentence(err))), nil
		}
		return action.Answer{}, err
	}
	return action.Go("/services", action.Done("Service "+name+" is deleted.")), nil
}
