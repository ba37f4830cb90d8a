package incident

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/web/action"
)

// restore says that users can do their business again.
func (p pages) restore(r *http.Request, by actor.Actor) (action.Answer, error) {
	i, err := p.Incidents.Restore(r.Context(), by, r.PathValue("key"), action.Block(r, "reason"))
	return p.settle(r, by, "restore", err, i.Key()+" is restored: both clocks have ended. If that was a mistake, reopen it.")
}

// reopen takes a restored or closed incident up again.
func (p pages) reopen(r *http.Request, by actor.Actor) (action.Answer, error) {
	i, err := p.Incidents.Reopen(r.Context(), by, r.PathValue("key"), action.Block(r, "reason"))
	return p.settle(r, by, "reopen", err, i.Key()+" is open again. Both clocks run from now.")
}

// close says that the paperwork is done.
func (p pages) close(r *http.Request, by actor.Actor) (action.Answer, error) {
	i, err := p.Incidents.Close(r.Context(), by, r.PathValue("key"))
	return p.settle(r, by, "close", err, i.Key()+" is closed.")
}
