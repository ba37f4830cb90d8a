// Package palette answers the command palette: what can be found or done, by a few words.
package palette

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/incident"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/rule"
	"mainstay/internal/domain/saved"
	"mainstay/internal/domain/source"
	"mainstay/internal/web/action"
	"mainstay/internal/web/look"
)

// Config is what the palette searches.
type Config struct {
	Incidents *incident.Service
	Catalogue *catalogue.Catalogue
	People    *people.Service
	Rosters   *oncall.Service
	// Saved are the saved searches and dashboards; Rules the log rules; Sources who sends log lines. Nil
	// leaves them out.
	Saved   *saved.Service
	Rules   *rule.Service
	Sources *source.Service
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
	also  string // other words by which people look for it
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
		{people.SearchRead, p.searches},
		{people.SearchRead, p.dashboards},
		{people.RuleRead, p.rules},
		{people.SourceRead, p.sources},
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
	found = append(found, places(by, q)...)
	slices.SortStableFunc(found, func(a, b Item) int { return cmp.Compare(a.rank(q), b.rank(q)) })
	return action.Data(found), nil
}

// rank orders what was found: what begins with the words before what has a word that does, and
// that before what has them inside a word; the acts before the rest of each. Among equals the
// order of the rooms stays, incidents first.
func (i Item) rank(q string) int {
	if q == "" {
		return 0
	}
	n := 2 * fit(q, i.Title+" "+i.also)
	if i.Kind != "Action" {
		n++
	}
	return n
}

// fit is 0 when text begins with q, 1 when one of its words does, and 2 otherwise.
func fit(q, text string) int {
	q, text = strings.ToLower(q), strings.ToLower(text)
	switch {
	case strings.HasPrefix(text, q):
		return 0
	case strings.Contains(" "+text, " "+q):
		return 1
	}
	return 2
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
		out = append(out, Item{"Incident", i.Key() + " " + i.Title, look.IncidentURL(i.Key()), string(i.State), ""})
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
		out = append(out, Item{"Service", s.Title, look.ServiceURL(s.Name), s.Name, ""})
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
		out = append(out, Item{"Component", c.Title, look.ComponentURL(c.Name), string(c.Layer), ""})
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
		out = append(out, Item{"Person", u.Name, look.PersonURL(u.Login), action.RoleName(u.Role), ""})
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
		out = append(out, Item{"Team", t.Title, look.TeamURL(t.Name), string(t.Level), ""})
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
			out = append(out, Item{"Roster", r.Title(), look.RosterURL(r.Name), r.Name, ""})
		}
	}
	return out, err
}

// named collects what fits the words, up to as many as are shown.
func named[T any](list []T, q string, of func(T) Item) (out []Item) {
	for _, v := range list {
		if i := of(v); len(out) < each && fits(q, i.Title+" "+i.Hint+" "+i.also) {
			out = append(out, i)
		}
	}
	return out
}

func (p pages) searches(ctx context.Context, by actor.Actor, q string) ([]Item, error) {
	if q == "" || p.Saved == nil {
		return nil, nil
	}
	list, err := p.Saved.Searches.List(ctx, by, page.Request{Limit: page.MaxLimit})
	return named(list.Items, q, func(s saved.Search) Item {
		return Item{"Search", s.Title(), "/logs/saved/" + url.PathEscape(s.Name), s.Name, "logs saved search"}
	}), err
}

func (p pages) dashboards(ctx context.Context, by actor.Actor, q string) ([]Item, error) {
	if q == "" || p.Saved == nil {
		return nil, nil
	}
	list, err := p.Saved.Dashboards.List(ctx, by, page.Request{Limit: page.MaxLimit})
	return named(list.Items, q, func(d saved.Dashboard) Item {
		return Item{"Dashboard", d.Title(), "/logs/dashboards/" + url.PathEscape(d.Name), d.Name, "logs dashboard"}
	}), err
}

func (p pages) rules(ctx context.Context, by actor.Actor, q string) ([]Item, error) {
	if q == "" || p.Rules == nil {
		return nil, nil
	}
	list, err := p.Rules.List(ctx, by, page.Request{Limit: page.MaxLimit})
	return named(list.Items, q, func(s rule.Status) Item {
		return Item{"Log rule", s.Title(), "/rules/" + url.PathEscape(s.Name), s.Name, "log rule"}
	}), err
}

