package incident

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/web/action"
)

// comment adds a note to the timeline.
func (p pages) comment(r *http.Request, by actor.Actor) (action.Answer, error) {
	_, err := p.Incidents.Comment(r.Context(), by, r.PathValue("key"), action.Block(r, "text"))
	return p.settle(r, by, "comment", err, "Comment added.")
}
