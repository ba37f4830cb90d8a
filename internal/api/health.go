package api

import (
	"context"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/drawing"
	"mainstay/internal/domain/health"
	"mainstay/internal/domain/people"
)

func (a *API) health() {
	add(a, get("/services/{name}/health", people.IncidentRead, "How a service is, with its parts, and why"), a.serviceHealth)
	add(a, get("/health", people.IncidentRead, "How every service is"), a.allHealth)
	add(a, get("/what-if", people.IncidentRead, "What the business would lose if components were down"), a.whatIf)
	add(a, get("/services/{name}/drawing", people.ServiceRead, "Get the drawing of a service"), a.getDrawing)
	add(a, put("/services/{name}/drawing", people.ServiceWrite, "Make the drawing of a service be as the body says"), a.putDrawing)
	add(a, get("/services/{name}/drawing/text", people.ServiceRead, "Get the drawing of a service as text"), a.getDrawingText)
	add(a, put("/services/{name}/drawing/text", people.ServiceWrite, "Make the drawing of a service be as a text says; components that are not there yet are made"), a.putDrawingText)
	act(a, post("/services/{name}/drawing/places", people.ServiceWrite, "Move parts of the drawing of a service"), a.movePlaces)
}

// HealthState is how something is.
type HealthState struct {
	State    string `json:"state" enum:"ok,warn,bad,unknown"`
	Handling string `json:"handling,omitempty" doc:"How the trouble is taken; left out when nobody has it, or when there is none." enum:"acknowledged,restored,snoozed,suppressed,maintenance"`
}

// HealthReason is one thing that makes something as it is.
type HealthReason struct {
	HealthState
	Text     string    `json:"text" doc:"What is wrong."`
	Note     string    `json:"note,omitempty" doc:"How it is taken, in words."`
	Since    time.Time `json:"since"`
	Alert    string    `json:"alert,omitempty" doc:"Id of the alert."`
	Incident string    `json:"incident,omitempty" doc:"Key of the incident."`
	Path     []string  `json:"path,omitempty" doc:"Titles of the components on the way down to where it is."`
	Part     string    `json:"component,omitempty" doc:"Component where it is."`
}

// PartHealth is how a component is.
type PartHealth struct {
	Name string `json:"name"`
	HealthState
	Watched  bool           `json:"watched" doc:"Whether anything has ever spoken of it."`
	Inactive bool           `json:"inactive,omitempty" doc:"Its service is outside of its hours."`
	Reasons  []HealthReason `json:"reasons,omitempty" doc:"Why it is so by itself."`
}

// ServiceHealth is how a service is.
type ServiceHealth struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	HealthState
	Inactive   bool           `json:"inactive,omitempty" doc:"It is outside of its hours."`
	Parts      int            `json:"parts" doc:"Components below it."`
	NotWatched int            `json:"not_watched" doc:"Those of them of which nothing has ever spoken."`
	Causes     []HealthReason `json:"causes,omitempty" doc:"Why it is so, the worst first."`
	Functions  []ShareHealth  `json:"functions,omitempty"`
	UserGroups []ShareHealth  `json:"user_groups,omitempty"`
	Components []PartHealth   `json:"components,omitempty" doc:"Those of its drawing."`
}

// ShareHealth is how a function or user group is.
type ShareHealth struct {
	Name    string `json:"name"`
	Percent int    `json:"percent"`
	State   string `json:"state" enum:"ok,warn,bad,unknown"`
}

const maxCauses = 20

func (a *API) serviceHealth(ctx context.Context, by actor.Actor, in *Named) (ServiceHealth, error) {
	drawn, err := a.Health.Drawn(ctx, by, in.Name)
	if err != nil {
		return ServiceHealth{}, err
	}
	of, _ := drawn.Desk.Service(in.Name)
	out := showHealth(drawn.Desk, of)
	for _, p := range drawn.Picture.Parts {
		if is, ok := drawn.Desk.PartByID(p.ID); ok {
			out.Components = append(out.Components, showPart(is))
		}
	}
	return out, nil
}

func (a *API) allHealth(ctx context.Context, by actor.Actor, _ *struct{}) (page.List[ServiceHealth], error) {
	d, err := a.Health.Desk(ctx, by)
	if err != nil {
		return page.List[ServiceHealth]{}, err
	}
	return whole(d.Services, func(of health.Of) ServiceHealth { return showHealth(d, of) }), nil
}

func showHealth(d *health.Desk, of health.Of) ServiceHealth {
	out := ServiceHealth{Name: of.Name, Title: of.Title, HealthState: showState(of.State, of.Handling), Inactive: of.Inactive,
		Parts: of.Parts, NotWatched: of.Blind, Functions: showShares(d.Functions(of)), UserGroups: showShares(d.UserGroups(of))}
	for _, c := range d.CausesOfService(of.Name, maxCauses) {
		r := showReason(c.Reason)
		if r.Path = c.Path; c.Part != nil {
			r.Part = c.Part.Name
		}
		out.Causes = append(out.Causes, r)
	}
	return out
}

