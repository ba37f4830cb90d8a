package incident

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/web/action"
)

// link connects the incident with another.
func (p pages) link(r *http.Request, by actor.Actor) (action.Answer, error) {
	other := action.Line(r, "other")
	_, err := p.Incidents.Link(r.Context(), by, r.PathValue("key"), other)
	return p.settle(r, by, "link", err, "Linked with "+other+".")
}

// merge closes the incident and lets its alerts go on in another.
func (p pages) merge(r *http.Request, by actor.Actor) (action.Answer, error) {
	into := action.Line(r, "into")
	i, err := p.Incidents.Merge(r.Context(), by, r.PathValue("key"), into)
	return p.settle(r, by, "merge", err, i.Key()+" was merged; its alerts go on in "+into+".")
}
