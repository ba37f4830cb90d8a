// Package oncall is the pages of rosters: who is on call now, the calendar of each roster with
// its layers and overrides, the gaps ahead.
package oncall

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/notify"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// Config is what the pages need.
type Config struct {
	Rosters  *oncall.Service
	People   *people.Service
	Contacts *notify.Service
	Clock    clock.Clock
}

type pages struct{ Config }

// Routes are the pages of rosters.
func Routes(c Config) []action.Route {
	p := pages{c}
	return []action.Route{
		action.Get("/oncall", people.RosterRead, p.now),
		action.Get("/oncall/+gaps", people.RosterRead, p.gaps),
		action.Get("/oncall/+new", people.RosterWrite, p.newForm),
		action.Post("/oncall/+new", people.RosterWrite, p.create),
		action.Get("/oncall/{roster}", people.RosterRead, p.show),
		action.Get("/oncall/{roster}/edit", people.RosterWrite, p.edit),
		action.Post("/oncall/{roster}/edit", people.RosterWrite, p.save),
		action.Post("/oncall/{roster}/delete", people.RosterWrite, p.remove),
		action.Post("/oncall/{roster}/overrides", people.RosterOverride, p.addOverride),
		action.Post("/oncall/{roster}/overrides/{id}/remove", people.RosterOverride, p.removeOverride),
	}
}

// all is a list of one page that holds everything.
var all = page.Request{Limit: page.MaxLimit}

// refused reports whether an error belongs into the form that caused it.
func refused(err error) bool { return errs.Is(err, errs.Invalid) || errs.Is(err, errs.Conflict) }

// teams are all of them, by id.
func (p pages) teams(r *http.Request, by actor.Actor) (map[people.TeamID]people.Team, error) {
	list, err := p.People.ListTeams(r.Context(), by, people.TeamFilter{}, all)
	out := make(map[people.TeamID]people.Team, len(list.Items))
	for _, t := range list.Items {
		out[t.ID] = t
	}
	return out, err
}
