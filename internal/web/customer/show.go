package customer

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/customer"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/look"
	"mainstay/internal/web/ui"
)

type showPage struct {
	row
	owner    people.User // our person for it; zero when nobody is
	services []catalogue.Service
	mayEdit  bool
	sees     bool // incidents, services, and our person
}

func (p pages) show(r *http.Request, by actor.Actor) (action.Answer, error) {
	ctx := r.Context()
	c, err := p.Customers.Customer(ctx, by, r.PathValue("name"))
	if err != nil {
		return action.Answer{}, err
	}
	active, err := p.active(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	in := showPage{row: row{c, touching(c, active)}, mayEdit: people.Can(by, people.CustomerWrite, c.Target()),
		sees: people.Can(by, people.ServiceRead, people.Target{})}
	if in.owner, err = p.owner(r, by, c); err != nil {
		return action.Answer{}, err
	}
	if in.sees {
		in.services, err = p.services(r, by, c)
	}
	return action.Show(show(in)), err
}

// owner is our person for the customer.
func (p pages) owner(r *http.Request, by actor.Actor, c customer.Customer) (people.User, error) {
	spec, err := p.Customers.SpecOf(r.Context(), by, c.Name)
	if err != nil || spec.AccountOwner == "" {
		return people.User{}, err
	}
	return p.People.User(r.Context(), by, spec.AccountOwner)
}

// services are those that the customer uses, as people wrote them down.
func (p pages) services(r *http.Request, by actor.Actor, c customer.Customer) ([]catalogue.Service, error) {
	list, err := p.Catalogue.Services(r.Context(), by, "", all)
	if err != nil {
		return nil, err
	}
	known := map[string]catalogue.Service{}
	for _, s := range list.Items {
		known[s.Name] = s
	}
	var out []catalogue.Service
	for _, name := range c.Services {
		out = append(out, known[name])
	}
	return out, nil
}

func (p pages) remove(r *http.Request, by actor.Actor) (action.Answer, error) {
	name := r.PathValue("name")
	err := p.Customers.Delete(r.Context(), by, name)
	switch {
	case err == nil:
		return action.Go("/customers", action.Done("Customer "+name+" is deleted.")), nil
	case refused(err):
		return action.Go(look.CustomerURL(name), action.Failed(ui.Sentence(err))), nil
	}
	return action.Answer{}, err
}
