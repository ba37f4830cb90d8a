package people

import (
	"context"
	"log/slog"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/engine/db"
)

// Config is what a Service needs.
type Config struct {
	DB *db.DB
	// Log takes what concerns security and is no error of the caller; nil discards it.
	Log *slog.Logger
	// SessionIdle ends a session that long after its last use, 0 means 12 hours; SessionLife
	// ends it in any case, 0 means 7 days.
	SessionIdle, SessionLife time.Duration
	// Above is asked for what users and teams name; nil lets every name pass.
	Above Above
	// Left is told of a user who is disabled from now on, in the same transaction. Set it
	// before anything runs; nil tells nobody.
	Left func(*db.Tx, User) error
}

// Service is users, teams, and their ways in.
type Service struct {
	Config
	hasher *hasher
}

// New returns a service that is ready to use.
func New(c Config) *Service {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.SessionIdle == 0 {
		c.SessionIdle = 12 * time.Hour
	}
	if c.SessionLife == 0 {
		c.SessionLife = 7 * 24 * time.Hour
	}
	return &Service{Config: c, hasher: newHasher()}
}

// Named is a user or team under its name in configuration as code.
type Named[S UserSpec | TeamSpec] struct {
	Name string
	Spec S
}

// User returns a user by login.
func (s *Service) User(ctx context.Context, by actor.Actor, login string) (u User, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		u, err = s.UserIn(tx, by, login)
		return err
	})
	return u, err
}

// UserIn is User within the caller's transaction.
func (s *Service) UserIn(tx *db.Tx, by actor.Actor, login string) (User, error) {
	u, err := UserByLogin(tx, login)
	if errs.Is(err, errs.NotFound) {
		// Who may not read users must not learn which logins exist.
		if denied := Allow(by, UserRead, Target{}); denied != nil {
			return User{}, denied
		}
	}
	if err != nil {
		return User{}, err
	}
	if err := Allow(by, UserRead, u.Target()); err != nil {
		return User{}, err
	}
	return u, nil
}

// UserFilter narrows a list of users; its zero value lists the enabled ones.
type UserFilter struct {
	Query    string // part of the login or name, in any case
	Role     actor.Role
	Disabled bool // the disabled ones too
}

// ListUsers returns the users whom the actor may see, by login.
func (s *Service) ListUsers(ctx context.Context, by actor.Actor, f UserFilter, r page.Request) (page.List[User], error) {
	only := UserID("")
	if !Can(by, UserRead, Target{}) {
		if err := Allow(by, UserRead, Target{Owner: by.ID}); err != nil {
			return page.List[User]{}, err
		}
		only = UserID(by.ID)
	}
	var rows []User
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		rows, err = selectUsers(tx, f, only, r)
		return err
	})
	return page.Of(rows, r, func(u User) any { return u.Login }), err
}

// Team returns a team by name.
func (s *Service) Team(ctx context.Context, by actor.Actor, name string) (t Team, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		t, err = s.TeamIn(tx, by, name)
		return err
	})
	return t, err
}

// TeamIn is Team within the caller's transaction.
func (s *Service) TeamIn(tx *db.Tx, by actor.Actor, name string) (Team, error) {
	if err := Allow(by, TeamRead, Target{}); err != nil {
		return Team{}, err
	}
	return TeamByName(tx, name)
}

// TeamFilter narrows a list of teams; its zero value lists all.
type TeamFilter struct {
	Query string // part of the name or title, in any case
	Level Level
}

// ListTeams returns teams by name.
func (s *Service) ListTeams(ctx context.Context, by actor.Actor, f TeamFilter, r page.Request) (page.List[Team], error) {
	if err := Allow(by, TeamRead, Target{}); err != nil {
		return page.List[Team]{}, err
	}
	var rows []Team
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		rows, err = selectTeams(tx, f, r)
		return err
	})
	return page.Of(rows, r, func(t Team) any { return t.Name }), err
}

// Members returns the enabled members of a team, by login.
func (s *Service) Members(ctx context.Context, by actor.Actor, team TeamID) (out []User, err error) {
	if err := Allow(by, TeamRead, Target{}); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		out, err = MembersOf(tx, team)
		return err
	})
	return out, err
}
