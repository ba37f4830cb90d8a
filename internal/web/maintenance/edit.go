package maintenance

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/maintenance"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// form is a maintenance as being typed.
type form struct {
	name    string
	spec    maintenance.Spec
	lasts   string // as typed
	version string // the one that was looked at
	isNew   bool
	err     error

	services, components []ui.Option
}

// newForm offers an hour from now on: who opens it mostly wants to begin.
func (p pages) newForm(r *http.Request, by actor.Actor) (action.Answer, error) {
	now := p.Clock.Now().UTC()
	f := form{isNew: true, lasts: "1h", spec: maintenance.Spec{Starts: now.Truncate(time.Minute).Format("2006-01-02T15:04")}}
	if service := r.URL.Query().Get("service"); service != "" {
		f.spec.Services = []string{service}
	}
	return p.form(r, by, f)
}

func (p pages) edit(r *http.Request, by actor.Actor) (action.Answer, error) {
	m, err := p.Maintenance.Editable(r.Context(), by, r.PathValue("name"))
	if err != nil {
		return action.Answer{}, err
	}
	return p.form(r, by, form{name: m.Name, spec: m.Spec, lasts: m.Spec.Lasts.String(), version: strconv.FormatInt(m.Version, 10)})
}

// form shows the form with what can be chosen in it: services and components of the reader's teams.
func (p pages) form(r *http.Request, by actor.Actor, f form) (action.Answer, error) {
	if err := people.Allow(by, people.MaintenanceWrite, people.Target{Teams: by.Teams}); err != nil {
		return action.Answer{}, err
	}
	services, err := p.Catalogue.Services(r.Context(), by, "", all)
	if err != nil {
		return action.Answer{}, err
	}
	for _, s := range services.Items {
		if !people.Can(by, people.MaintenanceWrite, s.Target()) {
			continue
		}
		f.services = append(f.services, ui.Option{Value: s.Name, Label: s.Title})
		components, err := p.Catalogue.ComponentsOf(r.Context(), by, s.Name)
		if err != nil {
			return action.Answer{}, err
		}
		for _, c := range components {
			f.components = append(f.components, ui.Option{Value: c.Name, Label: c.Title + " (" + s.Title + ")"})
		}
	}
	if f.err != nil {
		return action.Again(formPage(f), f.err), nil
	}
	return action.Show(formPage(f)), nil
}

// read takes the form apart. A length that is none is refused by the room, as 0.
func read(r *http.Request) form {
	f := form{lasts: action.Line(r, "lasts"), spec: maintenance.Spec{Title: action.Line(r, "title"), Reason: action.Block(r, "reason"),
		Services: action.Picked(r, "services"), Components: action.Picked(r, "components"), Starts: action.Line(r, "starts"),
		Repeats: action.Line(r, "repeats"), Zone: action.Line(r, "zone")}}
	if len(f.spec.Starts) > len("2006-01-02T15:04") { // some browsers send seconds
		f.spec.Starts = f.spec.Starts[:len("2006-01-02T15:04")]
	}
	if err := f.spec.Lasts.UnmarshalText([]byte(strings.ReplaceAll(f.lasts, " ", ""))); err != nil {
		f.spec.Lasts = 0
	}
	return f
}

func (p pages) create(r *http.Request, by actor.Actor) (action.Answer, error) {
	f := read(r)
	f.name, f.isNew = action.Line(r, "name"), true
	return p.put(r, by, f, maintenance.In{Name: f.name, Spec: f.spec, New: true}, "Planned.")
}

func (p pages) save(r *http.Request, by actor.Actor) (action.Answer, error) {
	f := read(r)
	f.name, f.version = r.PathValue("name"), action.Line(r, "version")
	version, _ := strconv.ParseInt(f.version, 10, 64) // no number changes it in any case
	return p.put(r, by, f, maintenance.In{Name: f.name, Spec: f.spec, Version: version}, "Saved.")
}

func (p pages) put(r *http.Request, by actor.Actor, f form, in maintenance.In, done string) (action.Answer, error) {
	_, f.err = p.Maintenance.Put(r.Context(), by, in)
	switch {
	case f.err == nil:
		return action.Go(address(f.name), action.Done(done)), nil
	case refused(f.err):
		f.err = action.Fold(f.err)
		return p.form(r, by, f)
	}
	return action.Answer{}, f.err
}

func (f form) title() string {
	if f.isNew {
		return "Plan maintenance"
	}
	return "Edit " + f.name
}

func (f form) action() string {
	if f.isNew {
		return "/maintenance/+new"
	}
	return address(f.name) + "/edit"
}

func (f form) back() string {
	if f.isNew {
		return "/maintenance"
	}
	return address(f.name)
}

// rules are recurrences that most people need.
var rules = []ui.Option{
	{Value: "", Label: "Once"},
	{Value: "FREQ=DAILY", Label: "Every day"},
	{Value: "FREQ=WEEKLY", Label: "Every week, on the same weekday"},
	{Value: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", Label: "Monday to Friday"},
	{Value: "FREQ=MONTHLY", Label: "Every month, on the same date"},
	{Value: "FREQ=MONTHLY;BYDAY=1SU", Label: "The first Sunday of each month"},
	{Value: "FREQ=MONTHLY;BYDAY=-1SU", Label: "The last Sunday of each month"},
}

// repeats are the rules to choose from, with the one that is set.
func (f form) repeats() []ui.Option {
	for _, o := range rules {
		if o.Value == f.spec.Repeats {
			return rules
		}
	}
	return append([]ui.Option{{Value: f.spec.Repeats, Label: f.spec.Repeats}}, rules...)
}
