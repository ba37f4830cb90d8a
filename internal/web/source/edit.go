package source

import (
	"net/http"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/source"
	"mainstay/internal/engine/signal"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// form is a source as being typed. Rules of extraction and masks are typed as YAML.
type form struct {
	name          string
	spec          source.Spec
	extract, mask string
	version       string // the one that was looked at
	isNew         bool
	err           error

	sample string // lines to try it on
	tried  *trial

	services, components, environments, retentions []ui.Option
}

// trial is what the source would make of the sample.
type trial struct {
	format string
	rows   []signal.Row
}

func (p pages) newForm(r *http.Request, by actor.Actor) (action.Answer, error) {
	return p.form(r, by, form{isNew: true})
}

func (p pages) edit(r *http.Request, by actor.Actor) (action.Answer, error) {
	src, err := p.Sources.Source(r.Context(), by, r.PathValue("name"))
	if err != nil {
		return action.Answer{}, err
	}
	f := form{name: src.Name, spec: src.Spec, version: strconv.FormatInt(src.Version, 10)}
	if len(src.Spec.Extract) > 0 {
		f.extract = asYAML(src.Spec.Extract)
	}
	if len(src.Spec.Mask) > 0 {
		f.mask = asYAML(src.Spec.Mask)
	}
	return p.form(r, by, f)
}

func asYAML[T any](list []T) string {
	b, err := yaml.Marshal(list)
	if err != nil { // of texts: never
		return ""
	}
	return string(b)
}

// form shows the form with what can be chosen in it.
func (p pages) form(r *http.Request, by actor.Actor, f form) (action.Answer, error) {
	if !f.isNew && !p.mayEdit(r, by, f.spec) && f.err == nil {
		return action.Answer{}, people.Allow(by, people.SourceWrite, people.Target{})
	}
	none := ui.Option{Label: "None"}
	services, err := p.Catalogue.Services(r.Context(), by, "", all)
	if err != nil {
		return action.Answer{}, err
	}
	f.services = []ui.Option{none}
	for _, s := range services.Items {
		f.services = append(f.services, ui.Option{Value: s.Name, Label: s.Title})
	}
	components, err := p.Catalogue.ComponentSpecs(r.Context(), by, "", all)
	if err != nil {
		return action.Answer{}, err
	}
	f.components = []ui.Option{none}
	for _, c := range components.Items {
		f.components = append(f.components, ui.Option{Value: c.Name, Label: c.Name})
	}
	environments, err := p.Catalogue.EnvironmentSpecs(r.Context(), by)
	if err != nil {
		return action.Answer{}, err
	}
	f.environments = []ui.Option{none}
	for _, e := range environments {
		f.environments = append(f.environments, ui.Option{Value: e.Name, Label: e.Name})
	}
	f.retentions = p.retentions()
	if f.err != nil {
		return action.Again(formPage(f), f.err), nil
	}
	return action.Show(formPage(f)), nil
}

// read takes the form apart.
func read(r *http.Request) (f form) {
	f = form{extract: action.Block(r, "extract"), mask: action.Block(r, "mask"), sample: strings.ReplaceAll(r.PostFormValue("sample"), "\r\n", "\n"),
		version: action.Line(r, "version")}
	f.spec = source.Spec{Title: action.Line(r, "title"), Description: action.Block(r, "description"), Service: action.Line(r, "service"),
		Component: action.Line(r, "component"), Environment: action.Line(r, "environment"), Parse: source.Format(action.Line(r, "parse")),
		Zone: action.Line(r, "zone"), Addresses: action.Words(r, "addresses"), DailyLimit: action.Line(r, "daily_limit"),
		Retention: signal.Class(action.Line(r, "retention")), Priority: source.Priority(action.Line(r, "priority"))}
	var c errs.Check
	fromYAML(&c, "extract", f.extract, &f.spec.Extract)
	fromYAML(&c, "mask", f.mask, &f.spec.Mask)
	f.err = c.Err("the source")
	return f
}

// fromYAML reads a list, in which nothing may be misspelt.
func fromYAML[T any](c *errs.Check, field, text string, into *[]T) {
	if text == "" {
		return
	}
	d := yaml.NewDecoder(strings.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		c.Add(field, "is not such a list: %s", strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\n", " "), "yaml: "))
	}
}

func (p pages) create(r *http.Request, by actor.Actor) (action.Answer, error) {
	f := read(r)
	f.name, f.isNew = action.Line(r, "name"), true
	return p.put(r, by, f, source.In{Name: f.name, Spec: f.spec, New: true}, "Source "+f.name+" is added. Now make a key for its senders.")
}

func (p pages) save(r *http.Request, by actor.Actor) (action.Answer, error) {
	f := read(r)
	f.name = r.PathValue("name")
	version, _ := strconv.ParseInt(f.version, 10, 64) // no number changes it in any case
	return p.put(r, by, f, source.In{Name: f.name, Spec: f.spec, Version: version}, "Saved. The next lines are treated so.")
}

func (p pages) put(r *http.Request, by actor.Actor, f form, in source.In, done string) (action.Answer, error) {
	if f.err == nil && action.Line(r, "do") == "try" {
		return p.try(r, by, f)
	}
	if f.err == nil {
		_, f.err = p.Sources.Put(r.Context(), by, in)
	}
	switch {
	case f.err == nil:
		return action.Go(sourceURL(f.name), action.Done(done)), nil
	case refused(f.err):
		f.err = action.Fold(f.err)
		return p.form(r, by, f)
	}
	return action.Answer{}, f.err
}

// maxSample is how much text is tried, in bytes.
const maxSample = 100_000

// try shows what the source as it is typed would make of the sample. Nothing is stored.
func (p pages) try(r *http.Request, by actor.Actor, f form) (action.Answer, error) {
	var rows []signal.Row
	var format string
	if len(f.sample) > maxSample {
		f.err = errs.Invalidf("the lines to try are more than %d KB: a few are enough", maxSample/1000)
	}
	if _, err := p.Sources.Try(r.Context(), by, f.name, f.spec, nil); err != nil {
		f.err = err
	}
	if f.err == nil {
		rows, format, f.err = p.Log.Read(f.spec, f.sample)
	}
	if f.err == nil {
		rows, f.err = p.Sources.Try(r.Context(), by, f.name, f.spec, rows)
	}
	if f.err != nil {
		if !refused(f.err) {
			return action.Answer{}, f.err
		}
		f.err = action.Fold(f.err)
		return p.form(r, by, f)
	}
	f.tried = &trial{format: format, rows: rows}
	return p.form(r, by, f)
}

func (f form) title() string {
	if f.isNew {
		return "Add log source"
	}
	return "Edit " + f.name
}

func (f form) action() string {
	if f.isNew {
		return "/admin/sources/+new"
	}
	return sourceURL(f.name) + "/edit"
}

func (f form) back() string {
	if f.isNew {
		return "/admin/sources"
	}
	return sourceURL(f.name)
}

func formats(first string) []ui.Option {
	out := []ui.Option{{Value: "", Label: first}}
	for _, k := range source.Formats {
		if k != source.Auto {
			out = append(out, ui.Option{Value: string(k), Label: formatNames[k]})
		}
	}
	return out
}

var formatNames = map[source.Format]string{
	source.Plain: "Plain text", source.JSON: "JSON", source.Logfmt: "logfmt (name=value)", source.Access: "Access log of a web server",
	source.RFC3164: "Syslog, RFC 3164", source.RFC5424: "Syslog, RFC 5424", source.Timestamped: "Begins with a time",
}

var priorities = []ui.Option{{Value: "high", Label: "High: goes on to the end"}, {Value: "", Label: "Normal"}, {Value: "low", Label: "Low: waits first when the disk gets short"}}

// retentions are the classes of lines, with what they mean on this server.
func (p pages) retentions() []ui.Option {
	options := []ui.Option{{Value: "", Label: "Standard"}, {Value: string(signal.Short), Label: "Short"}, {Value: string(signal.Long), Label: "Long"}}
	for i := range options {
		o := &options[i]
		k := p.Sources.Keeping(source.Spec{Retention: signal.Class(o.Value)})
		switch {
		case k.Class != k.Asked:
			o.Label += ": not on here, kept as standard"
		case k.For > 0:
			o.Label += ": " + strconv.Itoa(int(k.For.Hours()/24)) + " days"
		}
	}
	return options
}
