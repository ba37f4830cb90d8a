package web

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
	"mainstay/internal/edge"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// frame is what every page of the request shares, apart from what has to be read.
func (s *Site) frame(r *http.Request, by actor.Actor) ui.Frame {
	f := ui.Frame{Now: s.Clock.Now(), URL: ui.PageURL(r), Site: s.Name, SiteZone: s.Zone, Held: s.Held}
	if c, ok := s.Clock.(*clock.Scaled); ok {
		f.Rate = c.Factor()
	}
	if s.Position != nil {
		f.Position = s.Position()
	}
	session, ok := edge.Session(r.Context())
	if !ok {
		return f
	}
	role := action.RoleName(by.Role)
	f.User = &ui.User{Login: session.Login, Name: by.Name, Role: strings.ToUpper(role[:1]) + role[1:],
		ProfileURL: profileURL, SignOutURL: "/logout"}
	f.LiveURL, f.PaletteURL = "/live", "/palette"
	f.Opens = func(ctx context.Context, url string) bool { return s.opens(ctx, by, url) }
	f.NavSrc, f.NavTopics = "/nav", "incidents alerts follow-ups"
	return f
}

// fill adds the navigation with its counts.
func (s *Site) fill(ctx context.Context, f *ui.Frame, by actor.Actor) error {
	if f.User == nil {
		return nil
	}
	counts, err := s.counts(ctx, by)
	if err != nil {
		return err
	}
	if s.DemoURL != "" {
		f.Nav = append(f.Nav, ui.NavItem{Label: "Demo", URL: s.DemoURL})
	}
	for _, p := range places {
		if !s.opens(ctx, by, p.url) {
			continue
		}
		item := ui.NavItem{Label: p.label, URL: p.url, Go: p.key, Root: p.url == "/", Also: also[p.url]}
		if c, ok := counts[p.url]; ok {
			item.Count, item.Tone, item.CountOf = c.Count, c.Tone, c.CountOf
		}
		f.Nav = append(f.Nav, item)
	}
	return nil
}

// place is a destination.
type place struct {
	label, url, key string
	needs           people.Action
}

// open reports whether it is a place for somebody: the portal for clients, logs for those who may
// see some, the rest for those who may see what is there of everybody.
func (p place) open(by actor.Actor) bool {
	if p.url == portalURL {
		return by.Customer != "" && people.Can(by, p.needs, people.Target{Customers: []string{by.Customer}})
	}
	if p.url == logsURL { // of one's own services, for most
		return people.Can(by, p.needs, people.Target{Teams: by.Teams})
	}
	return people.Can(by, p.needs, people.Target{})
}

// opens reports whether somebody may go to the place at an address.
func (s *Site) opens(ctx context.Context, by actor.Actor, url string) bool {
	i := slices.IndexFunc(places, func(p place) bool { return p.url == url && p.open(by) })
	return i >= 0 && (url != logsURL || s.readsLogs(ctx, by))
}

// readsLogs reports whether there are lines that somebody may read: a team that no service belongs to
// has none, and a page that refuses is no place to lead to.
func (s *Site) readsLogs(ctx context.Context, by actor.Actor) bool {
	if s.Search == nil {
		return false
	}
	_, err := s.Search.Scope(ctx, by)
	return !errs.Is(err, errs.Forbidden)
}

// firstPage is where somebody begins.
func firstPage(by actor.Actor) string {
	for _, p := range places {
		if p.open(by) {
			return p.url
		}
	}
	return profileURL
}

const (
	portalURL  = "/portal"
	logsURL    = "/logs"
	profileURL = "/me/contacts"
)

// places are the destinations, most used first.
var places = []place{
	{"Board", "/", "b", people.IncidentRead},
	{"Your services", portalURL, "b", people.CustomerRead},
	{"Incidents", "/incidents", "i", people.IncidentRead},
	{"Alerts", "/alerts", "a", people.AlertRead},
	{"Logs", logsURL, "l", people.LogRead},
	{"On call", "/oncall", "o", people.RosterRead},
	{"Services", "/services", "s", people.ServiceRead},
	{"Hosts", "/hosts", "h", people.HostRead},
	{"Checks", "/checks", "k", people.CheckRead},
	{"Follow-ups", "/follow-ups", "f", people.FollowUpRead},
	{"Maintenance", "/maintenance", "m", people.MaintenanceRead},
	{"Customers", "/customers", "c", people.CustomerRead},
	{"People", "/people", "p", people.TeamRead},
	{"Teams", "/teams", "t", people.TeamRead},
	{"Saved searches", "/logs/saved", "", people.SearchRead},
	{"Dashboards", "/logs/dashboards", "", people.SearchRead},
	{"Log rules", "/rules", "", people.RuleRead},
	{"Metric rules", "/metric-rules", "", people.RuleRead},
	{"Administration", "/admin", "", people.SystemRead},
}

// also are pages that belong to a place and are elsewhere.
var also = map[string][]string{logsURL: {"/rules"}}

// counts are what the navigation counts, by address; what the reader may not see is left out.
func (s *Site) counts(ctx context.Context, by actor.Actor) (map[string]ui.NavItem, error) {
	out := map[string]ui.NavItem{}
	if people.Can(by, people.IncidentRead, people.Target{}) {
		c, err := s.Incidents.Count(ctx, by)
		if err != nil {
			return nil, err
		}
		tone := ui.OK
		if c.Open > 0 {
			tone = ui.Warn
			if c.Worst <= 2 {
				tone = ui.Bad
			}
		}
		out["/incidents"] = ui.NavItem{Count: int(c.Active), Tone: tone, CountOf: "active"}
	}
	if people.Can(by, people.AlertRead, people.Target{}) {
		inputs, err := s.Alerts.Inputs(ctx, by)
		if err != nil {
			return nil, err
		}
		n := int64(0)
		for _, in := range inputs {
			n += in.Firing
		}
		out["/alerts"] = ui.NavItem{Count: int(n), CountOf: "firing"}
	}
	if people.Can(by, people.FollowUpRead, people.Target{}) {
		c, err := s.FollowUps.Count(ctx, by)
		if err != nil {
			return nil, err
		}
		out["/follow-ups"] = ui.NavItem{Count: int(c.Overdue), Tone: ui.Warn, CountOf: "overdue"}
	}
	return out, nil
}

// nav is the fragment that keeps the counts of the navigation up to date.
func (s *Site) nav(r *http.Request, by actor.Actor) (action.Answer, error) {
	f := ui.From(r.Context())
	if err := s.fill(r.Context(), &f, by); err != nil {
		return action.Answer{}, err
	}
	return action.Show(templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return ui.Nav().Render(ui.With(ctx, f), w)
	})), nil
}
