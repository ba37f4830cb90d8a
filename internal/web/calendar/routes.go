// Package calendar is the pages of calendars: when a business is open, its holidays and half
// days, and what goes by them.
package calendar

import (
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/escalation"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// Config is what the pages need.
type Config struct {
	Calendars  *calendar.Service
	Catalogue  *catalogue.Catalogue
	Escalation *escalation.Service
	People     *people.Service
	Rosters    *oncall.Service
	Clock      clock.Clock
}

type pages struct{ Config }

// Routes are the pages of calendars.
func Routes(c Config) []action.Route {
	p := pages{c}
	return []action.Route{
		action.Get("/calendars", people.CalendarRead, p.list),
		action.Get("/calendars/+new", people.CalendarWrite, p.newForm),
		action.Post("/calendars/+new", people.CalendarWrite, p.create),
		action.Get("/calendars/{name}", people.CalendarRead, p.show),
		action.Get("/calendars/{name}/edit", people.CalendarWrite, p.edit),
		action.Post("/calendars/{name}/edit", people.CalendarWrite, p.save),
		action.Post("/calendars/{name}/delete", people.CalendarWrite, p.remove),
	}
}

// all is a list of one page that holds everything.
var all = page.Request{Limit: page.MaxLimit}

// refused reports whether an error belongs into the form that caused it.
func refused(err error) bool { return errs.Is(err, errs.Invalid) || errs.Is(err, errs.Conflict) }
