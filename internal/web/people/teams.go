package people

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// entry is a team in the escalation directory.
type entry struct {
	people.Team
	onCall []oncall.Person
	states []oncall.State // of its rosters
	hours  *calendar.Entry
	owner  people.User
}

// add adds people on call, each once.
func (e *entry) add(list []oncall.Person) {
	for _, one := range list {
		if !slices.ContainsFunc(e.onCall, func(o oncall.Person) bool { return o.ID == one.ID }) {
			e.onCall = append(e.onCall, one)
		}
	}
}

// open reports whether the team is at work now.
func (e entry) open(now time.Time) bool { return e.hours == nil || e.hours.Open(now) }

type teamsPage struct {
	entries []entry
	mayAdd  bool
	now     time.Time
}

// teams is the escalation directory: whom to call, level by level, how and when.
func (p pages) teams(r *http.Request, by actor.Actor) (action.Answer, error) {
	f := people.TeamFilter{Query: r.URL.Query().Get("q"), Level: people.Level(r.URL.Query().Get("level"))}
	list, err := p.People.ListTeams(r.Context(), by, f, page.Request{Limit: page.MaxLimit})
	if err != nil {
		return action.Answer{}, err
	}
	entries, err := p.entries(r, by, list.Items)
	in := teamsPage{entries: entries, mayAdd: people.Can(by, people.TeamWrite, people.Target{}), now: p.Clock.Now()}
	return action.Show(directory(in)), err
}

// entries adds to teams who is on call, their hours and their owners; the lowest level first.
func (p pages) entries(r *http.Request, by actor.Actor, teams []people.Team) ([]entry, error) {
	standings, err := p.Rosters.OnCallNow(r.Context(), by)
	if err != nil {
		return nil, err
	}
	users, err := p.everybody(r, by)
	if err != nil {
		return nil, err
	}
	hours, err := p.calendars(r, by)
	if err != nil {
		return nil, err
	}
	out := make([]entry, len(teams))
	for i, t := range teams {
		e := entry{Team: t}
		for _, s := range standings {
			if s.Roster.Team == t.ID {
				e.states = append(e.states, s.State)
				e.add(s.People)
			}
		}
		if c, ok := hours[t.Hours]; ok {
			e.hours = &c
		}
		if n := slices.IndexFunc(users, func(u people.User) bool { return u.ID == t.Owner }); n >= 0 {
			e.owner = users[n]
		}
		out[i] = e
	}
	slices.SortStableFunc(out, func(a, b entry) int { return cmp.Compare(rank(a.Level), rank(b.Level)) })
	return out, nil
}

func rank(l people.Level) int { return slices.Index(people.Levels, l) }

func (p pages) calendars(r *http.Request, by actor.Actor) (map[string]calendar.Entry, error) {
	list, err := p.Calendars.List(r.Context(), by, page.Request{Limit: page.MaxLimit})
	out := make(map[string]calendar.Entry, len(list.Items))
	for _, c := range list.Items {
		out[c.Name] = c
	}
	return out, err
}
