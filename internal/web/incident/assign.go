package incident

import (
	"errors"
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/incident"
	"mainstay/internal/web/action"
)

// take gives the incident to the reader.
func (p pages) take(r *http.Request, by actor.Actor) (action.Answer, error) {
	self, err := p.People.Self(r.Context(), by)
	if err != nil {
		return action.Answer{}, err
	}
	i, err := p.Incidents.Assign(r.Context(), by, r.PathValue("key"), self.Login)
	return p.settle(r, by, "take", err, "You have "+i.Key()+".")
}

// assign says who has the incident and who plays which role. Only what the reader changed is
// changed, so that two people who fill in different roles do not undo each other.
func (p pages) assign(r *http.Request, by actor.Actor) (action.Answer, error) {
	key, failed := r.PathValue("key"), error(nil)
	changed := func(field string) (login string, ok bool) {
		login = r.PostFormValue(field)
		return login, login != r.PostFormValue("was-"+field)
	}
	if login, ok := changed("assignee"); ok {
		_, failed = p.Incidents.Assign(r.Context(), by, key, login)
	}
	for _, role := range incident.Roles {
		if login, ok := changed(string(role)); ok {
			_, err := p.Incidents.SetRole(r.Context(), by, key, role, login)
			failed = errors.Join(failed, err)
		}
	}
	return p.settle(r, by, "people", failed, "People of "+key+" saved.")
}
