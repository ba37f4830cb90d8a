package incident

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/incident"
	"mainstay/internal/web/action"
)

// restore says that users can do their business again.
func (p pages) restore(r *http.Request, by actor.Actor) (action.Answer, error) {
	end := incident.Ending{Reason: action.Block(r, "reason"), AlertsEnded: r.PostFormValue("alerts_ended") != ""}
	i, err := p.Incidents.End(r.Context(), by, r.PathValue("key"), end)
	done := i.Key() + " is restored: both clocks have ended. If that was a mistake, reopen it."
	if len(i.StillFiring) > 0 {
		done = i.Key() + " is restored, and reopens at " + i.Reopens.UTC().Format("15:04 UTC") + " if its alerts still fire then."
	}
	return p.settle(r, by, "restore", err, done)
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
