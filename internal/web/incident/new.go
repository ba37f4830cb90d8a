package incident

import (
	"net/http"
	"net/url"
	"strconv"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/incident"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// opening is the form of a new incident.
type opening struct {
	services []catalogue.Service
	typed    url.Values
	err      error
}

// form asks for a new incident; ?service= chooses the service beforehand.
func (p pages) form(r *http.Request, by actor.Actor) (action.Answer, error) {
	in, err := p.opening(r, by)
	in.typed = r.URL.Query()
	return action.Show(newPage(in)), err
}

func (p pages) opening(r *http.Request, by actor.Actor) (opening, error) {
	list, err := p.Catalogue.Services(r.Context(), by, "", page.Request{Limit: page.MaxLimit})
	return opening{services: list.Items}, err
}

// open opens an incident because a person says so.
func (p pages) open(r *http.Request, by actor.Actor) (action.Answer, error) {
	severity, _ := strconv.Atoi(r.PostFormValue("severity")) // no number is 0, which the service refuses
	i, err := p.Incidents.Open(r.Context(), by, incident.Opening{
		Service:     r.PostFormValue("service"),
		Title:       action.Line(r, "title"),
		Description: action.Block(r, "description"),
		Severity:    severity,
	})
	if errs.Is(err, errs.Invalid) {
		in, failed := p.opening(r, by)
		in.typed, in.err = r.PostForm, err
		return action.Again(newPage(in), err), failed
	}
	if err != nil {
		return action.Answer{}, err
	}
	return action.Go("/incidents/"+i.Key(), action.Done(i.Key()+" is open: whoever is on call is being paged.")), nil
}

func (o opening) options() []ui.Option {
	out := []ui.Option{{Value: "", Label: "Choose a service"}}
	for _, s := range o.services {
		out = append(out, ui.Option{Value: s.Name, Label: s.Title})
	}
	return out
}

var severities = []ui.Option{
	{Value: "1", Label: "1: the business stands still"},
	{Value: "2", Label: "2: a part of the business stands still, or soon will"},
	{Value: "3", Label: "3: degraded, work goes on"},
	{Value: "4", Label: "4: no effect on users yet"},
}
