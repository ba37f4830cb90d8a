// Package firstrun is the list of what a new desk needs before it can page anybody: a card on
// the board whose steps tick by themselves, and which goes when all of them are done.
package firstrun

import (
	"context"
	"fmt"
	"net/http"

	"github.com/a-h/templ"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/notify"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/look"
)

// Config is what the steps look at.
type Config struct {
	People    *people.Service
	Catalogue *catalogue.Catalogue
	Contacts  *notify.Service
	Rosters   *oncall.Service
	Alerts    *alert.Service
}

// Card is the list, for those who set up a desk; nil for others, and when all is done.
func (c Config) Card(ctx context.Context, by actor.Actor) (templ.Component, error) {
	if !people.Can(by, people.SystemRead, people.Target{}) {
		return nil, nil
	}
	p, err := c.look(ctx, by)
	if err != nil || p.done() {
		return nil, err
	}
	return card(p), nil
}

// Routes is the test alert.
func Routes(c Config) []action.Route {
	return []action.Route{action.Post("/first-run/test-alert", people.SystemRead, c.test)}
}

// progress is how far a desk is.
type progress struct {
	steps   []step
	service catalogue.Service // which the test alert is about; zero while there is none
}

// step is one thing to do.
type step struct {
	title, url string
	done       bool
}

// testStep is the last step, which a button does.
const testStep = 5

// done reports whether nothing is left.
func (p progress) done() bool { return p.next() == len(p.steps) }

// next is the first step that is not done.
func (p progress) next() int {
	for i, s := range p.steps {
		if !s.done {
			return i
		}
	}
	return len(p.steps)
}

func (c Config) look(ctx context.Context, by actor.Actor) (p progress, err error) {
	teams, err := c.People.ListTeams(ctx, by, people.TeamFilter{}, page.Request{Limit: 1})
	if err != nil {
		return p, err
	}
	services, err := c.services(ctx, by)
	if err != nil {
		return p, err
	}
	reachable, err := c.Contacts.Reachable(ctx, by)
	if err != nil {
		return p, err
	}
	rosters, err := c.Rosters.List(ctx, by, page.Request{Limit: 1})
	if err != nil {
		return p, err
	}
	heard, err := c.Alerts.Heard(ctx, by)
	if err != nil {
		return p, err
	}
	keyed, keysURL := heard, "/services"
	if len(services) > 0 {
		p.service, keysURL = services[0], look.ServiceURL(services[0].Name)+"#keys"
	}
	for i := 0; i < len(services) && !keyed; i++ {
		keys, err := c.Catalogue.Keys(ctx, by, services[i].Name)
		if err != nil {
			return p, err
		}
		keyed = len(keys) > 0
	}
	p.steps = []step{
		{"Add a team", "/teams/+new", len(teams.Items) > 0},
		{"Add a service", "/services/+new", len(services) > 0},
		{"Verify a contact method", "/me/contacts", len(reachable) > 0},
		{"Add a roster", "/oncall/+new", len(rosters.Items) > 0},
		{"Make an integration key", keysURL, keyed},
		{"Send a test alert", "", heard},
	}
	return p, nil
}

// services are the first of those that people made.
func (c Config) services(ctx context.Context, by actor.Actor) (out []catalogue.Service, err error) {
	list, err := c.Catalogue.Services(ctx, by, "", page.Request{Limit: 20})
	for _, s := range list.Items {
		if s.Name != catalogue.Unassigned {
			out = append(out, s)
		}
	}
	return out, err
}

// test sends one alert the way the public endpoint does, so that it pages for real.
func (c Config) test(r *http.Request, by actor.Actor) (action.Answer, error) {
	services, err := c.services(r.Context(), by)
	if err != nil {
		return action.Answer{}, err
	}
	if len(services) == 0 {
		return action.Go("/", action.Failed("Add a service first: an alert is about one.")), nil
	}
	in := alert.In{Labels: map[string]string{"alertname": "TestAlert", "service": services[0].Name, "severity": "warning"},
		Annotations: map[string]string{"summary": "Test alert: acknowledge it, then restore it", "description": fmt.Sprintf("%s sent it from the board.", by.Name)}}
	if _, err := c.Alerts.Receive(r.Context(), by, []alert.In{in}); err != nil {
		return action.Answer{}, err
	}
	return action.Go("/incidents", action.Done("The test alert has arrived. Whoever is on call for "+services[0].Title+" is being paged.")), nil
}
