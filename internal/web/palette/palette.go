// Package palette answers the command palette: what can be found or done, by a few words.
package palette

import (
	"context"
	"net/http"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/incident"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/look"
)

// Config is what the palette searches.
type Config struct {
	Incidents *incident.Service
	Catalogue *catalogue.Catalogue
	People    *people.Service
	Rosters   *oncall.Service
}

type pages struct{ Config }

// Routes is the palette's one address.
func Routes(c Config) []action.Route {
	p := pages{c}
	return []action.Route{action.Get("/palette", action.SignedIn, p.search)}
}

// Item is something found, as the script shows it.
type Item struct {
	Kind  string `json:"kind"`
	Title string `json:"title"`
	URL   string `json:"url"`
	Hint  string `json:"hint,omitempty"`
}

// each is how many of one kind are shown.
const each = 6

// search finds incidents, services, components, people, teams and rosters by the words, and
// the pages and acts that have no key of their own. Nothing typed gives what is worst now.
func (p pages) search(r *http.Request, by actor.Actor) (action.Answer, error) {
	q := strings.TrimSpace(r.URL.Query().Get("q"))
	found := []Item{}
	for _, s := range []struct {
		needs people.Action
		find  func(context.Context, actor.Actor, string) ([]Item, error)
	}{
		{people.IncidentRead, p.incidents},
		{people.ServiceRead, p.services},
		{people.ServiceRead, p.components},
		{people.UserRead, p.people},
		{people.TeamRead, p.teams},
		{people.RosterRead, p.rosters},
	} {
		if !people.Can(by, s.needs, people.Target{}) {
			continue
		}
		items, err := s.find(r.Context(), by, q)
		if err != nil {
			return action.Answer{}, err
		}
		found = append(found, items...)
	}
	return action.Data(append(found, places(by, q)...)), nil
}

// incidents finds active incidents first; with words, the others after them.
func (p pages) incidents(ctx context.Context, by actor.Actor, q string) ([]Item, error) {
	list, err := p.Incidents.List(ctx, by, incident.Filter{Words: q, Active: true}, page.Request{Limit: each})
	if err != nil {
		return nil, err
	}
	if q != "" && len(list.Items) < each {
		past := incident.Filter{Words: q, States: []incident.State{incident.Restored, incident.Closed}, Sort: "newest"}
		more, err := p.Incidents.List(ctx, by, past, page.Request{Limit: each - len(list.Items)})
		if err != nil {
			return nil, err
		}
		list.Items = append(list.Items, more.Items...)
	}
	var out []Item
	for _, i := range list.Items {
		out = append(out, Item{"Incident", i.Key() + " " + i.Title, look.IncidentURL(i.Key()), string(i.State)})
	}
	return out, nil
}

func (p pages) services(ctx context.Context, by actor.Actor, q string) ([]Item, error) {
	if q == "" {
		return nil, nil
	}
	list, err := p.Catalogue.Services(ctx, by, q, page.Request{Limit: each})
	var out []Item
	for _, s := range list.Items {
		out = append(out, Item{"Service", s.Title, look.ServiceURL(s.Name), s.Name})
	}
	return out, err
}

func (p pages) components(ctx context.Context, by actor.Actor, q string) ([]Item, error) {
	if q == "" {
		return nil, nil
	}
	list, err := p.Catalogue.Components(ctx, by, q, page.Request{Limit: each})
	var out []Item
	for _, c := range list.Items {
		out = append(out, Item{"Component", c.Title, look.ComponentURL(c.Name), string(c.Layer)})
	}
	return out, err
}

func (p pages) people(ctx context.Context, by actor.Actor, q string) ([]Item, error) {
	if q == "" {
		return nil, nil
	}
	list, err := p.People.ListUsers(ctx, by, people.UserFilter{Query: q}, page.Request{Limit: each})
	var out []Item
	for _, u := range list.Items {
		out = append(out, Item{"Person", u.Name, look.PersonURL(u.Login), action.RoleName(u.Role)})
	}
	return out, err
}

func (p pages) teams(ctx context.Context, by actor.Actor, q string) ([]Item, error) {
	if q == "" {
		return nil, nil
	}
	list, err := p.People.ListTeams(ctx, by, people.TeamFilter{Query: q}, page.Request{Limit: each})
	var out []Item
	for _, t := range list.Items {
		out = append(out, Item{"Team", t.Title, look.TeamURL(t.Name), string(t.Level)})
	}
	return out, err
}

func (p pages) rosters(ctx context.Context, by actor.Actor, q string) ([]Item, error) {
	if q == "" {
		return nil, nil
	}
	list, err := p.Rosters.List(ctx, by, page.Request{Limit: page.MaxLimit})
	var out []Item
	for _, r := range list.Items {
		if len(out) < each && fits(q, r.Name+" "+r.Title()) {
			out = append(out, Item{"Roster", r.Title(), look.RosterURL(r.Name), r.Name})
		}
	}
	return out, err
}

// places are pages and acts that the page itself does not offer.
func places(by actor.Actor, q string) []Item {
	var out []Item
	for _, p := range []struct {
		Item
		needs people.Action
	}{
		{Item{"Action", "New incident", "/incidents/new", ""}, people.IncidentOpen},
		{Item{"Action", "New follow-up", "/follow-ups/+new", ""}, people.FollowUpWrite},
		{Item{"Page", "My incidents", "/incidents?mine=1", ""}, people.IncidentRead},
		{Item{"Page", "Restored incidents", "/incidents?show=restored", ""}, people.IncidentRead},
		{Item{"Page", "Quarantined alerts", "/alerts/quarantine", ""}, people.AlertWrite},
		{Item{"Page", "Wall", "/wall", ""}, people.IncidentRead},
		{Item{"Page", "My contact ways and rules", "/me/contacts", ""}, people.ContactRead},
		{Item{"Page", "My account and password", "/me/account", ""}, people.UserRead},
	} {
		if people.Reach(by.Role, p.needs) != 0 && fits(q, p.Title) {
			out = append(out, p.Item)
		}
	}
	return out
}

// fits reports whether every word of q occurs in text, without regard to case.
func fits(q, text string) bool {
	text = strings.ToLower(text)
	for word := range strings.FieldsSeq(strings.ToLower(q)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}
