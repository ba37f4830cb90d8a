package incident

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/web/action"
)

// acknowledge says that the reader has the incident.
func (p pages) acknowledge(r *http.Request, by actor.Actor) (action.Answer, error) {
	i, err := p.Incidents.Acknowledge(r.Context(), by, r.PathValue("key"))
	return p.settle(r, by, "acknowledge", err, "You have "+i.Key()+". Nobody else is paged for now.")
}

// investigate says that work has begun.
func (p pages) investigate(r *http.Request, by actor.Actor) (action.Answer, error) {
	i, err := p.Incidents.Investigate(r.Context(), by, r.PathValue("key"))
	return p.settle(r, by, "investigate", err, i.Key()+" is being investigated.")
}
