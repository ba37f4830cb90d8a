package api

import (
	"context"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
)

func (a *API) oncall() {
	add(a, get("/oncall", people.RosterRead, "Say who is on call now, by roster"), a.onCallNow)
	add(a, get("/oncall/gaps", people.RosterRead, "List when nobody is on call in the next 60 days, by roster"), a.coverage)
	configure(a, noun[oncall.Spec]{
		path: "rosters", one: "a roster", read: people.RosterRead, write: people.RosterWrite,
		list: func(ctx context.Context, by actor.Actor, s search) (page.List[document[oncall.Spec]], error) {
			list, err := a.Rosters.List(ctx, by, s.Request)
			return each(list, func(e oncall.Entry) document[oncall.Spec] { return document[oncall.Spec]{e.Name, e.Spec} }), err
		},
		get: func(ctx context.Context, by actor.Actor, name string) (oncall.Spec, error) {
			e, err := a.Rosters.Get(ctx, by, name)
			return e.Spec, err
		},
		put: func(ctx context.Context, by actor.Actor, name string, spec oncall.Spec) error {
			_, err := a.Rosters.Put(ctx, by, oncall.In{Name: name, Spec: spec})
			return err
		},
		remove: func(ctx context.Context, by actor.Actor, name string) error { return a.Rosters.Delete(ctx, by, name) },
	})
	add(a, get("/rosters/{name}/schedule", people.RosterRead, "Get the plan of a roster for some time"), a.schedule)
	add(a, get("/rosters/{name}/gaps", people.RosterRead, "List when nobody is on call on a roster in the next 60 days"), a.coverageOf)
	add(a, create("/rosters/{name}/overrides", people.RosterOverride, "Put somebody on call for a while"), a.addOverride)
	act(a, remove("/rosters/{name}/overrides/{id}", people.RosterOverride, "Take an override back; one that holds now ends now"), a.removeOverride)
}

// Duty is one person being on call.
type Duty struct {
	Login    string     `json:"login"`
	Name     string     `json:"name"`
	Why      string     `json:"why" enum:"layer,override,fallback"`
	Layer    *string    `json:"layer"`
	Override *string    `json:"override" doc:"Id of the override, when one is why."`
	Since    *time.Time `json:"since" doc:"From when on without a break; null when more than a year ago."`
	Until    *time.Time `json:"until" doc:"Null when more than a year ahead."`
}

// OnCall is how it stands with a roster now.
type OnCall struct {
	Roster string     `json:"roster"`
	Title  string     `json:"title"`
	Team   *string    `json:"team"`
	State  string     `json:"state" enum:"covered,fallback,nobody,gap" doc:"Nobody is on purpose, a gap is not."`
	People []Duty     `json:"people"`
	Next   *time.Time `json:"next" doc:"When others are on call."`
}

func (a *API) onCallNow(ctx context.Context, by actor.Actor, _ *struct{}) (page.List[OnCall], error) {
	list, err := a.Rosters.OnCallNow(ctx, by)
	return whole(list, func(s oncall.Standing) OnCall {
		v := OnCall{Roster: s.Roster.Name, Title: title(s.Roster), Team: text(s.Roster.Spec.Team), State: string(s.State),
			People: []Duty{}, Next: instant(s.Next)}
		for _, p := range s.People {
			d := showDuty(p.Duty, p.Name)
			d.Since, d.Until = instant(p.Since), instant(p.Until)
			v.People = append(v.People, d)
		}
		return v
	}), err
}

func title(e oncall.Entry) string {
	if e.Spec.Title == "" {
		return e.Name
	}
	return e.Spec.Title
}

func showDuty(d oncall.Duty, name string) Duty {
	return Duty{Login: d.User, Name: name, Why: string(d.Why), Layer: text(d.Layer), Override: text(d.Override)}
}

// Coverage is when nobody is on call on a roster.
type Coverage struct {
	Roster string   `json:"roster"`
	Report []string `json:"report" doc:"The holes in sentences."`
	Holes  []Hole   `json:"holes"`
}

// Hole is a stretch of time in which no layer and no override has anybody.
type Hole struct {
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	State   string    `json:"state" enum:"gap,fallback,nobody" doc:"A gap must be closed; fallback is somebody's burden; nobody is intended."`
	People  []string  `json:"people" doc:"Logins of who stands in."`
	Endless bool      `json:"endless" doc:"It goes on for more than a week after the 60 days."`
}

