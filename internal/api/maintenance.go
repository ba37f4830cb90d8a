package api

import (
	"context"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/maintenance"
	"mainstay/internal/domain/people"
)

func (a *API) maintenance() {
	configure(a, noun[maintenance.Spec]{
		path: "maintenance", one: "a maintenance", read: people.MaintenanceRead, write: people.MaintenanceWrite,
		list: func(ctx context.Context, by actor.Actor, s search) (page.List[document[maintenance.Spec]], error) {
			list, err := a.Maintenance.List(ctx, by, s.Request)
			return each(list, func(m maintenance.Maintenance) document[maintenance.Spec] {
				return document[maintenance.Spec]{m.Name, m.Spec}
			}), err
		},
		get: func(ctx context.Context, by actor.Actor, name string) (maintenance.Spec, error) {
			m, err := a.Maintenance.Get(ctx, by, name)
			return m.Spec, err
		},
		put: func(ctx context.Context, by actor.Actor, name string, spec maintenance.Spec) error {
			_, err := a.Maintenance.Put(ctx, by, maintenance.In{Name: name, Spec: spec})
			return err
		},
		remove: func(ctx context.Context, by actor.Actor, name string) error {
			return a.Maintenance.Delete(ctx, by, name)
		},
	})
	add(a, get("/maintenance-windows", people.MaintenanceRead, "List windows of maintenance by start"), a.windows)
	act(a, post("/maintenance/{name}/end", people.MaintenanceWrite, "End the window that is open"),
		func(ctx context.Context, by actor.Actor, in *Named) error { return a.Maintenance.End(ctx, by, in.Name) })
}

// MaintenanceWindow is one window of a maintenance.
type MaintenanceWindow struct {
	Name       string    `json:"name"`
	Title      string    `json:"title"`
	Reason     string    `json:"reason"`
	Services   []string  `json:"services"`
	Components []string  `json:"components"`
	From       time.Time `json:"from"`
	To         time.Time `json:"to"`
	State      string    `json:"state" enum:"planned,open,over"`
}

func (a *API) windows(ctx context.Context, by actor.Actor, in *struct {
	From time.Time `query:"from" doc:"Now when left out."`
	To   time.Time `query:"to" doc:"30 days after from when left out; at most 400."`
}) (page.List[MaintenanceWindow], error) {
	now := a.Clock.Now()
	if in.From.IsZero() {
		in.From = now
	}
	if in.To.IsZero() {
		in.To = in.From.Add(30 * 24 * time.Hour)
	}
	list, err := a.Maintenance.Windows(ctx, by, in.From, in.To)
	out := page.List[MaintenanceWindow]{Items: []MaintenanceWindow{}}
	for _, p := range list {
		m := p.Maintenance
		m.Window, m.Over = p.At, false
		out.Items = append(out.Items, MaintenanceWindow{Name: m.Name, Title: m.Title(), Reason: m.Spec.Reason,
			Services: append([]string{}, m.Spec.Services...), Components: append([]string{}, m.Spec.Components...), From: p.At.From, To: p.At.To, State: string(m.State(now))})
	}
	return out, err
}
