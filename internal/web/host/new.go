package host

import (
	"net/http"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/host"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// rollForm is a roll as it is being typed.
type rollForm struct {
	name, service, root, manifest string
	hosts, ignore                 string
	strict                        bool
	services                      []ui.Option
	err                           error
}

func (p pages) newRoll(r *http.Request, by actor.Actor) (action.Answer, error) {
	return p.rollForm(r, by, rollForm{})
}

// rollForm shows the form with the services for which by may make rolls.
func (p pages) rollForm(r *http.Request, by actor.Actor, f rollForm) (action.Answer, error) {
	if err := people.Allow(by, people.HostWrite, people.Target{Teams: by.Teams}); err != nil {
		return action.Answer{}, err
	}
	list, err := p.Catalogue.Services(r.Context(), by, "", page.Request{Limit: page.MaxLimit})
	if err != nil {
		return action.Answer{}, err
	}
	if people.Can(by, people.HostWrite, people.Target{}) {
		f.services = []ui.Option{{Value: "", Label: "None"}}
	}
	for _, s := range list.Items {
		if people.Can(by, people.HostWrite, s.Target()) {
			f.services = append(f.services, ui.Option{Value: s.Name, Label: s.Title})
		}
	}
	if f.err != nil {
		return action.Again(newPage(f), f.err), nil
	}
	return action.Show(newPage(f)), nil
}

func (p pages) createRoll(r *http.Request, by actor.Actor) (action.Answer, error) {
	f := rollForm{name: action.Line(r, "name"), service: action.Line(r, "service"), root: action.Line(r, "root"),
		hosts: action.Block(r, "hosts"), ignore: action.Block(r, "ignore"), strict: r.PostFormValue("strict") != "",
		manifest: strings.ReplaceAll(r.PostFormValue("manifest"), "\r\n", "\n")}
	if err := p.Hosts.MayRoll(r.Context(), by, f.service); err != nil {
		return action.Answer{}, err
	}
	entries, err := host.ParseManifest([]byte(f.manifest))
	if err == nil {
		_, err = p.Hosts.CreateRoll(r.Context(), by, host.RollIn{Name: f.name, Service: f.service, Root: f.root, Hosts: action.Words(r, "hosts"),
			Ignore: action.Lines(r, "ignore"), Strict: f.strict, Manifest: entries})
	}
	switch {
	case err == nil:
		return action.Go(rollURL(f.name), action.Done("The roll is compared with what the hosts have sent.")), nil
	case errs.Is(err, errs.Invalid), errs.Is(err, errs.Conflict):
		f.err = action.Fold(err)
		return p.rollForm(r, by, f)
	}
	return action.Answer{}, err
}
