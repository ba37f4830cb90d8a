package service

import (
	"cmp"
	"math"
	"net/http"
	"slices"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/incident"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// row is a service in the list.
type row struct {
	catalogue.Service
	incidents []incident.Incident // active, the worst first
	owner     people.Team
	onCall    []oncall.Person // for the owner
	hours     *calendar.Entry
}

// rank puts the important first, and last what is there only to lose nothing.
func (r row) rank() int {
	if r.Name == catalogue.Unassigned {
		return math.MaxInt
	}
	return r.Tier
}

type listPage struct {
	rows   []row
	next   *string
	mayAdd bool
	found  string // part of a name that was asked for
}

// list shows services: ?q= is a part of the name.
func (p pages) list(r *http.Request, by actor.Actor) (action.Answer, error) {
	in := listPage{found: r.URL.Query().Get("q"), mayAdd: mayWriteSome(by)}
	list, err := p.Catalogue.Services(r.Context(), by, in.found, page.Request{Cursor: r.URL.Query().Get("cursor")})
	if err != nil {
		return action.Answer{}, err
	}
	in.next = list.Next
	d, err := p.directory(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	active, err := p.active(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	for _, s := range list.Items {
		team := d.teams[s.Owner]
		in.rows = append(in.rows, row{s, active[s.Name], team, d.ofTeam(team), d.hours(s.Hours)})
	}
	slices.SortStableFunc(in.rows, func(a, b row) int { return cmp.Compare(a.rank(), b.rank()) })
	return action.Show(listOf(in)), nil
}

// active are the incidents that are not restored, by service.
func (p pages) active(r *http.Request, by actor.Actor) (map[string][]incident.Incident, error) {
	out := map[string][]incident.Incident{}
	list, err := p.Incidents.List(r.Context(), by, incident.Filter{Active: true}, all)
	for _, i := range list.Items {
		out[i.ServiceName] = append(out[i.ServiceName], i)
	}
	return out, err
}
