package people

import (
	"net/http"

	"github.com/a-h/templ"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/look"
	"mainstay/internal/web/ui"
)

// form is a person as being typed.
type form struct {
	login     string
	spec      people.UserSpec
	isNew     bool
	customers []ui.Option
	err       error
}

func (p pages) newForm(r *http.Request, by actor.Actor) (action.Answer, error) {
	if err := people.Allow(by, people.UserWrite, people.Target{}); err != nil {
		return action.Answer{}, err
	}
	return p.showForm(r, by, form{isNew: true, spec: people.UserSpec{Role: actor.FirstLine}})
}

func (p pages) edit(r *http.Request, by actor.Actor) (action.Answer, error) {
	if err := people.Allow(by, people.UserWrite, people.Target{}); err != nil {
		return action.Answer{}, err
	}
	u, err := p.People.User(r.Context(), by, r.PathValue("login"))
	if err != nil {
		return action.Answer{}, err
	}
	return p.showForm(r, by, form{login: u.Login, spec: u.Spec()})
}

func (p pages) showForm(r *http.Request, by actor.Actor, f form) (action.Answer, error) {
	list, err := p.Customers.List(r.Context(), by, "", page.Request{Limit: page.MaxLimit})
	if err != nil {
		return action.Answer{}, err
	}
	f.customers = []ui.Option{{Value: "", Label: "No customer"}}
	for _, c := range list.Items {
		f.customers = append(f.customers, ui.Option{Value: c.Name, Label: c.Title})
	}
	if f.err != nil {
		return action.Again(formPage(f), f.err), nil
	}
	return action.Show(formPage(f)), nil
}

// zoneHere offers the reader's zone for a new person: most work where those who add them do.
func (f form) zoneHere() templ.Attributes {
	if !f.isNew || f.err != nil {
		return nil
	}
	return ui.ZoneHere
}

func read(r *http.Request) people.UserSpec {
	return people.UserSpec{Title: action.Line(r, "title"), Email: action.Line(r, "email"), Role: actor.Role(action.Line(r, "role")),
		Zone: action.Line(r, "zone"), Customer: action.Line(r, "customer")}
}

// create makes the person and shows the link with which they set their password.
func (p pages) create(r *http.Request, by actor.Actor) (action.Answer, error) {
	if err := people.Allow(by, people.UserWrite, people.Target{}); err != nil {
		return action.Answer{}, err
	}
	f := form{login: action.Line(r, "login"), spec: read(r), isNew: true}
	if f.err = p.People.AddUser(r.Context(), by, f.login, f.spec); f.err != nil {
		if refused(f.err) {
			return p.showForm(r, by, f)
		}
		return action.Answer{}, f.err
	}
	return action.Go(look.PersonURL(f.login), action.Done(f.name()+" is added."),
		action.Careful("To sign in, "+f.name()+" needs a link to set a password: More, Link to set a password.")), nil
}

// save changes the person; being disabled has acts of its own and stays.
func (p pages) save(r *http.Request, by actor.Actor) (action.Answer, error) {
	if err := people.Allow(by, people.UserWrite, people.Target{}); err != nil {
		return action.Answer{}, err
	}
	u, err := p.People.User(r.Context(), by, r.PathValue("login"))
	if err != nil {
		return action.Answer{}, err
	}
	f := form{login: u.Login, spec: read(r)}
	f.spec.Disabled = u.Disabled
	if _, f.err = p.People.ApplyUser(r.Context(), by, u.Login, f.spec); f.err != nil {
		if refused(f.err) {
			return p.showForm(r, by, f)
		}
		return action.Answer{}, f.err
	}
	return action.Go(look.PersonURL(u.Login), action.Done("Saved.")), nil
}

func (f form) name() string {
	if f.spec.Title != "" {
		return f.spec.Title
	}
	return f.login
}

func (f form) title() string {
	if f.isNew {
		return "Add person"
	}
	return "Edit " + f.name()
}

func (f form) action() string {
	if f.isNew {
		return "/people/+new"
	}
	return look.PersonURL(f.login) + "/edit"
}

func (f form) back() string {
	if f.isNew {
		return "/people"
	}
	return look.PersonURL(f.login)
}
