// Package saved is the pages of saved searches, of their reports, and of dashboards.
//
//	/logs/saved                 what there is to open again; /logs/saved/{name} opens it
//	/logs/saved/+new            saves a search; the page of logs leads here with what is searched
//	/logs/dashboards/{name}     panels side by side; ?wall=1 for a screen on the wall
//	/logs/dashboards/{name}/panels/{n}
//
// A panel is a live element of its own, asked at intervals and given up by itself, so that one that
// is slow or fails leaves the others alone.
package saved

import (
	"net/http"
	"net/url"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/saved"
	"mainstay/internal/web/action"
)

// Config is what the pages need.
type Config struct {
	Saved *saved.Service
	// Clock is the one of signals, which keep the time on the wall; nil is the wall's.
	Clock clock.Clock
}

type pages struct{ Config }

// Routes are the pages of what is saved.
func Routes(c Config) []action.Route {
	if c.Clock == nil {
		c.Clock = clock.Wall()
	}
	p := pages{c}
	return []action.Route{
		action.Get("/logs/saved", people.SearchRead, p.list),
		action.Get("/logs/saved/+new", people.SearchWrite, p.newForm),
		action.Post("/logs/saved/+new", people.SearchWrite, p.create),
		action.Get("/logs/saved/{name}", people.SearchRead, p.open),
		action.Get("/logs/saved/{name}/edit", people.SearchWrite, p.edit),
		action.Post("/logs/saved/{name}/edit", people.SearchWrite, p.save),
		action.Post("/logs/saved/{name}/delete", people.SearchWrite, p.remove),
		action.Get("/logs/dashboards", people.SearchRead, p.dashboards),
		action.Get("/logs/dashboards/+new", people.SearchWrite, p.newDashboard),
		action.Post("/logs/dashboards/+new", people.SearchWrite, p.createDashboard),
		action.Get("/logs/dashboards/{name}", people.SearchRead, p.dashboard),
		action.Get("/logs/dashboards/{name}/panels/{n}", people.SearchRead, p.panel),
		action.Get("/logs/dashboards/{name}/edit", people.SearchWrite, p.editDashboard),
		action.Post("/logs/dashboards/{name}/edit", people.SearchWrite, p.saveDashboard),
		action.Post("/logs/dashboards/{name}/delete", people.SearchWrite, p.removeDashboard),
	}
}

// all is a list of one page that holds everything.
var all = page.Request{Limit: page.MaxLimit}

func savedURL(name string) string     { return "/logs/saved/" + url.PathEscape(name) }
func dashboardURL(name string) string { return "/logs/dashboards/" + url.PathEscape(name) }

// refused reports whether an error belongs into the form that caused it.
func refused(err error) bool { return errs.Is(err, errs.Invalid) || errs.Is(err, errs.Conflict) }

// mayNameOwner reports whether somebody may save things in another's name.
func mayNameOwner(by actor.Actor) bool { return people.Can(by, people.ConfigApply, people.Target{}) }

func mayAdd(by actor.Actor) bool {
	return people.Can(by, people.SearchWrite, people.Target{Owner: by.ID})
}

// open leads to the page of logs with the search in it, where everybody sees what they may see.
func (p pages) open(r *http.Request, by actor.Actor) (action.Answer, error) {
	it, err := p.Saved.Searches.Open(r.Context(), by, r.PathValue("name"))
	return action.Go(it.Spec.Path()), err
}

func (p pages) remove(r *http.Request, by actor.Actor) (action.Answer, error) {
	name := r.PathValue("name")
	err := p.Saved.Searches.Delete(r.Context(), by, name)
	return action.Go("/logs/saved", action.Done("Saved search "+name+" is deleted.")), err
}

func (p pages) removeDashboard(r *http.Request, by actor.Actor) (action.Answer, error) {
	name := r.PathValue("name")
	err := p.Saved.Dashboards.Delete(r.Context(), by, name)
	return action.Go("/logs/dashboards", action.Done("Dashboard "+name+" is deleted.")), err
}
