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

// form is a roster as being typed.
type form struct {
	name, text string
	version    string // the one that was looked at
	isNew      bool
	err        error
	strips     []strip // how it would be, once it can be read
	coverage   oncall.Coverage
	checked    bool
}

// example is what the form of a new roster begins with.
func example(now time.Time) string {
	monday := mondayOf(calendar.DateOf(now, time.UTC)).String()
	return `title: Payments first line
team: payments-l1
zone: Europe/London
fallback: ana
layers:
  - name: weekly
    start: ` + monday + `
    handover: "08:00"
    rotation: weekly
    slots: [[ana], [ben]]
`
}

func (p pages) newForm(_ *http.Request, by actor.Actor) (action.Answer, error) {
	if err := people.Allow(by, people.RosterWrite, people.Target{Teams: by.Teams}); err != nil {
		return action.Answer{}, err
	}
	return action.Show(formPage(form{isNew: true, text: example(p.Clock.Now())})), nil
}

func (p pages) edit(r *http.Request, by actor.Actor) (action.Answer, error) {
	e, err := p.Rosters.Get(r.Context(), by, r.PathValue("roster"))
	if err != nil {
		return action.Answer{}, err
	}
	if err := people.Allow(by, people.RosterWrite, e.Target()); err != nil {
		return action.Answer{}, err
	}
	text, err := config.WriteSheet(e.Spec)
	return action.Show(formPage(form{name: e.Name, text: text, version: strconv.FormatInt(e.Version, 10)})), err
}

func (p pages) create(r *http.Request, by actor.Actor) (action.Answer, error) {
	f := form{name: action.Line(r, "name"), text: action.Block(r, config.SheetField), isNew: true}
	if _, err := p.Rosters.Get(r.Context(), by, f.name); !errs.Is(err, errs.NotFound) {
		if err != nil {
			return action.Answer{}, err
		}
		var c errs.Check
		c.Add("name", "%q is taken: choose another", f.name)
		f.err = c.Err("the new roster")
		return action.Again(formPage(f), f.err), nil
	}
	return p.put(r, by, f, "Roster "+f.name+" is added.")
}

func (p pages) save(r *http.Request, by actor.Actor) (action.Answer, error) {
	f := form{name: r.PathValue("roster"), text: action.Block(r, config.SheetField), version: action.Line(r, "version")}
	return p.put(r, by, f, "Saved. Who comes on call by that has been told.")
}

// put checks or saves what was typed, as the button says.
func (p pages) put(r *http.Request, by actor.Actor, f form, done string) (action.Answer, error) {
	spec, sheet, err := config.ReadSheet[oncall.Spec]("Roster", f.text)
	onlyCheck := r.PostFormValue("do") == "check"
	switch {
	case err != nil:
	case onlyCheck:
		err = sheet.Locate(p.check(&f, spec))
	default:
		version, _ := strconv.ParseInt(f.version, 10, 64) // no number changes it in any case
		_, err = p.Rosters.Put(r.Context(), by, oncall.In{Name: f.name, Spec: spec, Version: version})
		err = sheet.Locate(err)
	}
	switch {
	case err == nil && onlyCheck:
		return action.Show(formPage(f)), nil
	case err == nil:
		return action.Go(look.RosterURL(f.name), action.Done(done)), nil
	case refused(err):
		f.err = err
		return action.Again(formPage(f), err), nil
	}
	return action.Answer{}, err
}

// previewWeeks is how much is shown of what was typed.
const previewWeeks = 4

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
	loc, err := time.LoadLocation(spec.Zone)
	if err != nil {
		return err
	}
	now := p.Clock.Now()
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
