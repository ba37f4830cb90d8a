package api

import (
	"context"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/followup"
	"mainstay/internal/domain/incident"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/ledger"
)

// FollowUp is something that somebody promised to do.
type FollowUp struct {
	ID       string     `json:"id"`
	Title    string     `json:"title"`
	Note     string     `json:"note"`
	Owner    string     `json:"owner" doc:"Login."`
	Due      time.Time  `json:"due"`
	State    string     `json:"state" enum:"open,done,dropped"`
	Incident *string    `json:"incident" doc:"Key of the incident that it came from."`
	Created  time.Time  `json:"created"`
	Finished *time.Time `json:"finished"`
}

func (a *API) followUps() {
	add(a, get("/follow-ups", people.FollowUpRead, "List follow-ups, the earliest due first"), a.listFollowUps)
	add(a, create("/follow-ups", people.FollowUpWrite, "Make a follow-up"), a.createFollowUp)
	add(a, get("/follow-ups/{id}", people.FollowUpRead, "Get a follow-up"), a.getFollowUp)
	add(a, put("/follow-ups/{id}", people.FollowUpWrite, "Change an open follow-up; what it came from stays"), a.changeFollowUp)
	add(a, post("/follow-ups/{id}/done", people.FollowUpWrite, "Say that a follow-up is done"),
		a.moveFollowUp((*followup.Service).Complete))
	add(a, post("/follow-ups/{id}/drop", people.FollowUpWrite, "Give a follow-up up; the note says why"),
		a.moveFollowUp((*followup.Service).Drop))
	add(a, post("/follow-ups/{id}/reopen", people.FollowUpWrite, "Open a follow-up again"),
		a.moveFollowUp((*followup.Service).Reopen))
}

// showFollowUp names the incident by its key, as far as the caller may see it.
func (a *API) showFollowUp(ctx context.Context, by actor.Actor, f followup.FollowUp) FollowUp {
	v := FollowUp{ID: string(f.ID), Title: f.Title, Note: f.Note, Owner: f.OwnerLogin, Due: f.Due, State: string(f.State),
		Created: f.Created, Finished: instant(f.Finished)}
	if f.Record.Kind == "incident" {
		if i, err := a.Incidents.GetByID(ctx, by, incident.ID(f.Record.ID)); err == nil {
			v.Incident = text(i.Key())
		}
	}
	return v
}

func (a *API) listFollowUps(ctx context.Context, by actor.Actor, in *struct {
	Paging
	Owner    string `query:"owner" doc:"Login."`
	State    string `query:"state" enum:"open,done,dropped,any" doc:"Open when left out."`
	Overdue  bool   `query:"overdue" doc:"Only open ones past their due instant."`
	Incident string `query:"incident" doc:"Key of the incident that they came from."`
}) (page.List[FollowUp], error) {
	f := followup.Filter{Owner: in.Owner, State: followup.State(in.State), Overdue: in.Overdue}
	if in.State == "any" {
		f.State, f.Any = "", true
	}
	var err error
	if f.Record, err = a.from(ctx, by, in.Incident); err != nil {
		return page.List[FollowUp]{}, err
	}
	list, err := a.FollowUps.List(ctx, by, f, in.request())
	return each(list, func(f followup.FollowUp) FollowUp { return a.showFollowUp(ctx, by, f) }), err
}

// from is the record of an incident's key; none for an empty key.
func (a *API) from(ctx context.Context, by actor.Actor, key string) (ledger.Record, error) {
	if key == "" {
		return ledger.Record{}, nil
	}
	i, err := a.Incidents.Get(ctx, by, key)
	return i.Record(), err
}

// FollowUpFields are what people write of a follow-up.
type FollowUpFields struct {
	Title string    `json:"title"`
	Note  string    `json:"note,omitempty"`
	Owner string    `json:"owner" doc:"Login of who does it."`
	Due   time.Time `json:"due"`
}

func (f FollowUpFields) in() followup.In {
	return followup.In{Title: f.Title, Note: f.Note, Owner: f.Owner, Due: f.Due}
}

func (a *API) createFollowUp(ctx context.Context, by actor.Actor, in *struct {
	Body struct {
		FollowUpFields
		Incident string `json:"incident,omitempty" doc:"Key of the incident that it comes from."`
	}
}) (FollowUp, error) {
	record, err := a.from(ctx, by, in.Body.Incident)
	if err != nil {
		return FollowUp{}, err
	}
	fields := in.Body.in()
	fields.Record = record
	f, err := a.FollowUps.Create(ctx, by, fields)
	return a.showFollowUp(ctx, by, f), err
}

// FollowUpPath is the path of a follow-up.
type FollowUpPath struct {
	ID string `path:"id"`
}

func (a *API) getFollowUp(ctx context.Context, by actor.Actor, in *FollowUpPath) (FollowUp, error) {
	f, err := a.FollowUps.FollowUp(ctx, by, followup.ID(in.ID))
	return a.showFollowUp(ctx, by, f), err
}

func (a *API) changeFollowUp(ctx context.Context, by actor.Actor, in *struct {
	FollowUpPath
	Body FollowUpFields
}) (FollowUp, error) {
	f, err := a.FollowUps.Update(ctx, by, followup.ID(in.ID), in.Body.in())
	return a.showFollowUp(ctx, by, f), err
}

// FollowUpMove is a follow-up that is done, dropped or opened again.
type FollowUpMove struct {
	FollowUpPath
	Body *struct {
		Note string `json:"note,omitempty" doc:"What was done, or why not."`
	}
}

type move func(s *followup.Service, ctx context.Context, by actor.Actor, id followup.ID, note string) (followup.FollowUp, error)

func (a *API) moveFollowUp(to move) func(context.Context, actor.Actor, *FollowUpMove) (FollowUp, error) {
	return func(ctx context.Context, by actor.Actor, in *FollowUpMove) (FollowUp, error) {
		note := ""
		if in.Body != nil {
			note = in.Body.Note
		}
		f, err := to(a.FollowUps, ctx, by, followup.ID(in.ID), note)
		return a.showFollowUp(ctx, by, f), err
	}
}