func showCoverage(c oncall.Coverage) Coverage {
	v := Coverage{Roster: c.Roster.Name, Report: orEmpty(c.Report), Holes: []Hole{}}
	for _, h := range c.Holes {
		v.Holes = append(v.Holes, Hole{h.From, h.To, string(h.State), orEmpty(h.People), h.Endless})
	}
	return v
}

func (a *API) coverage(ctx context.Context, by actor.Actor, _ *struct{}) (page.List[Coverage], error) {
	list, err := a.Rosters.CoverageAhead(ctx, by)
	return whole(list, showCoverage), err
}

func (a *API) coverageOf(ctx context.Context, by actor.Actor, in *Named) (Coverage, error) {
	c, err := a.Rosters.CoverageOf(ctx, by, in.Name)
	return showCoverage(c), err
}

// Timetable is the plan of a roster for some time.
type Timetable struct {
	Roster    string     `json:"roster"`
	Zone      string     `json:"zone"`
	Shifts    []Shift    `json:"shifts" doc:"In order, without holes."`
	Overrides []Override `json:"overrides" doc:"Those that hold at some time of it, in the order in which they apply."`
}

// Shift is a stretch of time during which nothing changes.
type Shift struct {
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	State  string    `json:"state" enum:"covered,fallback,nobody,gap"`
	People []Duty    `json:"people"`
}

// Override is a change of a roster for a while.
type Override struct {
	ID       string    `json:"id"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Login    string    `json:"login" doc:"Who is on call."`
	Replaces *string   `json:"replaces" doc:"In whose place; null: alone, whoever else would be on call."`
	Note     string    `json:"note"`
	Creator  string    `json:"creator"`
	Created  time.Time `json:"created"`
}

func showOverride(o oncall.Override) Override {
	return Override{string(o.ID), o.From, o.To, o.User, text(o.Replaces), o.Note, o.Creator, o.Created}
}

// week is how much of a plan is shown when nobody says how much.
const week = 7

func (a *API) schedule(ctx context.Context, by actor.Actor, in *struct {
	Named
	From moment `query:"from" doc:"Now when left out."`
	To   moment `query:"to" doc:"A week after from when left out; at most 400 days after it."`
}) (Timetable, error) {
	if in.From.IsZero() {
		in.From.Time = a.Clock.Now()
	}
	if in.To.IsZero() {
		in.To.Time = in.From.AddDate(0, 0, week)
	}
	t, err := a.Rosters.Schedule(ctx, by, in.Name, in.From.Time, in.To.Time)
	if err != nil {
		return Timetable{}, err
	}
	v := Timetable{Roster: t.Roster.Name, Zone: t.Zone.String(), Shifts: []Shift{}, Overrides: []Override{}}
	for _, s := range t.Shifts {
		shown := Shift{s.From, s.To, string(s.State), []Duty{}}
		for _, d := range s.People {
			shown.People = append(shown.People, showDuty(d, t.Names[d.User]))
		}
		v.Shifts = append(v.Shifts, shown)
	}
	for _, o := range t.Overrides {
		v.Overrides = append(v.Overrides, showOverride(o))
	}
	return v, nil
}

func (a *API) addOverride(ctx context.Context, by actor.Actor, in *struct {
	Named
	Body struct {
		From     time.Time `json:"from,omitzero" doc:"Now when left out, or when it has passed."`
		To       time.Time `json:"to"`
		Login    string    `json:"login" doc:"Who is on call."`
		Replaces string    `json:"replaces,omitempty" doc:"In whose place; alone, whoever else would be on call, when left out."`
		Note     string    `json:"note,omitempty"`
	}
}) (Override, error) {
	b := in.Body
	if b.From.IsZero() {
		b.From = a.Clock.Now()
	}
	o, err := a.Rosters.AddOverride(ctx, by, in.Name, oncall.OverrideIn{
		From: b.From, To: b.To, User: b.Login, Replaces: b.Replaces, Note: b.Note,
	})
	return showOverride(o), err
}

func (a *API) removeOverride(ctx context.Context, by actor.Actor, in *struct {
	Named
	ID string `path:"id"`
}) error {
	return a.Rosters.RemoveOverride(ctx, by, in.Name, oncall.OverrideID(in.ID))
}
