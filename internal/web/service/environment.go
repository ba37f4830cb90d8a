package service

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

type environmentsPage struct {
	items   []catalogue.Environment
	mayEdit bool
	name    string // as being typed
	spec    catalogue.EnvironmentSpec
	err     error
}

func (p pages) environments(r *http.Request, by actor.Actor) (action.Answer, error) {
	in, err := p.environmentsOf(r, by)
	return action.Show(environmentList(in)), err
}

func (p pages) environmentsOf(r *http.Request, by actor.Actor) (in environmentsPage, err error) {
	in.mayEdit = people.Can(by, people.ServiceWrite, people.Target{})
	in.items, err = p.Catalogue.Environments(r.Context(), by)
	return in, err
}

// saveEnvironment adds an environment, or changes the one of that name.
func (p pages) saveEnvironment(r *http.Request, by actor.Actor) (action.Answer, error) {
	name := action.Line(r, "name")
	spec := catalogue.EnvironmentSpec{Title: action.Line(r, "title"), Description: action.Block(r, "description")}
	_, err := p.Catalogue.PutEnvironment(r.Context(), by, name, spec)
	if err == nil {
		return action.Go("/environments", action.Done("Environment "+name+" is saved.")), nil
	}
	if !refused(err) {
		return action.Answer{}, err
	}
	in, failed := p.environmentsOf(r, by)
	in.name, in.spec, in.err = name, spec, err
	return action.Again(environmentList(in), err), failed
}

func (p pages) removeEnvironment(r *http.Request, by actor.Actor) (action.Answer, error) {
	name := r.PathValue("name")
	err := p.Catalogue.DeleteEnvironment(r.Context(), by, name)
	switch {
	case err == nil:
		return action.Go("/environments", action.Done("Environment "+name+" is deleted.")), nil
	case refused(err):
		return action.Go("/environments", action.Failed(sentence(err))), nil
	}
	return action.Answer{}, err
}
