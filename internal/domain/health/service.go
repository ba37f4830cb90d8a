package health

import (
	"context"
	"slices"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/drawing"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

// Config is what a Service needs. Watchers are set by app before anything runs; there may be none.
type Config struct {
	DB        *db.DB
	Incidents Incidents
	Watchers  []Watcher
}

// Service says how everything is.
type Service struct{ Config }

// New returns a service.
func New(c Config) *Service { return &Service{c} }

// allow asks for both that are told: what there is, and what is wrong with it.
func allow(by actor.Actor) error {
	if err := people.Allow(by, people.ServiceRead, people.Target{}); err != nil {
		return err
	}
	return people.Allow(by, people.IncidentRead, people.Target{})
}

// Desk returns how everything is now.
func (s *Service) Desk(ctx context.Context, by actor.Actor) (d *Desk, err error) {
	if err := allow(by); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		d, err = s.DeskIn(tx)
		return err
	})
	return d, err
}

// DeskIn is Desk for another room, which has checked its own permission.
func (s *Service) DeskIn(tx *db.Tx) (*Desk, error) {
	seen, err := s.see(tx)
	if err != nil {
		return nil, err
	}
	services, err := catalogue.AllServices(tx)
	if err != nil {
		return nil, err
	}
	components, err := catalogue.AllComponents(tx)
	if err != nil {
		return nil, err
	}
	rules, err := drawing.All(tx)
	if err != nil {
		return nil, err
	}
	hours, err := calendars(tx, services)
	if err != nil {
		return nil, err
	}
	return assemble(services, components, rules, hours, seen), nil
}

// Drawn is a service's drawing and how everything is, of one instant.
type Drawn struct {
	Picture drawing.Picture
	Desk    *Desk
}

// Drawn returns the drawing of a service and how its parts are.
func (s *Service) Drawn(ctx context.Context, by actor.Actor, service string) (out Drawn, err error) {
	if err := allow(by); err != nil {
		return out, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if out.Desk, err = s.DeskIn(tx); err != nil {
			return err
		}
		of, ok := out.Desk.Service(service)
		if !ok {
			return errs.NotFoundf("there is no service %q", service)
		}
		out.Picture = drawing.Compose(of.Service, out.Desk.rules[of.ID], out.Desk.components())
		return nil
	})
	return out, err
}

// calendars reads the hours that services have, by name.
func calendars(tx *db.Tx, services []catalogue.Service) (map[string]*calendar.Calendar, error) {
	out := map[string]*calendar.Calendar{}
	for _, of := range services {
		if of.Hours == "" || out[of.Hours] != nil {
			continue
		}
		e, err := calendar.ByName(tx, of.Hours)
		if errs.Is(err, errs.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out[of.Hours] = e.Calendar
	}
	return out, nil
}

// Service returns how the service with a name is.
func (d *Desk) Service(name string) (Of, bool) {
	i := slices.IndexFunc(d.Services, func(of Of) bool { return of.Name == name })
	if i < 0 {
		return Of{}, false
	}
	return d.Services[i], true
}

// Part returns how the component with a name is.
func (d *Desk) Part(name string) (Part, bool) {
	i := slices.IndexFunc(d.Parts, func(p Part) bool { return p.Name == name })
	if i < 0 {
		return Part{}, false
	}
	return d.Parts[i], true
}

// PartByID returns how a component is.
func (d *Desk) PartByID(id catalogue.ComponentID) (Part, bool) {
	i, ok := d.index[id]
	if !ok {
		return Part{}, false
	}
	return d.Parts[i], true
}

func (d *Desk) components() []catalogue.Component {
	out := make([]catalogue.Component, len(d.Parts))
	for i, p := range d.Parts {
		out[i] = p.Component
	}
	return out
}

func validURL(u string) bool { return u != "" && text.ValidURL(u) }
