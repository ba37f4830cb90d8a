package followup

import (
	"net/http"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/followup"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// form is a follow-up as it is being typed.
type form struct {
	Title, Note, Owner, Due string
	Incident                string // key of what it comes from, when it is new
	owners                  []ui.Option
	err                     error
}

type showPage struct {
	followup.FollowUp
	form     form
	from     origin
	mayWrite bool
	dropErr  error // what was refused of giving it up
}

func (p pages) show(r *http.Request, by actor.Actor) (action.Answer, error) {
	in, err := p.page(r, by)
	if err != nil {
		return action.Answer{}, err
	}
	return action.Show(show(in)), nil
}

// page reads a follow-up with all that its page shows.
func (p pages) page(r *http.Request, by actor.Actor) (in showPage, err error) {
	if in.FollowUp, err = p.FollowUps.FollowUp(r.Context(), by, followup.ID(r.PathValue("id"))); err != nil {
		return in, err
	}
	in.from = p.origin(r.Context(), by, in.Record)
	in.mayWrite = people.Can(by, people.FollowUpWrite, people.Target{})
	in.form = form{Title: in.Title, Note: in.Note, Owner: in.OwnerLogin, Due: in.Due.UTC().Format(time.DateOnly)}
	if in.mayWrite && in.State == followup.Open {
		in.form.owners, err = p.owners(r.Context(), by)
	}
	return in, err
}

func read(r *http.Request) form {
	return form{Title: action.Line(r, "title"), Note: action.Block(r, "note"), Owner: action.Line(r, "owner"),
		Due: action.Line(r, "due"), Incident: action.Line(r, "incident")}
}

// in is the form as the service wants it. A date means its end, in UTC; what is none is left
// out, and the service says so.
func (f form) in() followup.In {
	in := followup.In{Title: f.Title, Note: f.Note, Owner: f.Owner}
	if day, err := time.Parse(time.DateOnly, f.Due); err == nil {
		in.Due = day.Add(24*time.Hour - time.Minute)
	}
	return in
}
