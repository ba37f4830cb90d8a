package incident

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/escalation"
	"mainstay/internal/web/action"
)

// stopClock ends one clock, by name and reason.
func (p pages) stopClock(r *http.Request, by actor.Actor) (action.Answer, error) {
	clock := escalation.Clock(r.PostFormValue("clock"))
	_, err := p.Incidents.StopClock(r.Context(), by, r.PathValue("key"), clock, action.Block(r, "reason"))
	return p.settle(r, by, "stop-clock", err, "The "+string(clock)+" clock is stopped. It pages nobody any more.")
}
