package escalation

import (
	"context"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

// What pages and the API need of policies, each in a transaction of its own.

// Policies lists policies by name.
func (s *Service) Policies(ctx context.Context, by actor.Actor, r page.Request) (list page.List[Policy], err error) {
	if err := people.Allow(by, people.PolicyRead, people.Target{}); err != nil {
		return list, err
	}
	var after string
	if _, err := page.Decode(r.Cursor, &after); err != nil {
		return list, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		rows, err := db.All(tx, scanPolicy, `
			SELECT id, name, spec, changed FROM policy WHERE name > ? ORDER BY name LIMIT ?`, after, r.Size()+1)
		list = page.Of(rows, r, func(p Policy) any { return p.Name })
		return err
	})
	return list, err
}

// Policy returns a policy by name.
func (s *Service) Policy(ctx context.Context, by actor.Actor, name string) (p Policy, err error) {
	if err := people.Allow(by, people.PolicyRead, people.Target{}); err != nil {
		return p, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		p, err = ByName(tx, name)
		return err
	})
	return p, err
}

// Apply is ApplyIn in a transaction of its own.
func (s *Service) Apply(ctx context.Context, by actor.Actor, name string, spec Spec) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		_, err := s.ApplyIn(tx, by, name, spec)
		return err
	})
}

// Delete is DeleteIn in a transaction of its own.
func (s *Service) Delete(ctx context.Context, by actor.Actor, name string) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error { return s.DeleteIn(tx, by, name) })
}
