package incident

import (
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/incident"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// listing is the list of incidents as its address asks for it.
type listing struct {
	query    url.Values
	now      time.Time
	items    []incident.Incident
	next     *string
	counts   incident.Counts
	services []catalogue.Service
	due      map[string]time.Time // key → next escalation step
	mayAct   bool
	mayOpen  bool
}

func (p pages) list(r *http.Request, by actor.Actor) (action.Answer, error) {
	l, err := p.listing(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	services, err := p.Catalogue.Services(r.Context(), by, "", page.Request{Limit: page.MaxLimit})
	if err != nil {
		return action.Answer{}, err
	}
	l.services = services.Items
	if l.counts, err = p.Incidents.Count(r.Context(), by); err != nil {
		return action.Answer{}, err
	}
	return action.Show(listPage(l)), nil
}

func (p pages) listRows(r *http.Request, by actor.Actor) (action.Answer, error) {
	l, err := p.listing(r, by)
	return action.Show(rows(l)), err
}

func (p pages) listing(r *http.Request, by actor.Actor) (listing, error) {
	l := listing{query: r.URL.Query(), now: p.Clock.Now(), due: map[string]time.Time{},
		mayAct:  people.Can(by, people.IncidentAcknowledge, people.Target{}),
		mayOpen: people.Can(by, people.IncidentOpen, people.Target{})}
	f, err := p.filter(r, by)
	if err != nil {
		return l, err
	}
	list, err := p.Incidents.List(r.Context(), by, f, page.Request{Cursor: l.query.Get("cursor")})
	if err != nil {
		return l, err
	}
	l.items, l.next = list.Items, list.Next
	steps, err := p.Incidents.Upcoming(r.Context(), by, 0)
	for _, s := range steps {
		if _, known := l.due[s.Key]; !known {
			l.due[s.Key] = s.At
		}
	}
	return l, err
}

// orders are the ways to sort the list; the one that suits the view comes first, and is what an
// address without ?order= means: the worst first while it matters, the newest first afterwards.
func orders(q url.Values) []ui.Option {
	worst, newest := ui.Option{Value: "worst", Label: "Worst first"}, ui.Option{Value: "newest", Label: "Newest first"}
	if q.Get("show") == "" {
		worst.Value = ""
		return []ui.Option{worst, newest}
	}
	newest.Value = ""
	return []ui.Option{newest, worst}
}

// filter reads the address: ?show= active (left out), restored, closed, all; ?mine=1;
// ?severity=, ?service=, ?q=, ?order= worst or newest.
func (p pages) filter(r *http.Request, by actor.Actor) (incident.Filter, error) {
	q := r.URL.Query()
	f := incident.Filter{Service: q.Get("service"), Words: q.Get("q")}
	if q.Get("order") == "newest" || q.Get("order") == "" && q.Get("show") != "" {
		f.Sort = "newest"
	}
	switch q.Get("show") {
	case "":
		f.Active = true
	case "restored":
		f.States = []incident.State{incident.Restored}
	case "closed":
		f.States = []incident.State{incident.Closed}
	}
	if n, err := strconv.Atoi(q.Get("severity")); err == nil {
		f.Severities = []int{n}
	}
	if q.Get("mine") == "" {
		return f, nil
	}
	self, err := p.People.Self(r.Context(), by)
	f.Assignee = self.Login
	return f, err
}

// tabs are the views of the list; each keeps what else is chosen.
func (l listing) tabs() []ui.Tab {
	tab := func(label, show, mine string) ui.Tab {
		q := url.Values{}
		maps.Copy(q, l.query)
		q.Del("cursor")
		set(q, "show", show)
		set(q, "mine", mine)
		return ui.Tab{Label: label, URL: address(q), Current: l.query.Get("show") == show && l.query.Get("mine") == mine}
	}
	active := tab("Active", "", "")
	active.Count = int(l.counts.Active)
	if l.counts.Open > 0 {
		active.Tone = ui.Bad
	}
	return []ui.Tab{active, tab("Mine", "", "1"), tab("Restored", "restored", ""), tab("Closed", "closed", ""), tab("All", "all", "")}
}

func set(q url.Values, name, value string) {
	if value == "" {
		q.Del(name)
		return
	}
	q.Set(name, value)
}

func address(q url.Values) string {
	if len(q) == 0 {
		return "/incidents"
	}
	return "/incidents?" + q.Encode()
}

// rowsURL is the fragment with the rows of this very list.
func (l listing) rowsURL() string {
	if len(l.query) == 0 {
		return "/incidents/rows"
	}
	return "/incidents/rows?" + l.query.Encode()
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
	for _, name := range []string{"q", "service", "severity", "mine", "show"} {
		if l.query.Get(name) != "" {
			return true
		}
	}
	return false
}

// class marks a row that needs somebody.
func class(i incident.Incident) string {
	switch {
	case i.State == incident.Open && i.Severity <= 2:
		return "is-bad"
	case i.State == incident.Open:
		return "is-warn"
	}
	return ""
}
