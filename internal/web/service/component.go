package service

import (
	"net/http"
	"strconv"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/look"
	"mainstay/internal/web/ui"
)

type componentsPage struct {
	items  []catalogue.Component
	next   *string
	found  string
	mayAdd bool
}

// components lists every component: ?q= is a part of the name.
func (p pages) components(r *http.Request, by actor.Actor) (action.Answer, error) {
	in := componentsPage{found: r.URL.Query().Get("q"), mayAdd: mayWriteSome(by)}
	list, err := p.Catalogue.Components(r.Context(), by, in.found, page.Request{Cursor: r.URL.Query().Get("cursor")})
	in.items, in.next = list.Items, list.Next
	return action.Show(componentList(in)), err
}

type componentPage struct {
	catalogue.Component
	spec    catalogue.ComponentSpec
	around  catalogue.Neighbours
	mayEdit bool
}

func (p pages) showComponent(r *http.Request, by actor.Actor) (action.Answer, error) {
	ctx, name := r.Context(), r.PathValue("name")
	c, err := p.Catalogue.Component(ctx, by, name)
	if err != nil {
		return action.Answer{}, err
	}
	in := componentPage{Component: c}
	if in.mayEdit, err = p.Catalogue.MayChangeComponent(ctx, by, c); err != nil {
		return action.Answer{}, err
	}
	if in.spec, err = p.Catalogue.ComponentSpecOf(ctx, by, name); err != nil {
		return action.Answer{}, err
	}
	in.around, err = p.Catalogue.NeighboursOf(ctx, by, name)
	return action.Show(component(in)), err
}

// componentForm is a component as being typed.
type componentForm struct {
	name    string
	spec    catalogue.ComponentSpec
	needs   string // names, with blanks between
	links   string // a line each: title, then address
	version string
	isNew   bool
	err     error

	teams, services, environments []ui.Option
}

func (p pages) newComponent(r *http.Request, by actor.Actor) (action.Answer, error) {
	f := componentForm{isNew: true, spec: catalogue.ComponentSpec{Layer: string(catalogue.Application), Service: r.URL.Query().Get("service")}}
	return p.componentForm(r, by, f)
}

func (p pages) editComponent(r *http.Request, by actor.Actor) (action.Answer, error) {
	name := r.PathValue("name")
	c, err := p.Catalogue.Component(r.Context(), by, name)
	if err != nil {
		return action.Answer{}, err
	}
	may, err := p.Catalogue.MayChangeComponent(r.Context(), by, c)
	if err != nil {
		return action.Answer{}, err
	}
	if !may {
		return action.Answer{}, people.Allow(by, people.ServiceWrite, people.Target{})
	}
	spec, err := p.Catalogue.ComponentSpecOf(r.Context(), by, name)
	if err != nil {
		return action.Answer{}, err
	}
	f := componentForm{name: name, spec: spec, needs: strings.Join(spec.DependsOn, " "), version: strconv.FormatInt(c.Version, 10)}
	for _, l := range spec.Links {
		f.links += l.Title + " " + l.URL + "\n"
	}
	return p.componentForm(r, by, f)
}

func (p pages) componentForm(r *http.Request, by actor.Actor, f componentForm) (action.Answer, error) {
	if !mayWriteSome(by) {
		return action.Answer{}, people.Allow(by, people.ServiceWrite, people.Target{})
	}
	var err error
	if f.teams, err = p.teamOptions(r, by, "The service's owner"); err != nil {
		return action.Answer{}, err
	}
	if f.environments, err = p.environmentOptions(r, by); err != nil {
		return action.Answer{}, err
	}
	f.environments = append([]ui.Option{{Value: "", Label: "Not given"}}, f.environments...)
	services, err := p.Catalogue.Services(r.Context(), by, "", all)
	if err != nil {
		return action.Answer{}, err
	}
	f.services = []ui.Option{{Value: "", Label: "None"}}
	for _, s := range services.Items {
		f.services = append(f.services, ui.Option{Value: s.Name, Label: s.Title})
	}
	if f.err != nil {
		return action.Again(componentFormPage(f), f.err), nil
	}
	return action.Show(componentFormPage(f)), nil
}

func (p pages) createComponent(r *http.Request, by actor.Actor) (action.Answer, error) {
	f := componentForm{name: action.Line(r, "name"), isNew: true}
	return p.putComponent(r, by, f, catalogue.Base{New: true}, "Component "+f.name+" is added.")
}

func (p pages) saveComponent(r *http.Request, by actor.Actor) (action.Answer, error) {
	return p.putComponent(r, by, componentForm{name: r.PathValue("name")}, base(action.Line(r, "version")), "Saved.")
}

func (p pages) putComponent(r *http.Request, by actor.Actor, f componentForm, from catalogue.Base, done string) (action.Answer, error) {
	var check errs.Check
	f.version, f.needs, f.links = action.Line(r, "version"), action.Line(r, "depends_on"), action.Block(r, "links")
	f.spec = catalogue.ComponentSpec{Title: action.Line(r, "title"), Description: action.Block(r, "description"), Layer: action.Line(r, "layer"),
		Service: action.Line(r, "service"), Environment: action.Line(r, "environment"), Owner: action.Line(r, "owner"),
		DependsOn: action.Words(r, "depends_on"), Links: readLinks(&check, action.Lines(r, "links"))}
	if f.err = check.Err("the component"); f.err == nil {
		_, f.err = p.Catalogue.PutComponent(r.Context(), by, catalogue.ComponentIn{Name: f.name, Spec: f.spec, Base: from})
	}
	switch {
	case f.err == nil:
		return action.Go(look.ComponentURL(f.name), action.Done(done)), nil
	case refused(f.err):
		f.err = action.Fold(f.err)
		return p.componentForm(r, by, f)
	}
	return action.Answer{}, f.err
}

// readLinks reads lines such as "Console https://console.bank.example".
func readLinks(c *errs.Check, lines []string) []catalogue.Link {
	var out []catalogue.Link
	for _, line := range lines {
		words := strings.Fields(line)
		if len(words) < 2 {
			c.Add("links", "has a line %q, which must be a title and an address", line)
			continue
		}
		last := len(words) - 1
		out = append(out, catalogue.Link{Title: strings.Join(words[:last], " "), URL: words[last]})
	}
	return out
}

func (p pages) removeComponent(r *http.Request, by actor.Actor) (action.Answer, error) {
	name := r.PathValue("name")
	if err := p.Catalogue.DeleteComponent(r.Context(), by, name); err != nil {
		if refused(err) {
			return action.Go(look.ComponentURL(name), action.Failed(sentence(err))), nil
		}
		return action.Answer{}, err
	}
	return action.Go("/components", action.Done("Component "+name+" is deleted.")), nil
}

func (f componentForm) title() string {
	if f.isNew {
		return "Add component"
	}
	return "Edit " + f.name
}

func (f componentForm) action() string {
	if f.isNew {
		return "/components/+new"
	}
	return look.ComponentURL(f.name) + "/edit"
}

func (f componentForm) back() string {
	switch {
	case !f.isNew:
		return look.ComponentURL(f.name)
	case f.spec.Service != "":
		return look.ServiceURL(f.spec.Service)
	}
	return "/components"
}

func layerOptions() []ui.Option {
	out := make([]ui.Option, len(catalogue.Layers))
	for i, l := range catalogue.Layers {
		out[i] = ui.Option{Value: string(l), Label: layerName(l)}
	}
	return out
}
