package calendar

import (
	"net/http"
	"strconv"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/config"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/look"
)

// form is a calendar as being typed.
type form struct {
	name, text string
	version    string // the one that was looked at
	isNew      bool
	err        error
	checked    []day // how it would be, once it can be read
	zone       string
}

// example is what the form of a new calendar begins with.
const example = `title: London business hours
zone: Europe/London
weekly:
  - mon-thu 08:00-18:00
  - fri 08:00-12:00, 13:00-17:00
holidays:
  - {date: 2026-12-25, name: Christmas Day}
half_days:
  - {date: 2026-12-24, closes: "12:30", name: Christmas Eve}
`

func (p pages) newForm(*http.Request, actor.Actor) (action.Answer, error) {
	return action.Show(formPage(form{isNew: true, text: example})), nil
}

func (p pages) edit(r *http.Request, by actor.Actor) (action.Answer, error) {
	e, err := p.Calendars.Get(r.Context(), by, r.PathValue("name"))
	if err != nil {
		return action.Answer{}, err
	}
	text, err := config.WriteSheet(e.Spec())
	return action.Show(formPage(form{name: e.Name, text: text, version: strconv.FormatInt(e.Version, 10)})), err
}

func (p pages) create(r *http.Request, by actor.Actor) (action.Answer, error) {
	f := form{name: action.Line(r, "name"), text: action.Block(r, config.SheetField), isNew: true}
	if _, err := p.Calendars.Get(r.Context(), by, f.name); !errs.Is(err, errs.NotFound) {
		if err != nil {
			return action.Answer{}, err
		}
		var c errs.Check
		c.Add("name", "%q is taken: choose another", f.name)
		f.err = c.Err("the new calendar")
		return action.Again(formPage(f), f.err), nil
	}
	return p.put(r, by, f, "Calendar "+f.name+" is added.")
}

func (p pages) save(r *http.Request, by actor.Actor) (action.Answer, error) {
	f := form{name: r.PathValue("name"), text: action.Block(r, config.SheetField), version: action.Line(r, "version")}
	return p.put(r, by, f, "Saved. Whatever goes by it goes by the new hours now.")
}

// put checks or saves what was typed, as the button says.
func (p pages) put(r *http.Request, by actor.Actor, f form, done string) (action.Answer, error) {
	if err := people.Allow(by, people.CalendarWrite, people.Target{}); err != nil {
		return action.Answer{}, err
	}
	spec, sheet, err := config.ReadSheet[calendar.Spec]("Calendar", f.text)
	if err == nil && r.PostFormValue("do") == "check" {
		c, wrong := calendar.Parse(spec)
		if wrong == nil {
			f.checked, f.zone = daysOf(c, p.Clock.Now(), daysShown), c.Location().String()
			return action.Show(formPage(f)), nil
		}
		err = sheet.Locate(wrong)
	}
	if err == nil {
		version, _ := strconv.ParseInt(f.version, 10, 64) // no number changes it in any case
		_, err = p.Calendars.Put(r.Context(), by, calendar.In{Name: f.name, Spec: spec, Version: version})
		err = sheet.Locate(err)
	}
	switch {
	case err == nil:
		return action.Go(look.CalendarURL(f.name), action.Done(done)), nil
	case refused(err):
		f.err = err
		return action.Again(formPage(f), err), nil
	}
	return action.Answer{}, err
}

func (f form) title() string {
	if f.isNew {
		return "Add calendar"
	}
	return "Edit " + f.name
}

func (f form) action() string {
	if f.isNew {
		return "/calendars/+new"
	}
	return look.CalendarURL(f.name) + "/edit"
}

func (f form) back() string {
	if f.isNew {
		return "/calendars"
	}
	return look.CalendarURL(f.name)
}
