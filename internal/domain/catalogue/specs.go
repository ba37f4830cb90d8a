package catalogue

import (
	"context"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

// ServiceSpecs lists services by name as people write them; q, when not empty, is a part of
// name or title.
func (c *Catalogue) ServiceSpecs(ctx context.Context, by actor.Actor, q string, r page.Request) (list page.List[NamedService], err error) {
	return specs(ctx, c.db, by, r, func(tx *db.Tx, after string) ([]Service, error) {
		return pageOfServices(tx, after, q, r.Size()+1)
	}, func(tx *db.Tx, s Service) (NamedService, error) {
		spec, err := s.spec(tx)
		return NamedService{s.Name, spec}, err
	}, func(n NamedService) any { return n.Name })
}

// ComponentSpecs lists components by name as people write them; q, when not empty, is a part
// of name or title.
func (c *Catalogue) ComponentSpecs(ctx context.Context, by actor.Actor, q string, r page.Request) (list page.List[NamedComponent], err error) {
	return specs(ctx, c.db, by, r, func(tx *db.Tx, after string) ([]Component, error) {
		return pageOfComponents(tx, after, q, r.Size()+1)
	}, func(tx *db.Tx, component Component) (NamedComponent, error) {
		spec, err := component.spec(tx)
		return NamedComponent{component.Name, spec}, err
	}, func(n NamedComponent) any { return n.Name })
}

// specs reads one page of records and writes each as people do.
func specs[R, N any](ctx context.Context, d *db.DB, by actor.Actor, r page.Request, rows func(*db.Tx, string) ([]R, error),
	write func(*db.Tx, R) (N, error), key func(N) any) (list page.List[N], err error) {
	if err := people.Allow(by, people.ServiceRead, people.Target{}); err != nil {
		return list, err
	}
	var after string
	if _, err := page.Decode(r.Cursor, &after); err != nil {
		return list, err
	}
	out, err := view(ctx, d, func(tx *db.Tx) ([]N, error) {
		found, err := rows(tx, after)
		if err != nil {
			return nil, err
		}
		out := make([]N, len(found))
		for i, row := range found {
			if out[i], err = write(tx, row); err != nil {
				return nil, err
			}
		}
		return out, nil
	})
	return page.Of(out, r, key), err
}

// EnvironmentSpecs lists every environment by name as people write them; there are few.
func (c *Catalogue) EnvironmentSpecs(ctx context.Context, by actor.Actor) ([]NamedEnvironment, error) {
	list, err := c.Environments(ctx, by)
	out := make([]NamedEnvironment, len(list))
	for i, e := range list {
		out[i] = NamedEnvironment{e.Name, e.spec()}
	}
	return out, err
}

// EnvironmentSpecOf returns an environment as people write it, to be edited.
func (c *Catalogue) EnvironmentSpecOf(ctx context.Context, by actor.Actor, name string) (spec EnvironmentSpec, err error) {
	if err := people.Allow(by, people.ServiceRead, people.Target{}); err != nil {
		return spec, err
	}
	return view(ctx, c.db, func(tx *db.Tx) (EnvironmentSpec, error) {
		e, err := EnvironmentByName(tx, name)
		return e.spec(), err
	})
}
