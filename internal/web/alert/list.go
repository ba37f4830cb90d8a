package alert

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// listing is the list of alerts as its address asks for it.
type listing struct {
	query    url.Values
	items    []alert.Alert
	next     *string
	services []catalogue.Service
	together map[string]int // how many of the items each incident has, by key; nil where time orders the list
	mayJudge bool
}

func (p pages) list(r *http.Request, by actor.Actor) (action.Answer, error) {
	l, err := p.listing(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	services, err := p.Catalogue.Services(r.Context(), by, "", page.Request{Limit: page.MaxLimit})
	l.services = services.Items
	return action.Show(listPage(l)), err
}

func (p pages) listRows(r *http.Request, by actor.Actor) (action.Answer, error) {
	l, err := p.listing(r, by)
	return action.Show(rows(l)), err
}

// listing reads the address: ?state= active (left out), firing, stale, resolved, all;
// ?service=, ?q=. What is not over stands worst first, by incident; the rest newest first.
func (p pages) listing(r *http.Request, by actor.Actor) (listing, error) {
	l := listing{query: r.URL.Query(), mayJudge: people.Can(by, people.AlertWrite, people.Target{})}
	f := alert.Filter{Service: l.query.Get("service"), Words: l.query.Get("q")}
	switch state := l.query.Get("state"); state {
	case "":
		f.Active = true
	case "all":
	default:
		f.State = alert.State(state)
	}
	f.Worst = f.Active || f.State == alert.Firing || f.State == alert.Stale
	list, err := p.Alerts.List(r.Context(), by, f, page.Request{Cursor: l.query.Get("cursor")})
	l.items, l.next = list.Items, list.Next
	if f.Worst {
		l.items, l.together = byIncident(l.items)
	}
	return l, err
}

// byIncident puts the alerts of one incident together, where its worst one stands, and counts them.
func byIncident(list []alert.Alert) ([]alert.Alert, map[string]int) {
	count, place := map[string]int{}, map[string]int{}
	for i, a := range list {
		if count[a.IncidentKey]++; count[a.IncidentKey] == 1 || a.IncidentKey == "" {
			place[a.IncidentKey] = i
		}
	}
	slices.SortStableFunc(list, func(a, b alert.Alert) int { return cmp.Compare(place[a.IncidentKey], place[b.IncidentKey]) })
	return list, count
}

// joined reports whether the alert at i belongs to the same incident as the one above it.
func (l listing) joined(i int) bool {
	return l.together != nil && i > 0 && l.items[i].IncidentKey == l.items[i-1].IncidentKey
}

// tabs are the views of the list; each keeps what else is chosen.
func (l listing) tabs() []ui.Tab {
	tab := func(label, state string) ui.Tab {
		q := maps.Clone(l.query)
		q.Del("cursor")
		q.Del("state")
		if state != "" {
			q.Set("state", state)
		}
		return ui.Tab{Label: label, URL: address("/alerts", q), Current: l.query.Get("state") == state}
	}
	out := []ui.Tab{tab("Active", ""), tab("Firing", "firing"), tab("Sender silent", "stale"), tab("Resolved", "resolved"), tab("All", "all")}
	if l.mayJudge {
		out = append(out, ui.Tab{Label: "Quarantine", URL: "/alerts/quarantine"})
	}
	return out
}

func address(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

func (l listing) serviceOptions() []ui.Option {
	out := []ui.Option{{Value: "", Label: "Any service"}}
	for _, s := range l.services {
		out = append(out, ui.Option{Value: s.Name, Label: s.Title})
	}
	return out
}

// filtered reports whether the reader has narrowed the list.
func (l listing) filtered() bool {
	return l.query.Get("q") != "" || l.query.Get("service") != "" || l.query.Get("state") != ""
}

// label is one label of an alert, as its sender wrote it.
type label struct{ name, value string }

// labels are what tells the alert from others, in order; what the row says anyway is left out.
func labels(a alert.Alert) []label {
	var out []label
	for _, name := range slices.Sorted(maps.Keys(a.Labels)) {
		if name != "service" && name != "severity" {
			out = append(out, label{name, a.Labels[name]})
		}
	}
	return out
}

// class marks a row of an alert that fires and is bad.
func class(a alert.Alert) string {
	if a.State == alert.Firing && a.Severity <= 2 {
		return "is-bad"
	}
	return ""
}
