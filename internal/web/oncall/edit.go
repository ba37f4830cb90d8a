package oncall

import (
	"net/http"
	"strconv"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/config"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/look"
)

// form is a roster as being typed, in fields or as a text.
type form struct {
	name     string
	asText   bool
	spec     oncall.Spec
	text     string
	version  string // the one that was looked at
	isNew    bool
	err      error
	strips   []strip // how it would be, once it can be read
	coverage oncall.Coverage
	checked  bool
	choices
}

func (p pages) newForm(r *http.Request, by actor.Actor) (action.Answer, error) {
	if err := people.Allow(by, people.RosterWrite, people.Target{Teams: by.Teams}); err != nil {
		return action.Answer{}, err
	}
	spec, err := p.beginning(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	return p.form(r, by, form{isNew: true, spec: spec, asText: r.URL.Query().Get("as") == asText})
}

func (p pages) edit(r *http.Request, by actor.Actor) (action.Answer, error) {
	e, err := p.Rosters.Get(r.Context(), by, r.PathValue("roster"))
	if err != nil {
		return action.Answer{}, err
	}
	if err := people.Allow(by, people.RosterWrite, e.Target()); err != nil {
		return action.Answer{}, err
	}
	return p.form(r, by, form{name: e.Name, spec: e.Spec, version: strconv.FormatInt(e.Version, 10), asText: r.URL.Query().Get("as") == asText})
}

// form shows the form with what can be chosen in it. A text that was typed is shown as it is.
func (p pages) form(r *http.Request, by actor.Actor, f form) (action.Answer, error) {
	var err error
	if f.asText && f.text == "" {
		f.text, err = config.WriteSheet(f.spec)
	} else if !f.asText {
		f.choices, err = p.choices(r, by)
	}
	switch {
	case err != nil:
		return action.Answer{}, err
	case f.err != nil:
		return action.Again(formPage(f), f.err), nil
	}
	return action.Show(formPage(f)), nil
}

// read takes the form apart, whichever way it was written.
func read(r *http.Request, f form) form {
	f.version = action.Line(r, "version")
	if _, f.asText = r.PostForm[config.SheetField]; f.asText {
		f.text = action.Block(r, config.SheetField)
	} else {
		f.spec = readFields(r)
	}
	return f
}

func (p pages) create(r *http.Request, by actor.Actor) (action.Answer, error) {
	f := read(r, form{name: action.Line(r, "name"), isNew: true})
	_, err := p.Rosters.Get(r.Context(), by, f.name)
	switch {
	case errs.Is(err, errs.NotFound):
		return p.put(r, by, f, "Roster "+f.name+" is added.")
	case err != nil:
		return action.Answer{}, err
	}
	var c errs.Check
	c.Add("name", "%q is taken: choose another", f.name)
	f.err = c.Err("the new roster")
	return p.form(r, by, f)
}

func (p pages) save(r *http.Request, by actor.Actor) (action.Answer, error) {
	return p.put(r, by, read(r, form{name: r.PathValue("roster")}), "Saved. Who comes on call by that has been told.")
}

// put does with what was typed as the button says: saves it, draws it, or writes it the other way.
func (p pages) put(r *http.Request, by actor.Actor, f form, done string) (action.Answer, error) {
	locate := onFields
	if f.asText {
		var sheet config.Sheet
		if f.spec, sheet, f.err = config.ReadSheet[oncall.Spec]("Roster", f.text); f.err != nil {
			return p.form(r, by, f)
		}
		locate = sheet.Locate
	}
	do := r.PostFormValue("do")
	switch do {
	case asText, "fields":
		f.asText, f.text = do == asText, ""
		return p.form(r, by, f)
	case "check":
		f.err = locate(p.check(&f, f.spec))
	default:
		version, _ := strconv.ParseInt(f.version, 10, 64) // no number changes it in any case
		_, err := p.Rosters.Put(r.Context(), by, oncall.In{Name: f.name, Spec: f.spec, Version: version})
		if err == nil {
			return action.Go(look.RosterURL(f.name), action.Done(done)), nil
		}
		f.err = locate(err)
	}
	if f.err == nil || refused(f.err) {
		return p.form(r, by, f)
	}
	return action.Answer{}, f.err
}

// previewWeeks is how much is shown of what was typed.
const previewWeeks = 2

// check draws what a spec means. Whether its people exist is looked at when it is saved.
func (p pages) check(f *form, spec oncall.Spec) error {
	name := f.name
	if name == "" {
		name = "new"
	}
	roster, err := oncall.Parse(name, spec)
	if err != nil {
		return err
	}
	loc, now := p.zone(spec.Zone), p.Clock.Now()
	monday := mondayOf(calendar.DateOf(now, loc))
	entry := oncall.Entry{Name: name, Spec: roster.Spec()}
	t := oncall.Timetable{Roster: entry, Zone: loc,
		Shifts: roster.Schedule(calendar.Instant(loc, monday, 0), calendar.Instant(loc, monday+7*previewWeeks, 0))}
	g := newGrid(loc, now, entry.Spec, nil)
	for week := range previewWeeks {
		f.strips = append(f.strips, g.strip(t, monday+calendar.Date(7*week), week == 0))
	}
	f.coverage = oncall.Coverage{Roster: entry, Holes: roster.Holes(now, oncall.DaysAhead, nil)}
	f.checked = true
	return nil
}

// zone is the place, or UTC where there is none of that name.
func (p pages) zone(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return loc
}

func (f form) title() string {
	if f.isNew {
		return "Add roster"
	}
	return "Edit " + f.name
}

func (f form) action() string {
	if f.isNew {
		return "/oncall/+new"
	}
	return look.RosterURL(f.name) + "/edit"
}

func (f form) back() string {
	if f.isNew {
		return "/oncall"
	}
	return look.RosterURL(f.name)
}
