package people

import (
	"context"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/engine/db"
)

// What pages and the API need of teams and users as people write them, each in a
// transaction of its own.

// TeamSpecs lists teams by name as people write them.
func (s *Service) TeamSpecs(ctx context.Context, by actor.Actor, f TeamFilter, r page.Request) (page.List[Named[TeamSpec]], error) {
	if err := Allow(by, TeamRead, Target{}); err != nil {
		return page.List[Named[TeamSpec]]{}, err
	}
	var out []Named[TeamSpec]
	err := s.DB.View(ctx, func(tx *db.Tx) error {
		rows, err := selectTeams(tx, f, r)
		if err != nil {
			return err
		}
		out = make([]Named[TeamSpec], len(rows))
		for i, t := range rows {
			spec, err := teamSpec(tx, t)
			if err != nil {
				return err
			}
			out[i] = Named[TeamSpec]{t.Name, spec}
		}
		return nil
	})
	return page.Of(out, r, func(n Named[TeamSpec]) any { return n.Name }), err
}

// DeleteUser is DeleteUserIn in a transaction of its own.
func (s *Service) DeleteUser(ctx context.Context, by actor.Actor, login string) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error { return s.DeleteUserIn(tx, by, login) })
}
