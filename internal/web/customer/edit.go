package customer

import (
	"net/http"
	"strconv"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/customer"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/look"
	"mainstay/internal/web/ui"
)

// form is a customer as being typed.
type form struct {
	name    string
	spec    customer.Spec
	version string // the one that was looked at
	isNew   bool
	err     error

	owners, services []ui.Option
}

// spare is how many empty contacts a form offers.
const spare = 2

func (p pages) newForm(r *http.Request, by actor.Actor) (action.Answer, error) {
	return p.form(r, by, form{isNew: true})
}

func (p pages) edit(r *http.Request, by actor.Actor) (action.Answer, error) {
	c, err := p.Customers.Customer(r.Context(), by, r.PathValue("name"))
	if err != nil {
		return action.Answer{}, err
	}
	spec, err := p.Customers.SpecOf(r.Context(), by, c.Name)
	if err != nil {
		return action.Answer{}, err
	}
	return p.form(r, by, form{name: c.Name, spec: spec, version: strconv.FormatInt(c.Version, 10)})
}

// form shows the form with what can be chosen in it.
func (p pages) form(r *http.Request, by actor.Actor, f form) (action.Answer, error) {
	if err := people.Allow(by, people.CustomerWrite, people.Target{Customers: []string{f.name}}); err != nil {
		return action.Answer{}, err
	}
	users, err := p.People.ListUsers(r.Context(), by, people.UserFilter{}, all)
	if err != nil {
		return action.Answer{}, err
	}
	f.owners = []ui.Option{{Value: "", Label: "Nobody"}}
	for _, u := range users.Items {
		if u.Role != actor.Client {
			f.owners = append(f.owners, ui.Option{Value: u.Login, Label: u.Name})
		}
	}
	services, err := p.Catalogue.Services(r.Context(), by, "", all)
	if err != nil {
		return action.Answer{}, err
	}
	for _, s := range services.Items {
		f.services = append(f.services, ui.Option{Value: s.Name, Label: s.Title})
	}
	f.spec.Contacts = append(f.spec.Contacts, make([]customer.Contact, spare)...)
	if f.err != nil {
		return action.Again(formPage(f), f.err), nil
	}
	return action.Show(formPage(f)), nil
}

// read takes the form apart. Contacts without anything in them are left out.
func read(r *http.Request) customer.Spec {
	spec := customer.Spec{Title: action.Line(r, "title"), Description: action.Block(r, "description"), Zone: action.Line(r, "zone"),
		AccountOwner: action.Line(r, "account_owner"), Services: action.Picked(r, "services")}
	names := action.Picked(r, "contact_name")
	at := func(field string, i int) string {
		if list := action.Picked(r, field); i < len(list) {
			return strings.TrimSpace(strings.ReplaceAll(list[i], "\r\n", "\n"))
		}
		return ""
	}
	for i := range names {
		c := customer.Contact{Name: at("contact_name", i), Role: at("contact_role", i), Mail: at("contact_mail", i),
			Telephone: at("contact_telephone", i), Note: at("contact_note", i)}
		if c != (customer.Contact{}) {
			spec.Contacts = append(spec.Contacts, c)
		}
	}
	return spec
}

func (p pages) create(r *http.Request, by actor.Actor) (action.Answer, error) {
	f := form{name: action.Line(r, "name"), spec: read(r), isNew: true}
	return p.put(r, by, f, customer.In{Name: f.name, Spec: f.spec, New: true}, "Customer "+f.name+" is added.")
}

func (p pages) save(r *http.Request, by actor.Actor) (action.Answer, error) {
	f := form{name: r.PathValue("name"), spec: read(r), version: action.Line(r, "version")}
	version, _ := strconv.ParseInt(f.version, 10, 64) // no number changes it in any case
	return p.put(r, by, f, customer.In{Name: f.name, Spec: f.spec, Version: version}, "Saved.")
}

func (p pages) put(r *http.Request, by actor.Actor, f form, in customer.In, done string) (action.Answer, error) {
	_, f.err = p.Customers.Put(r.Context(), by, in)
	switch {
	case f.err == nil:
		return action.Go(look.CustomerURL(f.name), action.Done(done)), nil
	case refused(f.err):
		f.err = action.Fold(f.err)
		return p.form(r, by, f)
	}
	return action.Answer{}, f.err
}

func (f form) title() string {
	if f.isNew {
		return "Add customer"
	}
	return "Edit " + f.name
}

func (f form) action() string {
	if f.isNew {
		return "/customers/+new"
	}
	return look.CustomerURL(f.name) + "/edit"
}

func (f form) back() string {
	if f.isNew {
		return "/customers"
	}
	return look.CustomerURL(f.name)
}
