package source

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/source"
	"mainstay/internal/web/action"
)

type listPage struct {
	rows          []source.Traffic
	mayAdd, admin bool
}

func (p pages) list(r *http.Request, by actor.Actor) (action.Answer, error) {
	rows, err := p.Sources.Traffic(r.Context(), by)
	return action.Show(listOf(listPage{rows, people.Can(by, people.SourceWrite, people.Target{Teams: by.Teams}), seesAdmin(by)})), err
}