func showState(s health.State, h health.Handling) HealthState {
	return HealthState{State: s.Word(), Handling: string(h)}
}

func showPart(p health.Part) PartHealth {
	out := PartHealth{Name: p.Name, HealthState: showState(p.Shown(), p.Handling), Watched: !p.Blind, Inactive: p.Inactive}
	for _, r := range p.Reasons {
		out.Reasons = append(out.Reasons, showReason(r))
	}
	return out
}

func showReason(r health.Reason) HealthReason {
	return HealthReason{HealthState: showState(r.State, r.Handling), Text: r.Text, Note: r.Note, Since: r.Since,
		Alert: string(r.Alert), Incident: r.Incident}
}

func showShares(list []health.Share) (out []ShareHealth) {
	for _, s := range list {
		out = append(out, ShareHealth{s.Name, s.Percent, s.State.Word()})
	}
	return out
}

// WhatIf is what would be lost.
type WhatIf struct {
	Down     []string      `json:"down" doc:"Components that are taken as down."`
	Services []ServiceLoss `json:"services" doc:"Services that would be worse than they are, the worst first."`
}

// ServiceLoss is what one service would lose.
type ServiceLoss struct {
	Name           string        `json:"name"`
	Title          string        `json:"title"`
	Tier           int           `json:"tier"`
	Before         string        `json:"before" enum:"ok,warn,bad,unknown"`
	After          string        `json:"after" enum:"ok,warn,bad,unknown"`
	FunctionsLost  *int          `json:"functions_lost,omitempty" doc:"Percent; left out when the service has no functions."`
	UserGroupsLost *int          `json:"user_groups_lost,omitempty" doc:"Percent; left out when the service has no user groups."`
	Functions      []ShareHealth `json:"functions,omitempty"`
	UserGroups     []ShareHealth `json:"user_groups,omitempty"`
}

func (a *API) whatIf(ctx context.Context, by actor.Actor, in *struct {
	Down []string `query:"down" required:"true" doc:"Names of components, with commas between."`
}) (WhatIf, error) {
	loss, err := a.Health.WhatIf(ctx, by, in.Down)
	out := WhatIf{Down: loss.Down, Services: []ServiceLoss{}}
	for _, s := range loss.Services {
		out.Services = append(out.Services, ServiceLoss{Name: s.Name, Title: s.Title, Tier: s.Tier, Before: s.Before.Word(), After: s.After.Word(),
			FunctionsLost: percent(health.Lost(s.Functions)), UserGroupsLost: percent(health.Lost(s.UserGroups)),
			Functions: showShares(s.Functions), UserGroups: showShares(s.UserGroups)})
	}
	return out, err
}

func percent(n int) *int {
	if n < 0 {
		return nil
	}
	return &n
}

func (a *API) getDrawing(ctx context.Context, by actor.Actor, in *Named) (drawing.Spec, error) {
	return a.Drawings.SpecOf(ctx, by, in.Name)
}

func (a *API) putDrawing(ctx context.Context, by actor.Actor, in *struct {
	Named
	Body drawing.Spec
}) (drawing.Spec, error) {
	if err := a.Drawings.Put(ctx, by, in.Name, in.Body); err != nil {
		return drawing.Spec{}, err
	}
	return a.Drawings.SpecOf(ctx, by, in.Name)
}

// DrawingText is a drawing in its text form.
type DrawingText struct {
	Text string `json:"text" doc:"A line for each component and each link; see the guide of the board."`
}

func (a *API) getDrawingText(ctx context.Context, by actor.Actor, in *Named) (DrawingText, error) {
	text, err := a.Drawings.Text(ctx, by, in.Name)
	return DrawingText{text}, err
}

func (a *API) putDrawingText(ctx context.Context, by actor.Actor, in *struct {
	Named
	Body DrawingText
}) (DrawingText, error) {
	if err := a.Drawings.PutText(ctx, by, in.Name, in.Body.Text); err != nil {
		return DrawingText{}, err
	}
	text, err := a.Drawings.Text(ctx, by, in.Name)
	return DrawingText{text}, err
}

func (a *API) movePlaces(ctx context.Context, by actor.Actor, in *struct {
	Named
	Body struct {
		Moves []drawing.Move `json:"moves" doc:"Parts and where they stand from now on: their upper left corner, in pixels."`
	}
}) error {
	return a.Drawings.MoveParts(ctx, by, in.Name, in.Body.Moves)
}
