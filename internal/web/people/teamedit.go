package people

import (
	"net/http"
	"slices"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/look"
	"mainstay/internal/web/ui"
)

// teamForm is a team as being typed.
type teamForm struct {
	name      string
	spec      people.TeamSpec
	isNew     bool
	everybody []people.User
	calendars []ui.Option
	err       error
}

func (p pages) newTeam(r *http.Request, by actor.Actor) (action.Answer, error) {
	return p.teamForm(r, by, teamForm{isNew: true, spec: people.TeamSpec{Level: people.L2}})
}

func (p pages) editTeam(r *http.Request, by actor.Actor) (action.Answer, error) {
	spec, err := p.People.TeamSpecOf(r.Context(), by, r.PathValue("name"))
	if err != nil {
		return action.Answer{}, err
	}
	return p.teamForm(r, by, teamForm{name: r.PathValue("name"), spec: spec})
}

// teamForm shows the form with what can be chosen in it.
func (p pages) teamForm(r *http.Request, by actor.Actor, f teamForm) (action.Answer, error) {
	if err := people.Allow(by, people.TeamWrite, people.Target{}); err != nil {
		return action.Answer{}, err
	}
	var err error
	if f.everybody, err = p.everybody(r, by); err != nil {
		return action.Answer{}, err
	}
	list, err := p.Calendars.List(r.Context(), by, page.Request{Limit: page.MaxLimit})
	if err != nil {
		return action.Answer{}, err
	}
	f.calendars = []ui.Option{{Value: "", Label: "Always"}}
	for _, c := range list.Items {
		f.calendars = append(f.calendars, ui.Option{Value: c.Name, Label: c.Title()})
	}
	if f.err != nil {
		return action.Again(teamFormPage(f), f.err), nil
	}
	return action.Show(teamFormPage(f)), nil
}

func readTeam(r *http.Request) people.TeamSpec {
	return people.TeamSpec{Title: action.Line(r, "title"), Level: people.Level(action.Line(r, "level")), Members: action.Picked(r, "members"),
		Hours: action.Line(r, "hours"), Contact: action.Block(r, "contact"), Owner: action.Line(r, "owner"), ReviewBy: action.Line(r, "review_by")}
}

func (p pages) createTeam(r *http.Request, by actor.Actor) (action.Answer, error) {
	f := teamForm{name: action.Line(r, "name"), spec: readTeam(r), isNew: true}
	f.err = p.People.AddTeam(r.Context(), by, f.name, f.spec)
	return p.teamSaved(r, by, f, "Team "+f.name+" is added.")
}

func (p pages) saveTeam(r *http.Request, by actor.Actor) (action.Answer, error) {
	f := teamForm{name: r.PathValue("name"), spec: readTeam(r)}
	if _, err := p.People.Team(r.Context(), by, f.name); err != nil {
		return action.Answer{}, err
	}
	_, f.err = p.People.ApplyTeam(r.Context(), by, f.name, f.spec)
	return p.teamSaved(r, by, f, "Saved.")
}

func (p pages) teamSaved(r *http.Request, by actor.Actor, f teamForm, done string) (action.Answer, error) {
	switch {
	case f.err == nil:
		return action.Go(look.TeamURL(f.name), action.Done(done)), nil
	case refused(f.err):
		return p.teamForm(r, by, f)
	}
	return action.Answer{}, f.err
}

func (f teamForm) title() string {
	if f.isNew {
		return "Add team"
	}
	return "Edit " + f.name
}

func (f teamForm) action() string {
	if f.isNew {
		return "/teams/+new"
	}
	return look.TeamURL(f.name) + "/edit"
}

func (f teamForm) back() string {
	if f.isNew {
		return "/teams"
	}
	return look.TeamURL(f.name)
}

// people are the choices of members: who is one already first, who is disabled only then.
func (f teamForm) people() []ui.Option {
	var in, out []ui.Option
	rest := slices.Clone(f.spec.Members)
	for _, u := range f.everybody {
		o := ui.Option{Value: u.Login, Label: u.Name + " (" + u.Login + ")"}
		if n := slices.Index(rest, u.Login); n >= 0 {
			in, rest = append(in, o), slices.Delete(rest, n, n+1)
		} else {
			out = append(out, o)
		}
	}
	for _, login := range rest {
		in = append(in, ui.Option{Value: login, Label: login + " (disabled)"})
	}
	return append(in, out...)
}

func (f teamForm) owners() []ui.Option {
	out := []ui.Option{{Value: "", Label: "Nobody"}}
	known := f.spec.Owner == ""
	for _, u := range f.everybody {
		out = append(out, ui.Option{Value: u.Login, Label: u.Name})
		known = known || u.Login == f.spec.Owner
	}
	if !known {
		out = append(out, ui.Option{Value: f.spec.Owner, Label: f.spec.Owner + " (disabled)"})
	}
	return out
}
