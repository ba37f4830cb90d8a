package service

import (
	"net/http"
	"net/url"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/incident"
	"mainstay/internal/web/look"
	"mainstay/internal/web/ui"
)

// trouble is what is wrong with a service, and what was.
type trouble struct {
	badge    ui.Badge
	why      string              // it is as it is, where no incident says so
	active   []incident.Incident // the worst first
	past     []incident.Incident // restored or closed, the newest first
	alerts   []alert.Alert       // not resolved, the worst first
	moreFire bool                // there are more of these
}

// How many of each the page of a service has room for.
const (
	maxPast   = 5
	maxFiring = 10
)

func (p pages) troubleOf(r *http.Request, by actor.Actor, service string) (t trouble, err error) {
	ctx := r.Context()
	active, err := p.Incidents.List(ctx, by, incident.Filter{Service: service, Active: true}, all)
	if err != nil {
		return t, err
	}
	past, err := p.Incidents.List(ctx, by, incident.Filter{Service: service, Sort: "newest",
		States: []incident.State{incident.Restored, incident.Closed}}, page.Request{Limit: maxPast})
	if err != nil {
		return t, err
	}
	firing, err := p.Alerts.List(ctx, by, alert.Filter{Service: service, Active: true, Worst: true}, page.Request{Limit: maxFiring})
	if err != nil {
		return t, err
	}
	desk, err := p.Health.Desk(ctx, by)
	if err != nil {
		return t, err
	}
	of, _ := desk.Service(service)
	t = trouble{active: active.Items, past: past.Items, alerts: firing.Items, moreFire: firing.Next != nil}
	t.badge, t.why = look.Service(t.active, of, desk.CausesOfService(service, maxPast))
	return t, err
}

// listURL is a list, such as of incidents, narrowed to one service.
func listURL(path, service string, more ...string) string {
	q := url.Values{"service": {service}}
	for i := 0; i < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	return path + "?" + q.Encode()
}
