package service

import (
	"maps"
	"net/http"
	"slices"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/escalation"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/look"
)

// directory is who there is and who is on call now, to tell what a policy means this minute.
type directory struct {
	teams     map[people.TeamID]people.Team
	byName    map[string]people.Team
	people    map[string]people.User // by login
	members   map[people.UserID]people.User
	rosters   map[string]oncall.Standing
	calendars map[string]calendar.Entry
}

func (p pages) directory(r *http.Request, by actor.Actor) (directory, error) {
	d := directory{teams: map[people.TeamID]people.Team{}, byName: map[string]people.Team{}, people: map[string]people.User{},
		members: map[people.UserID]people.User{}, rosters: map[string]oncall.Standing{}, calendars: map[string]calendar.Entry{}}
	teams, err := p.People.ListTeams(r.Context(), by, people.TeamFilter{}, all)
	if err != nil {
		return d, err
	}
	for _, t := range teams.Items {
		d.teams[t.ID], d.byName[t.Name] = t, t
	}
	users, err := p.People.ListUsers(r.Context(), by, people.UserFilter{}, all)
	if err != nil {
		return d, err
	}
	for _, u := range users.Items {
		d.people[u.Login], d.members[u.ID] = u, u
	}
	standings, err := p.Rosters.OnCallNow(r.Context(), by)
	if err != nil {
		return d, err
	}
	for _, s := range standings {
		d.rosters[s.Roster.Name] = s
	}
	calendars, err := p.Calendars.List(r.Context(), by, all)
	for _, c := range calendars.Items {
		d.calendars[c.Name] = c
	}
	return d, err
}

func (d directory) hours(name string) *calendar.Entry {
	if c, ok := d.calendars[name]; ok {
		return &c
	}
	return nil
}

// ofTeam are the people on call on a team's rosters, each once, in the order of the rosters.
func (d directory) ofTeam(t people.Team) (out []oncall.Person) {
	for _, name := range slices.Sorted(maps.Keys(d.rosters)) {
		if s := d.rosters[name]; t.ID != "" && s.Roster.Team == t.ID {
			for _, one := range s.People {
				if !slices.ContainsFunc(out, func(o oncall.Person) bool { return o.ID == one.ID }) {
					out = append(out, one)
				}
			}
		}
	}
	return out
}

// callee is whom a step of a policy calls, and who that is now.
type callee struct {
	what, name string // "roster", "payments-l1"
	address    string
	now        []string // names; empty when nobody would be called
	missing    bool     // there is no such roster, team or person
}

// callee tells what a target means now; teams are those of the service, for levels.
func (d directory) callee(t escalation.Target, teams []people.TeamID) callee {
	switch {
	case t.Person != "":
		u, ok := d.people[t.Person]
		return callee{what: "person", name: t.Person, address: look.PersonURL(t.Person), now: some(u.Name), missing: !ok}
	case t.Roster != "":
		s, ok := d.rosters[t.Roster]
		return callee{what: "roster", name: t.Roster, address: look.RosterURL(t.Roster), now: names(s.People), missing: !ok}
	case t.Team != "":
		team, ok := d.byName[t.Team]
		return callee{what: "team", name: t.Team, address: look.TeamURL(t.Team), now: d.answering(team), missing: !ok}
	}
	out := callee{what: "the service's teams at", name: look.Level(t.Level)}
	for _, id := range teams {
		if team := d.teams[id]; team.Level == t.Level {
			out.now = append(out.now, d.answering(team)...)
		}
	}
	return out
}

// answering are who answers for a team: who is on call on its rosters, otherwise all of it.
func (d directory) answering(t people.Team) []string {
	if found := d.ofTeam(t); len(found) > 0 {
		return names(found)
	}
	var out []string
	for _, id := range t.Members {
		if u, ok := d.members[id]; ok {
			out = append(out, u.Name)
		}
	}
	return out
}

func names(list []oncall.Person) []string {
	out := make([]string, len(list))
	for i, one := range list {
		out[i] = one.Name
	}
	return out
}

func some(name string) []string {
	if name == "" {
		return nil
	}
	return []string{name}
}
