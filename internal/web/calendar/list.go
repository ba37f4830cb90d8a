package calendar

import (
	"cmp"
	"net/http"
	"slices"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

type row struct {
	calendar.Entry
	next []coming // the next holiday or half day, if there is one
}

type listPage struct {
	rows    []row
	next    *string
	mayEdit bool
}

func (p pages) list(r *http.Request, by actor.Actor) (action.Answer, error) {
	list, err := p.Calendars.List(r.Context(), by, page.Request{Cursor: r.URL.Query().Get("cursor")})
	in := listPage{next: list.Next, mayEdit: people.Can(by, people.CalendarWrite, people.Target{})}
	for _, c := range list.Items {
		next, _ := comingDays(c.Calendar, p.Clock.Now(), 1)
		in.rows = append(in.rows, row{c, next})
	}
	return action.Show(listOf(in)), err
}

func sortByDate(list []coming) {
	slices.SortStableFunc(list, func(a, b coming) int { return cmp.Compare(a.date, b.date) })
}
