package maintenance

import (
	"context"
	"fmt"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// Config is what a Service needs.
type Config struct{ DB *db.DB }

// Service plans, opens and ends maintenance.
type Service struct{ Config }

// New returns the room's service.
func New(c Config) *Service { return &Service{c} }

// Changed is the payload of maintenance.created, maintenance.changed and maintenance.deleted.
type Changed struct {
	Name string `json:"name"`
	Was  *Spec  `json:"was,omitempty"`
	Is   *Spec  `json:"is,omitempty"`
}

// In is a maintenance as a page or a client of the API sends it.
type In struct {
	Name string
	Spec Spec
	// New refuses the edit when the name is taken.
	New bool
	// Version is the one that was looked at; the edit is refused when there is another by now. 0
	// makes it in any case.
	Version int64
}

// check refuses an edit of what somebody else has made, changed or removed meanwhile.
func (in In) check(have Maintenance) error {
	switch {
	case in.New && have.ID != "":
		return errs.Conflictf("there is a maintenance %q already", in.Name)
	case in.Version != 0 && have.ID == "":
		return errs.NotFoundf("maintenance %q is not there any more", in.Name)
	case in.Version != 0 && in.Version != have.Version:
		return errs.Conflictf("maintenance %q has been changed by somebody else: look at it again", in.Name)
	}
	return nil
}

// Put makes a maintenance, or changes it, and returns it.
func (s *Service) Put(ctx context.Context, by actor.Actor, in In) (out Maintenance, err error) {
	err = s.DB.Do(ctx, func(tx *db.Tx) error {
		if err := mayWriteSome(by); err != nil {
			return err
		}
		have, err := ByName(tx, in.Name)
		if err != nil && !errs.Is(err, errs.NotFound) {
			return err
		}
		if err := in.check(have); err != nil {
			return err
		}
		if _, err := s.ApplyIn(tx, by, in.Name, in.Spec); err != nil {
			return err
		}
		out, err = ByName(tx, in.Name)
		return err
	})
	return out, err
}

// mayWriteSome refuses those who may plan none, before anything is told of one.
func mayWriteSome(by actor.Actor) error {
	return people.Allow(by, people.MaintenanceWrite, people.Target{Teams: by.Teams})
}

// ApplyIn plans the maintenance, or changes it when it differs. Who plans for a team needs every service
// that it names, before and after.
func (s *Service) ApplyIn(tx *db.Tx, by actor.Actor, name string, spec Spec) (changed bool, err error) {
	if err := mayWriteSome(by); err != nil {
		return false, err
	}
	if err := validate(name, spec); err != nil {
		return false, err
	}
	spec = spec.normal(name)
	have, err := ByName(tx, name)
	found := err == nil
	if err != nil && !errs.Is(err, errs.NotFound) {
		return false, err
	}
	if found {
		if err := allow(tx, by, have.Spec); err != nil {
			return false, err
		}
	}
	if err := lookUp(tx, name, spec); err != nil {
		return false, err
	}
	if err := allow(tx, by, spec); err != nil || found && db.AsJSON(have.Spec) == db.AsJSON(spec) {
		return false, err
	}
	is := Maintenance{ID: have.ID, Name: name, Spec: spec}
	is.Window, found = spec.After(tx.Now())
	if !found { // it was in the past: kept, so that a configuration can be applied again
		is.Over, is.Window = true, spec.window(spec.wall(), spec.location())
	}
	event, payload := "maintenance.created", Changed{Name: name, Is: &spec}
	if have.ID != "" {
		event, payload.Was = "maintenance.changed", &have.Spec
	}
	if is.ID, err = save(tx, is); err != nil {
		return false, err
	}
	if err := schedule(tx, is); err != nil {
		return false, err
	}
	return true, ledger.Append(tx, by, Record(is.ID), event, payload)
}

func validate(name string, spec Spec) error {
	var c errs.Check
	text.Name(&c, "name", name)
	spec.Validate(&c)
	return c.Err(fmt.Sprintf("maintenance %q", name))
}

// lookUp refuses a spec that names what does not exist.
func lookUp(tx *db.Tx, name string, spec Spec) error {
	var c errs.Check
	for i, service := range spec.Services {
		if _, err := catalogue.ServiceByName(tx, service); errs.Is(err, errs.NotFound) {
			c.Add(fmt.Sprintf("services[%d]", i), "names %q, which does not exist", service)
		} else if err != nil {
			return err
		}
	}
	for i, component := range spec.Components {
		if _, err := catalogue.ComponentByName(tx, component); errs.Is(err, errs.NotFound) {
			c.Add(fmt.Sprintf("components[%d]", i), "names %q, which does not exist", component)
		} else if err != nil {
			return err
		}
	}
	return c.Err(fmt.Sprintf("maintenance %q", name))
}

// allow asks for every service that a spec names, and for those of its components. A component of no
// service is only for who may plan for all.
func allow(tx *db.Tx, by actor.Actor, spec Spec) error {
	for _, name := range spec.Services {
		service, err := catalogue.ServiceByName(tx, name)
		if err != nil {
			return err
		}
		if err := people.Allow(by, people.MaintenanceWrite, service.Target()); err != nil {
			return err
		}
	}
	for _, name := range spec.Components {
		c, err := catalogue.ComponentByName(tx, name)
		if err != nil {
			return err
		}
		on := people.Target{}
		if c.Service != "" {
			if on, err = catalogue.Target(tx, c.Service); err != nil {
				return err
			}
		}
		if err := people.Allow(by, people.MaintenanceWrite, on); err != nil {
			return err
		}
	}
	return nil
}

// End ends the window that is open, because the work is done earlier.
func (s *Service) End(ctx context.Context, by actor.Actor, name string) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		m, err := s.writable(tx, by, name)
		if err != nil {
			return err
		}
		if m.State(tx.Now()) != Open {
			return errs.Conflictf("maintenance %q is not going on", name)
		}
		if err := ledger.Append(tx, by, Record(m.ID), "maintenance.ended", Turned{m.Name, m.Title(), m.Window.From, tx.Now()}); err != nil {
			return err
		}
		return s.goOn(tx, m, m.Window.To)
	})
}

