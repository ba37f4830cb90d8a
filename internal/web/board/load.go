package board

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/followup"
	"mainstay/internal/domain/health"
	"mainstay/internal/domain/incident"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/look"
)

// board is all that the first screen shows.
type board struct {
	now      time.Time
	tiles    []tile // worst first
	counts   incident.Counts
	rosters  []oncall.Standing
	steps    []incident.Upcoming
	promises []followup.FollowUp // overdue, or due within a day
	late     int                 // overdue follow-ups, all of them
	troubles []string            // what everybody must know at once
	mayOpen  bool
	mayWrite bool
	start    templ.Component // what a new desk still needs; nil when nothing
}

// How much of each list the first screen has room for.
const (
	maxSteps    = 5
	maxShifts   = 4
	maxPromises = 4
	maxPerTile  = 3
)

// load reads everything. Each room gives a snapshot of its own; the next event puts right
// what changed in between.
func (p pages) load(ctx context.Context, by actor.Actor) (board, error) {
	b := board{now: p.Clock.Now(), mayOpen: people.Can(by, people.IncidentOpen, people.Target{}),
		mayWrite: people.Can(by, people.ServiceWrite, people.Target{})}
	services, err := p.services(ctx, by)
	if err != nil {
		return b, err
	}
	active, err := p.Incidents.List(ctx, by, incident.Filter{Active: true}, page.Request{Limit: page.MaxLimit})
	if err != nil {
		return b, err
	}
	desk, err := p.Health.Desk(ctx, by)
	if err != nil {
		return b, err
	}
	teams, err := p.People.ListTeams(ctx, by, people.TeamFilter{}, page.Request{Limit: page.MaxLimit})
	if err != nil {
		return b, err
	}
	if b.rosters, err = p.Rosters.OnCallNow(ctx, by); err != nil {
		return b, err
	}
	b.tiles = tiles(services, active.Items, desk, teams.Items)
	if b.counts, err = p.Incidents.Count(ctx, by); err != nil {
		return b, err
	}
	if b.steps, err = p.Incidents.Upcoming(ctx, by, maxSteps); err != nil {
		return b, err
	}
	if p.Troubles != nil {
		if b.troubles, err = p.Troubles(ctx); err != nil {
			return b, err
		}
	}
	return b, p.loadPromises(ctx, by, &b)
}

// services are all of them: a desk with more than a page of them still sees the worst first.
func (p pages) services(ctx context.Context, by actor.Actor) ([]catalogue.Service, error) {
	var all []catalogue.Service
	for r := (page.Request{Limit: page.MaxLimit}); ; {
		list, err := p.Catalogue.Services(ctx, by, "", r)
		all = append(all, list.Items...)
		if err != nil || list.Next == nil {
			return all, err
		}
		r.Cursor = *list.Next
	}
}

// loadPromises reads the follow-ups that are due: the earliest are those that are most overdue.
func (p pages) loadPromises(ctx context.Context, by actor.Actor, b *board) error {
	counts, err := p.FollowUps.Count(ctx, by)
	if err != nil {
		return err
	}
	b.late = counts.Overdue
	list, err := p.FollowUps.List(ctx, by, followup.Filter{}, page.Request{Limit: maxPromises})
	b.promises = slices.DeleteFunc(list.Items, func(f followup.FollowUp) bool { return f.Due.After(b.now.Add(24 * time.Hour)) })
	return err
}

// tiles puts the services together with what concerns them, worst first.
func tiles(services []catalogue.Service, active []incident.Incident, desk *health.Desk, teams []people.Team) []tile {
	byService := map[string][]incident.Incident{}
	for _, i := range active {
		byService[i.ServiceName] = append(byService[i.ServiceName], i)
	}
	var out []tile
	for _, s := range services {
		t := tile{service: s, incidents: byService[s.Name]}
		t.of, _ = desk.Service(s.Name)
		t.causes = desk.CausesOfService(s.Name, maxPerTile)
		if s.Name == catalogue.Unassigned && len(t.incidents) == 0 && len(t.of.Reasons) == 0 {
			continue // it is there to lose nothing, and there is nothing
		}
		if i := slices.IndexFunc(teams, func(t people.Team) bool { return t.ID == s.Owner }); i >= 0 {
			t.owner = teams[i]
		}
		t.badge, t.why = look.Service(t.incidents, t.of, t.causes)
		t.rank = t.place()
		out = append(out, t)
	}
	slices.SortStableFunc(out, worse)
	return out
}

// shifts are the changes of the next day, the soonest first.
func (b board) shifts() []oncall.Standing {
	var out []oncall.Standing
	for _, r := range b.rosters {
		if !r.Next.IsZero() && r.Next.Before(b.now.Add(24*time.Hour)) {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(x, y oncall.Standing) int { return x.Next.Compare(y.Next) })
	return out[:min(len(out), maxShifts)]
}

// who names the people of a roster now.
func who(r oncall.Standing) string {
	var out []string
	for _, p := range r.People {
		out = append(out, p.Name)
	}
	return strings.Join(out, ", ")
}