func (p pages) sources(ctx context.Context, by actor.Actor, q string) ([]Item, error) {
	if q == "" || p.Sources == nil {
		return nil, nil
	}
	list, err := p.Sources.Sources(ctx, by)
	return named(list, q, func(s source.Source) Item {
		return Item{"Log source", s.Title(), "/admin/sources/" + url.PathEscape(s.Name), s.Name, "log source"}
	}), err
}

// place is a page or an act, and what one must be allowed for it.
type place struct {
	Item
	needs people.Action
}

// everyday are those that are shown before anything is typed.
func everyday() []place {
	return []place{
		{Item{"Action", "New incident", "/incidents/new", "", "open report declare"}, people.IncidentOpen},
		{Item{"Action", "New follow-up", "/follow-ups/+new", "", "promise task"}, people.FollowUpWrite},
		{Item{"Page", "On call", "/oncall", "", "who is on call duty rota roster now"}, people.RosterRead},
		{Item{"Page", "My incidents", "/incidents?mine=1", "", ""}, people.IncidentRead},
		{Item{"Page", "Restored incidents", "/incidents?show=restored", "", "resolved"}, people.IncidentRead},
		{Item{"Page", "Quarantined alerts", "/alerts/quarantine", "", "rejected"}, people.AlertWrite},
		{Item{"Page", "Wall", "/wall", "", "screen kiosk"}, people.IncidentRead},
		{Item{"Page", "My contact methods and rules", "/me/contacts", "", "notifications pager telephone"}, people.ContactRead},
		{Item{"Page", "My account and password", "/me/account", "", "profile"}, people.UserRead},
	}
}

// asked are further ones, for who looks for them.
func asked(q string) []place {
	if q == "" {
		return nil
	}
	return []place{
		{Item{"Page", "Search logs", "/logs", "", "log lines query logsql find tail"}, people.LogRead},
		{Item{"Page", "Errors of the last hour", "/logs?as=logsql&q=level%3Aerror+or+level%3Afatal", "", "logs lines"}, people.LogRead},
		{Item{"Page", "Patterns of log lines", "/logs/patterns", "", "logs templates new"}, people.LogRead},
		{Item{"Page", "Saved searches", "/logs/saved", "", "logs reports"}, people.SearchRead},
		{Item{"Page", "Dashboards", "/logs/dashboards", "", "logs charts panels"}, people.SearchRead},
		{Item{"Page", "Log rules", "/rules", "", "logs alerts match"}, people.RuleRead},
		{Item{"Page", "Metric rules", "/metric-rules", "", "series alerts prometheus anomaly"}, people.RuleRead},
		{Item{"Action", "New metric rules", "/metric-rules/+new", "", "add series alert prometheus"}, people.RuleWrite},
		{Item{"Action", "New log rule", "/rules/+new", "", "add logs alert"}, people.RuleWrite},
		{Item{"Action", "Save a search", "/logs/saved/+new", "", "new logs report"}, people.SearchWrite},
		{Item{"Action", "Upload log lines", "/logs/upload", "", "logs file send"}, people.LogSend},
		{Item{"Page", "Log sources", "/admin/sources", "", "logs keys senders syslog agents"}, people.SourceRead},
		{Item{"Action", "New log source", "/admin/sources/+new", "", "add logs key sender"}, people.SourceWrite},
		{Item{"Page", "Log store", "/admin/logs", "", "logs engine spool lag backlog"}, people.SystemRead},
		{Item{"Page", "Keeping logs", "/admin/logs/keeping", "", "logs retention archive restore disk"}, people.SystemRead},
		{Item{"Page", "Hosts", "/hosts", "", "files agents code rolls"}, people.HostRead},
		{Item{"Action", "New code roll", "/hosts/rolls/+new", "", "release manifest files hosts deploy"}, people.HostWrite},
	}
}

// places are pages and acts that the page itself does not offer.
func places(by actor.Actor, q string) []Item {
	var out []Item
	for _, p := range slices.Concat(everyday(), asked(q)) {
		if people.Somewhere(by.Role, p.needs) && fits(q, p.Title+" "+p.also) {
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