// Editable returns a maintenance that by may change, or Forbidden.
func (s *Service) Editable(ctx context.Context, by actor.Actor, name string) (m Maintenance, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		m, err = s.writable(tx, by, name)
		return err
	})
	return m, err
}

// writable returns a maintenance that by may change.
func (s *Service) writable(tx *db.Tx, by actor.Actor, name string) (Maintenance, error) {
	if err := mayWriteSome(by); err != nil {
		return Maintenance{}, err
	}
	m, err := ByName(tx, name)
	if err != nil {
		return m, err
	}
	return m, allow(tx, by, m.Spec)
}

// Delete removes a maintenance; what it keeps back is kept back no longer.
func (s *Service) Delete(ctx context.Context, by actor.Actor, name string) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error { return s.DeleteIn(tx, by, name) })
}

// DeleteIn is Delete in the caller's transaction.
func (s *Service) DeleteIn(tx *db.Tx, by actor.Actor, name string) error {
	m, err := s.writable(tx, by, name)
	if err != nil {
		return err
	}
	if err := remove(tx, m.ID); err != nil {
		return err
	}
	return ledger.Append(tx, by, Record(m.ID), "maintenance.deleted", Changed{Name: name, Was: &m.Spec})
}

// Get returns one maintenance.
func (s *Service) Get(ctx context.Context, by actor.Actor, name string) (m Maintenance, err error) {
	if err := people.Allow(by, people.MaintenanceRead, people.Target{}); err != nil {
		return m, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		m, err = ByName(tx, name)
		return err
	})
	return m, err
}

// List lists maintenances by name.
func (s *Service) List(ctx context.Context, by actor.Actor, r page.Request) (list page.List[Maintenance], err error) {
	if err := people.Allow(by, people.MaintenanceRead, people.Target{}); err != nil {
		return list, err
	}
	var after string
	if _, err := page.Decode(r.Cursor, &after); err != nil {
		return list, err
	}
	var rows []Maintenance
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		rows, err = many(tx, `m.name > ?`, ` LIMIT ?`, after, r.Size()+1)
		return err
	})
	return page.Of(rows, r, func(m Maintenance) any { return m.Name }), err
}

// Windows are the windows of all maintenances between two instants that follow each other within the
// next 400 days, by start: the calendar of planned work.
func (s *Service) Windows(ctx context.Context, by actor.Actor, from, to time.Time) (out []Planning, err error) {
	if err := people.Allow(by, people.MaintenanceRead, people.Target{}); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		list, err := many(tx, `TRUE`, ``)
		for _, m := range list {
			out = append(out, m.windows(from, to)...)
		}
		return err
	})
	return byStart(out), err
}

// ExportIn returns every maintenance by name.
func (s *Service) ExportIn(tx *db.Tx, by actor.Actor) ([]Named, error) {
	if err := people.Allow(by, people.ConfigExport, people.Target{}); err != nil {
		return nil, err
	}
	list, err := many(tx, `TRUE`, ``)
	out := make([]Named, len(list))
	for i, m := range list {
		out[i] = Named{m.Name, m.Spec}
	}
	return out, err
}
