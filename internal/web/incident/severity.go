package incident

import (
	"net/http"
	"strconv"

	"mainstay/internal/base/actor"
	"mainstay/internal/web/action"
)

// severity changes how bad the incident is.
func (p pages) severity(r *http.Request, by actor.Actor) (action.Answer, error) {
	to, _ := strconv.Atoi(r.PostFormValue("severity")) // no number is 0, which the service refuses
	i, err := p.Incidents.SetSeverity(r.Context(), by, r.PathValue("key"), to, action.Block(r, "reason"))
	return p.settle(r, by, "severity", err, i.Key()+" has severity "+strconv.Itoa(to)+" now.")
}

// rename changes the title and the description.
func (p pages) rename(r *http.Request, by actor.Actor) (action.Answer, error) {
	_, err := p.Incidents.Rename(r.Context(), by, r.PathValue("key"), action.Line(r, "title"), action.Block(r, "description"))
	return p.settle(r, by, "rename", err, "Title and description saved.")
}
