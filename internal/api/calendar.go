package api

import (
	"context"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/people"
)

func (a *API) calendars() {
	configure(a, noun[calendar.Spec]{
		path: "calendars", one: "a calendar", read: people.CalendarRead, write: people.CalendarWrite,
		list: func(ctx context.Context, by actor.Actor, s search) (page.List[document[calendar.Spec]], error) {
			list, err := a.Calendars.List(ctx, by, s.Request)
			return each(list, func(e calendar.Entry) document[calendar.Spec] { return document[calendar.Spec]{e.Name, e.Spec()} }), err
		},
		get: func(ctx context.Context, by actor.Actor, name string) (spec calendar.Spec, err error) {
			e, err := a.Calendars.Get(ctx, by, name)
			if err != nil {
				return spec, err
			}
			return e.Spec(), nil
		},
		put: func(ctx context.Context, by actor.Actor, name string, spec calendar.Spec) error {
			_, err := a.Calendars.Put(ctx, by, calendar.In{Name: name, Spec: spec})
			return err
		},
		remove: func(ctx context.Context, by actor.Actor, name string) error { return a.Calendars.Delete(ctx, by, name) },
	})
}
