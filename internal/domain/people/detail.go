package people

import (
	"context"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/engine/db"
)

// TeamsOf returns the teams of a user, by name.
func (s *Service) TeamsOf(ctx context.Context, by actor.Actor, user UserID) (out []Team, err error) {
	if err := Allow(by, TeamRead, Target{Owner: string(user)}); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		out, err = db.All(tx, scanTeam, `
			SELECT `+teamColumns+` FROM team t JOIN membership tm ON tm.team = t.id
			WHERE tm.user_id = ? ORDER BY t.name`, string(user))
		return err
	})
	return out, err
}

// TeamSpecOf returns a team as people write it, to be edited.
func (s *Service) TeamSpecOf(ctx context.Context, by actor.Actor, name string) (spec TeamSpec, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		t, err := s.TeamIn(tx, by, name)
		if err == nil {
			spec, err = teamSpec(tx, t)
		}
		return err
	})
	return spec, err
}

// DeleteTeam is DeleteTeamIn in a transaction of its own.
func (s *Service) DeleteTeam(ctx context.Context, by actor.Actor, name string) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error { return s.DeleteTeamIn(tx, by, name) })
}

// AddUser makes a new user; a login that is taken is a refused field.
func (s *Service) AddUser(ctx context.Context, by actor.Actor, login string, spec UserSpec) error {
	if err := Allow(by, UserWrite, Target{}); err != nil {
		return err
	}
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		if _, err := UserByLogin(tx, login); !errs.Is(err, errs.NotFound) {
			return taken(err, "login", login)
		}
		if _, err := s.ApplyUserIn(tx, by, login, spec); err != nil {
			return err
		}
		return s.checkUser(tx, login, spec)
	})
}

// AddTeam makes a new team; a name that is taken is a refused field.
func (s *Service) AddTeam(ctx context.Context, by actor.Actor, name string, spec TeamSpec) error {
	if err := Allow(by, TeamWrite, Target{}); err != nil {
		return err
	}
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		if _, err := TeamByName(tx, name); !errs.Is(err, errs.NotFound) {
			return taken(err, "team", name)
		}
		if _, err := s.ApplyTeamIn(tx, by, name, spec); err != nil {
			return err
		}
		return s.checkTeam(tx, name, spec)
	})
}

// taken is the outcome of a look-up that should have found nothing.
func taken(err error, what, name string) error {
	if err != nil {
		return err
	}
	var c errs.Check
	c.Add("name", "%q is taken: choose another", name)
	return c.Err("the new " + what)
}
