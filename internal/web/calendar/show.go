package calendar

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/config"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/look"
	"mainstay/internal/web/ui"
)

// use is something that goes by a calendar.
type use struct{ label, address, how string }

type showPage struct {
	calendar.Entry
	days    []day
	coming  []coming
	more    int // special days that are not shown
	uses    []use
	text    string // as people write it
	mayEdit bool
}

const maxComing = 12

func (p pages) show(r *http.Request, by actor.Actor) (action.Answer, error) {
	e, err := p.Calendars.Get(r.Context(), by, r.PathValue("name"))
	if err != nil {
		return action.Answer{}, err
	}
	in := showPage{Entry: e, days: daysOf(e.Calendar, p.Clock.Now(), daysShown), mayEdit: people.Can(by, people.CalendarWrite, people.Target{})}
	in.coming, in.more = comingDays(e.Calendar, p.Clock.Now(), maxComing)
	if in.uses, err = p.uses(r, by, e.Name); err != nil {
		return action.Answer{}, err
	}
	in.text, err = config.WriteSheet(e.Spec())
	return action.Show(show(in)), err
}

// uses finds what goes by a calendar.
func (p pages) uses(r *http.Request, by actor.Actor, name string) (out []use, err error) {
	services, err := p.Catalogue.Services(r.Context(), by, "", all)
	if err != nil {
		return nil, err
	}
	for _, s := range services.Items {
		if s.Hours == name {
			out = append(out, use{s.Title, look.ServiceURL(s.Name), "service hours"})
		}
		if s.BusinessHours == name {
			out = append(out, use{s.Title, look.ServiceURL(s.Name), "business hours"})
		}
	}
	teams, err := p.People.ListTeams(r.Context(), by, people.TeamFilter{}, all)
	if err != nil {
		return nil, err
	}
	for _, t := range teams.Items {
		if t.Hours == name {
			out = append(out, use{t.Title, look.TeamURL(t.Name), "hours of the team"})
		}
	}
	rosters, err := p.Rosters.List(r.Context(), by, all)
	if err != nil {
		return nil, err
	}
	for _, one := range rosters.Items {
		if one.Spec.Hours == name {
			out = append(out, use{one.Title(), look.RosterURL(one.Name), "hours in which gaps matter"})
		}
	}
	policies, err := p.Escalation.Policies(r.Context(), by, all)
	for _, one := range policies.Items {
		if one.Spec.Resolution.BusinessHours == name {
			out = append(out, use{"policy " + one.Name, look.PolicyURL(one.Name), "business hours"})
		}
	}
	return out, err
}

func (p pages) remove(r *http.Request, by actor.Actor) (action.Answer, error) {
	name := r.PathValue("name")
	err := p.Calendars.Delete(r.Context(), by, name)
	switch {
	case err == nil:
		return action.Go("/calendars", action.Done("Calendar "+name+" is deleted.")), nil
	case refused(err):
		return action.Go(look.CalendarURL(name), action.Failed(ui.Sentence(err))), nil
	}
	return action.Answer{}, err
}
