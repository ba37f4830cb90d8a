package saved

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/saved"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// composing is a dashboard as being made up.
type composing struct {
	name     string
	spec     saved.DashboardSpec
	panel    saved.Panel // being added, as typed
	text     string      // YAML as typed, "" for what is saved
	version  string
	isNew    bool
	by       actor.Actor
	searches []ui.Option
	// err belongs to the form named by failed.
	failed string
	err    error
}

var (
	kinds = []ui.Option{{Value: "count", Label: "Number of lines"}, {Value: "chart", Label: "Chart over time"}, {Value: "top", Label: "Top values of a field"},
		{Value: "table", Label: "Table of a stats query"}, {Value: "lines", Label: "Newest lines"}}
	widths = []ui.Option{{Value: "", Label: "Half"}, {Value: "full", Label: "Full"}}
)

func (p pages) newDashboard(r *http.Request, by actor.Actor) (action.Answer, error) {
	return action.Show(newOf(composing{isNew: true, by: by})), nil
}

func (p pages) createDashboard(r *http.Request, by actor.Actor) (action.Answer, error) {
	c := composing{name: action.Line(r, "name"), isNew: true, by: by}
	c.spec, c.err = head(r, saved.DashboardSpec{})
	if c.err == nil {
		_, c.err = p.Saved.Dashboards.Put(r.Context(), by, saved.In[saved.DashboardSpec]{Name: c.name, Spec: c.spec, New: true})
	}
	switch {
	case c.err == nil:
		return action.Go(dashboardURL(c.name)+"/edit", action.Done("Dashboard "+c.name+" is there: now its panels.")), nil
	case refused(c.err):
		return action.Again(newOf(c), c.err), nil
	}
	return action.Answer{}, c.err
}

// head reads what is about the dashboard as a whole.
func head(r *http.Request, spec saved.DashboardSpec) (saved.DashboardSpec, error) {
	var c errs.Check
	spec.Title, spec.Description, spec.Range = action.Line(r, "title"), action.Block(r, "description"), action.Line(r, "range")
	spec.Private, spec.Refresh = action.Line(r, "seen") == "private", number(r, &c, "refresh", "refresh")
	if owner := action.Line(r, "owner"); owner != "" {
		spec.Owner = owner
	}
	return spec, c.Err("the dashboard")
}

func (p pages) editDashboard(r *http.Request, by actor.Actor) (action.Answer, error) {
	it, err := p.editableDashboard(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	return p.compose(r, composing{name: it.Name, spec: it.Spec, version: strconv.FormatInt(it.Version, 10), by: by})
}

func (p pages) editableDashboard(r *http.Request, by actor.Actor) (saved.Dashboard, error) {
	it, err := p.Saved.Dashboards.Get(r.Context(), by, r.PathValue("name"))
	if err == nil && !it.Editable(by) {
		return it, people.Allow(by, people.SearchWrite, people.Target{Owner: string(it.Owner)})
	}
	return it, err
}

func (p pages) compose(r *http.Request, c composing) (action.Answer, error) {
	list, err := p.Saved.Searches.List(r.Context(), c.by, all)
	if err != nil {
		return action.Answer{}, err
	}
	c.searches = []ui.Option{{Label: "A query of its own"}}
	for _, it := range list.Items {
		c.searches = append(c.searches, ui.Option{Value: it.Name, Label: it.Title()})
	}
	if c.text == "" {
		text, err := yaml.Marshal(c.spec)
		if err != nil {
			return action.Answer{}, err
		}
		c.text = string(text)
	}
	if c.err != nil {
		return action.Again(composeOf(c), c.err), nil
	}
	return action.Show(composeOf(c)), nil
}

// saveDashboard does one act of the page: do says which, and with which panel.
func (p pages) saveDashboard(r *http.Request, by actor.Actor) (action.Answer, error) {
	it, err := p.editableDashboard(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	c := composing{name: it.Name, spec: it.Spec, version: cmp.Or(action.Line(r, "version"), strconv.FormatInt(it.Version, 10)), by: by}
	spec, err := c.act(r, it.Spec)
	if err == nil {
		version, _ := strconv.ParseInt(c.version, 10, 64) // no number changes it in any case
		_, err = p.Saved.Dashboards.Put(r.Context(), by, saved.In[saved.DashboardSpec]{Name: it.Name, Spec: spec, Version: version})
	}
	switch {
	case err == nil:
		return action.Go(dashboardURL(it.Name)+"/edit", action.Done("Saved.")), nil
	case refused(err):
		c.err = err
		if c.failed == "head" {
			c.spec = spec
		}
		return p.compose(r, c)
	}
	return action.Answer{}, err
}

// act is the spec as the posted form wants it.
func (c *composing) act(r *http.Request, spec saved.DashboardSpec) (saved.DashboardSpec, error) {
	do, at, _ := strings.Cut(action.Line(r, "do"), ":")
	n, err := strconv.Atoi(at)
	spec.Panels = slices.Clone(spec.Panels)
	there := err == nil && n >= 0 && n < len(spec.Panels)
	switch {
	case do == "up" && there && n > 0:
		spec.Panels[n-1], spec.Panels[n] = spec.Panels[n], spec.Panels[n-1]
	case do == "down" && there && n+1 < len(spec.Panels):
		spec.Panels[n+1], spec.Panels[n] = spec.Panels[n], spec.Panels[n+1]
	case do == "remove" && there:
		spec.Panels = slices.Delete(spec.Panels, n, n+1)
	case do == "add":
		c.failed = "add"
		var wrong errs.Check
		c.panel = saved.Panel{Title: action.Line(r, "title"), Kind: saved.PanelKind(action.Line(r, "kind")), Search: action.Line(r, "search"),
			Query: action.Block(r, "query"), Field: action.Line(r, "field"), Width: action.Line(r, "width"), Limit: number(r, &wrong, "limit", c.at("limit"))}
		spec.Panels = append(spec.Panels, c.panel)
		return spec, wrong.Err("the panel")
	case do == "yaml":
		c.failed, c.text = "yaml", action.Block(r, "yaml")
		return fromYAML(c.text, spec)
	case do == "head" || do == "":
		c.failed = "head"
		return head(r, spec)
	}
	return spec, nil
}

// at is how the service names a value of the panel that is being added.
func (c composing) at(field string) string {
	return "panels[" + strconv.Itoa(len(c.spec.Panels)) + "]." + field
}

// fromYAML reads a whole dashboard as configuration has it; whose it is stays.
func fromYAML(text string, was saved.DashboardSpec) (spec saved.DashboardSpec, err error) {
	d := yaml.NewDecoder(strings.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&spec); err != nil && !errors.Is(err, io.EOF) {
		var c errs.Check
		c.Add("yaml", "cannot be read: %s", strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\n", " "), "yaml: "))
		return spec, c.Err("the dashboard")
	}
	if spec.Owner == "" {
		spec.Owner = was.Owner
	}
	return spec, nil
}

// of is the error of one of the page's forms.
func (c composing) of(form string) error {
	if c.failed == form {
		return c.err
	}
	return nil
}

func about(p saved.Panel) string {
	if p.Search != "" {
		return "saved search " + p.Search
	}
	return oneLine(p.Query, 100)
}

func heading(p saved.Panel) string { return cmp.Or(p.Title, p.Search, oneLine(p.Query, 60)) }
