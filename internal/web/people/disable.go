package people

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/look"
)

// disable shuts a person out, at once.
func (p pages) disable(r *http.Request, by actor.Actor) (action.Answer, error) {
	return p.setDisabled(r, by, true, " is disabled: no way in, no pages.")
}

// enable lets a person in again; tokens stay revoked.
func (p pages) enable(r *http.Request, by actor.Actor) (action.Answer, error) {
	return p.setDisabled(r, by, false, " is enabled again. Tokens stay revoked.")
}

func (p pages) setDisabled(r *http.Request, by actor.Actor, to bool, done string) (action.Answer, error) {
	if err := people.Allow(by, people.UserWrite, people.Target{}); err != nil {
		return action.Answer{}, err
	}
	u, err := p.People.User(r.Context(), by, r.PathValue("login"))
	if err != nil {
		return action.Answer{}, err
	}
	spec := u.Spec()
	spec.Disabled = to
	if _, err := p.People.ApplyUser(r.Context(), by, u.Login, spec); err != nil {
		return action.Answer{}, err
	}
	return action.Go(look.PersonURL(u.Login), action.Done(u.Name+done)), nil
}

// passwordLink makes a one-time link and shows it on the person's page, this once.
func (p pages) passwordLink(r *http.Request, by actor.Actor) (action.Answer, error) {
	code, err := p.People.PasswordCode(r.Context(), by, r.PathValue("login"))
	if err != nil {
		return action.Answer{}, err
	}
	in, err := p.person(r, by)
	in.link = p.PasswordLink(code)
	return action.Show(show(in)), err
}
