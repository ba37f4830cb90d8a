package catalogue

import (
	"context"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

// ServiceIn is a service as a page or a client of the API sends it.
type ServiceIn struct {
	Name string
	Spec ServiceSpec
	Base
}

// ComponentIn is a component as a page or a client of the API sends it.
type ComponentIn struct {
	Name string
	Spec ComponentSpec
	Base
}

// Base says what an edit starts from; its zero value makes the edit in any case.
type Base struct {
	// New refuses the edit when the name is taken.
	New bool
	// Version is the one that was looked at; the edit is refused when there is another by now.
	Version int64
}

func (b Base) check(what string, found bool, version int64) error {
	switch {
	case b.New && found:
		return errs.Conflictf("there is a %s already", what)
	case b.Version != 0 && !found:
		return errs.NotFoundf("%s is not there any more", what)
	case b.Version != 0 && b.Version != version:
		return errs.Conflictf("%s has been changed by somebody else: look at it again", what)
	}
	return nil
}

// PutService makes a service, or changes it, and returns it.
func (c *Catalogue) PutService(ctx context.Context, by actor.Actor, in ServiceIn) (out Service, err error) {
	err = c.db.Do(ctx, func(tx *db.Tx) error {
		if err := mayWriteSome(by); err != nil {
			return err
		}
		have, err := ServiceByName(tx, in.Name)
		found, err := exists(have, err)
		if err != nil {
			return err
		}
		if err := in.check("service "+quote(in.Name), found, have.Version); err != nil {
			return err
		}
		if _, err := c.ApplyServiceIn(tx, by, in.Name, in.Spec); err != nil {
			return err
		}
		out, err = ServiceByName(tx, in.Name)
		return err
	})
	return out, err
}

// PutComponent makes a component, or changes it, and returns it.
func (c *Catalogue) PutComponent(ctx context.Context, by actor.Actor, in ComponentIn) (out Component, err error) {
	err = c.db.Do(ctx, func(tx *db.Tx) error {
		if err := mayWriteSome(by); err != nil {
			return err
		}
		have, err := ComponentByName(tx, in.Name)
		found, err := exists(have, err)
		if err != nil {
			return err
		}
		if err := in.check("component "+quote(in.Name), found, have.Version); err != nil {
			return err
		}
		if _, err := c.ApplyComponentIn(tx, by, in.Name, in.Spec); err != nil {
			return err
		}
		out, err = ComponentByName(tx, in.Name)
		return err
	})
	return out, err
}

// PutEnvironment makes an environment, or changes it, and returns it.
func (c *Catalogue) PutEnvironment(ctx context.Context, by actor.Actor, name string, s EnvironmentSpec) (out Environment, err error) {
	err = c.db.Do(ctx, func(tx *db.Tx) error {
		if _, err := c.ApplyEnvironmentIn(tx, by, name, s); err != nil {
			return err
		}
		out, err = EnvironmentByName(tx, name)
		return err
	})
	return out, err
}

// DeleteService is DeleteServiceIn in a transaction of its own.
func (c *Catalogue) DeleteService(ctx context.Context, by actor.Actor, name string) error {
	return c.db.Do(ctx, func(tx *db.Tx) error { return c.DeleteServiceIn(tx, by, name) })
}

// DeleteComponent is DeleteComponentIn in a transaction of its own.
func (c *Catalogue) DeleteComponent(ctx context.Context, by actor.Actor, name string) error {
	return c.db.Do(ctx, func(tx *db.Tx) error { return c.DeleteComponentIn(tx, by, name) })
}

// DeleteEnvironment is DeleteEnvironmentIn in a transaction of its own.
func (c *Catalogue) DeleteEnvironment(ctx context.Context, by actor.Actor, name string) error {
	return c.db.Do(ctx, func(tx *db.Tx) error { return c.DeleteEnvironmentIn(tx, by, name) })
}

// MayChangeService reports whether somebody may edit a service and make keys for it, for
// pages that show what can be done.
func (c *Catalogue) MayChangeService(by actor.Actor, s Service) bool {
	return people.Can(by, people.ServiceWrite, s.Target())
}

// MayChangeComponent is MayChangeService for a component.
func (c *Catalogue) MayChangeComponent(ctx context.Context, by actor.Actor, of Component) (bool, error) {
	return view(ctx, c.db, func(tx *db.Tx) (bool, error) {
		err := allowComponent(tx, by, of)
		if errs.Is(err, errs.Forbidden) || errs.Is(err, errs.Unauthenticated) {
			return false, nil
		}
		return err == nil, err
	})
}

// ServicesOf lists the services that a team owns or supports, by name.
func (c *Catalogue) ServicesOf(ctx context.Context, by actor.Actor, team people.TeamID) ([]Service, error) {
	if err := people.Allow(by, people.ServiceRead, people.Target{}); err != nil {
		return nil, err
	}
	return view(ctx, c.db, func(tx *db.Tx) ([]Service, error) {
		return manyServices(tx, `s.owner = ? OR EXISTS (SELECT 1 FROM service_team x WHERE x.service = s.id AND x.team = ?)`,
			string(team), string(team))
	})
}

// Neighbours are the components next to one.
type Neighbours struct {
	Needs    []Component // it depends on them, in the order in which people wrote them
	NeededBy []Component // they depend on it, by name
}

// NeighboursOf returns what a component depends on and what depends on it.
func (c *Catalogue) NeighboursOf(ctx context.Context, by actor.Actor, name string) (Neighbours, error) {
	return view(ctx, c.db, func(tx *db.Tx) (out Neighbours, err error) {
		component, err := c.readComponent(tx, by, name)
		if err != nil {
			return out, err
		}
		for _, id := range component.DependsOn {
			other, err := ComponentByID(tx, id)
			if err != nil {
				return out, err
			}
			out.Needs = append(out.Needs, other)
		}
		out.NeededBy, err = Dependents(tx, component.ID)
		return out, err
	})
}
