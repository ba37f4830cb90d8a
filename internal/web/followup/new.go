package followup

import (
	"net/http"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

// aWeek is when a new follow-up is due unless somebody says otherwise.
const aWeek = 7 * 24 * time.Hour

// newForm asks for a new follow-up; ?incident=INC-7 says what it comes from.
func (p pages) newForm(r *http.Request, by actor.Actor) (action.Answer, error) {
	if err := people.Allow(by, people.FollowUpWrite, people.Target{}); err != nil {
		return action.Answer{}, err
	}
	f := form{Incident: r.URL.Query().Get("incident"), Title: r.URL.Query().Get("title"), Due: p.Clock.Now().Add(aWeek).Format(time.DateOnly)}
	var err error
	if f.owners, err = p.owners(r.Context(), by); err != nil {
		return action.Answer{}, err
	}
	return action.Show(newPage(f)), nil
}

func (p pages) create(r *http.Request, by actor.Actor) (action.Answer, error) {
	f := read(r)
	in := f.in()
	var err error
	if f.Incident != "" {
		in.Record, err = p.Incident(r.Context(), by, f.Incident)
	}
	if err == nil {
		_, err = p.FollowUps.Create(r.Context(), by, in)
	}
	if err != nil {
		f.err = err
		if f.owners, err = p.owners(r.Context(), by); err != nil {
			return action.Answer{}, err
		}
		return action.Again(newPage(f), f.err), nil
	}
	to := "/follow-ups?view=open"
	if f.Incident != "" {
		to = "/incidents/" + f.Incident
	}
	return action.Go(to, action.Done("Follow-up added.")), nil
}
