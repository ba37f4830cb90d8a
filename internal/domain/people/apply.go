package people

import (
	"context"
	"slices"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// UserChanged is the payload of user.created and user.changed.
type UserChanged struct {
	Login string    `json:"login"`
	Was   *UserSpec `json:"was,omitempty"`
	Is    UserSpec  `json:"is"`
}

// TeamChanged is the payload of team.created, team.changed and team.deleted.
type TeamChanged struct {
	Name string    `json:"name"`
	Was  *TeamSpec `json:"was,omitempty"`
	Is   *TeamSpec `json:"is,omitempty"`
}

// ApplyUser makes the user what the spec says and reports whether that changed anything.
func (s *Service) ApplyUser(ctx context.Context, by actor.Actor, login string, spec UserSpec) (changed bool, err error) {
	err = s.DB.Do(ctx, func(tx *db.Tx) error {
		if changed, err = s.ApplyUserIn(tx, by, login, spec); err != nil {
			return err
		}
		return s.checkUser(tx, login, spec)
	})
	return changed, err
}

// ApplyUserIn is ApplyUser within the caller's transaction. People may change their own
// name, mail address and zone; all else takes permission over every user.
func (s *Service) ApplyUserIn(tx *db.Tx, by actor.Actor, login string, spec UserSpec) (changed bool, err error) {
	was, err := UserByLogin(tx, login)
	isNew := errs.Is(err, errs.NotFound)
	if err != nil && !isNew {
		return false, err
	}
	if err := Allow(by, UserWrite, was.Target()); err != nil {
		return false, err
	}
	var check errs.Check
	checkLogin(&check, login)
	spec.Validate(&check)
	if err := check.Err("user " + login); err != nil {
		return false, err
	}
	spec = spec.normal(login)
	if isNew {
		return true, createUser(tx, by, login, spec)
	}
	if spec == was.Spec() {
		return false, nil
	}
	return true, s.changeUser(tx, by, was, spec)
}

func createUser(tx *db.Tx, by actor.Actor, login string, spec UserSpec) error {
	userID, err := insertUser(tx, login, spec)
	if db.IsDuplicate(err) {
		return errs.Conflictf("user %q has just been made by somebody else", login)
	}
	if err != nil {
		return err
	}
	return ledger.Append(tx, by, UserRecord(userID), "user.created", UserChanged{Login: login, Is: spec})
}

func (s *Service) changeUser(tx *db.Tx, by actor.Actor, was User, spec UserSpec) error {
	if err := mayChange(tx, by, was, spec); err != nil {
		return err
	}
	if err := updateUser(tx, was, spec); err != nil {
		return err
	}
	if spec.Disabled && !was.Disabled {
		if err := s.leave(tx, was); err != nil {
			return err
		}
	}
	old := was.Spec()
	return ledger.Append(tx, by, UserRecord(was.ID), "user.changed", UserChanged{Login: was.Login, Was: &old, Is: spec})
}

// leave takes the ways in from a user, and tells the rooms that relied on them.
func (s *Service) leave(tx *db.Tx, u User) error {
	if err := shutOut(tx, u.ID); err != nil || s.Left == nil {
		return err
	}
	return s.Left(tx, u)
}

func mayChange(tx *db.Tx, by actor.Actor, was User, spec UserSpec) error {
	reshaped := spec.Role != was.Role || spec.Customer != was.Customer || spec.Disabled != was.Disabled
	if reshaped {
		if err := Allow(by, UserWrite, Target{}); err != nil {
			return errs.Forbiddenf("only an admin may change the role, the customer or the disabling of user %q", was.Login)
		}
	}
	if was.Role == actor.Admin && !was.Disabled && (spec.Role != actor.Admin || spec.Disabled) {
		return anotherAdmin(tx, was)
	}
	return nil
}

// anotherAdmin refuses to leave the desk without an admin.
func anotherAdmin(tx *db.Tx, but User) error {
	admins, err := WithRole(tx, actor.Admin)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(admins, func(u User) bool { return u.ID != but.ID }) {
		return nil
	}
	return errs.Conflictf("user %q is the last admin: make another user admin first", but.Login)
}

// DeleteUserIn disables a user: events name people, so they stay.
func (s *Service) DeleteUserIn(tx *db.Tx, by actor.Actor, login string) error {
	if err := Allow(by, UserWrite, Target{}); err != nil {
		return err
	}
	was, err := UserByLogin(tx, login)
	if err != nil || was.Disabled {
		return err
	}
	spec := was.Spec()
	spec.Disabled = true
	return s.changeUser(tx, by, was, spec)
}

// ExportUsersIn returns every user as configuration as code.
func (s *Service) ExportUsersIn(tx *db.Tx, by actor.Actor) ([]Named[UserSpec], error) {
	if err := Allow(by, UserRead, Target{}); err != nil {
		return nil, err
	}
	users, err := AllUsers(tx)
	if err != nil {
		return nil, err
	}
	out := make([]Named[UserSpec], len(users))
	for i, u := range users {
		out[i] = Named[UserSpec]{Name: u.Login, Spec: u.Spec()}
	}
	return out, nil
}

// ApplyTeam makes the team what the spec says and reports whether that changed anything.
func (s *Service) ApplyTeam(ctx context.Context, by actor.Actor, name string, spec TeamSpec) (changed bool, err error) {
	err = s.DB.Do(ctx, func(tx *db.Tx) error {
		if changed, err = s.ApplyTeamIn(tx, by, name, spec); err != nil {
			return err
		}
		return s.checkTeam(tx, name, spec)
	})
	return changed, err
}

// ApplyTeamIn is ApplyTeam within the caller's transaction.
func (s *Service) ApplyTeamIn(tx *db.Tx, by actor.Actor, name string, spec TeamSpec) (changed bool, err error) {
	was, err := TeamByName(tx, name)
	isNew := errs.Is(err, errs.NotFound)
	if err != nil && !isNew {
		return false, err
	}
	if err := Allow(by, TeamWrite, was.Target()); err != nil {
		return false, err
	}
	spec = spec.normal(name)
	owner, members, err := resolveTeam(tx, name, spec)
	if err != nil {
		return false, err
	}
	if isNew {
		return true, createTeam(tx, by, name, spec, owner, members)
	}
	old, err := teamSpec(tx, was)
	if err != nil || old.equal(spec) {
		return false, err
	}
	if err := updateTeam(tx, was.ID, name, spec, owner, members); err != nil {
		return false, err
	}
	return true, ledger.Append(tx, by, TeamRecord(was.ID), "team.changed", TeamChanged{Name: name, Was: &old, Is: &spec})
}

// resolveTeam validates the spec and looks up whom it names.
func resolveTeam(tx *db.Tx, name string, spec TeamSpec) (owner UserID, members []UserID, err error) {
	var check errs.Check
	text.Name(&check, "name", name)
	spec.Validate(&check)
	if err := check.Err("team " + name); err != nil {
		return "", nil, err
	}
	for _, login := range spec.Members {
		userID, err := resolveUser(tx, &check, "members", login)
		if err != nil {
			return "", nil, err
		}
		members = append(members, userID)
	}
	if spec.Owner != "" {
		if owner, err = resolveUser(tx, &check, "owner", spec.Owner); err != nil {
			return "", nil, err
		}
	}
	return owner, members, check.Err("team " + name)
}

func resolveUser(tx *db.Tx, check *errs.Check, path, login string) (UserID, error) {
	u, err := UserByLogin(tx, login)
	if errs.Is(err, errs.NotFound) {
		check.Add(path, "names %q, but there is no such user", login)
		return "", nil
	}
	return u.ID, err
}

func createTeam(tx *db.Tx, by actor.Actor, name string, spec TeamSpec, owner UserID, members []UserID) error {
	teamID, err := insertTeam(tx, name)
	if db.IsDuplicate(err) {
		return errs.Conflictf("team %q has just been made by somebody else", name)
	}
	if err != nil {
		return err
	}
	if err := updateTeam(tx, teamID, name, spec, owner, members); err != nil {
		return err
	}
	return ledger.Append(tx, by, TeamRecord(teamID), "team.created", TeamChanged{Name: name, Is: &spec})
}

// DeleteTeamIn removes a team that no other record refers to.
func (s *Service) DeleteTeamIn(tx *db.Tx, by actor.Actor, name string) error {
	if err := Allow(by, TeamWrite, Target{}); err != nil {
		return err
	}
	t, err := TeamByName(tx, name)
	if err != nil {
		return err
	}
	spec, err := teamSpec(tx, t)
	if err != nil {
		return err
	}
	err = deleteTeam(tx, t.ID)
	if db.IsReferenced(err) {
		return errs.Conflictf("team %q is still used by services, rosters or policies: take it out of them first", name)
	}
	if err != nil {
		return err
	}
	return ledger.Append(tx, by, TeamRecord(t.ID), "team.deleted", TeamChanged{Name: name, Was: &spec})
}

// ExportTeamsIn returns every team as configuration as code.
func (s *Service) ExportTeamsIn(tx *db.Tx, by actor.Actor) ([]Named[TeamSpec], error) {
	if err := Allow(by, TeamRead, Target{}); err != nil {
		return nil, err
	}
	teams, err := AllTeams(tx)
	if err != nil {
		return nil, err
	}
	out := make([]Named[TeamSpec], len(teams))
	for i, t := range teams {
		spec, err := teamSpec(tx, t)
		if err != nil {
			return nil, err
		}
		out[i] = Named[TeamSpec]{Name: t.Name, Spec: spec}
	}
	return out, nil
}

// teamSpec turns the ids of a team back into logins, the disabled members' too.
func teamSpec(tx *db.Tx, t Team) (TeamSpec, error) {
	spec := TeamSpec{Title: t.Title, Level: t.Level, Hours: t.Hours, Contact: t.Contact, ReviewBy: t.ReviewBy}
	if spec.Title == t.Name {
		spec.Title = ""
	}
	logins, err := db.All(tx, db.Value[string], `
		SELECT u.login FROM app_user u JOIN membership m ON m.user_id = u.id WHERE m.team = ? ORDER BY u.login`, string(t.ID))
	spec.Members = logins
	if err != nil || t.Owner == "" {
		return spec, err
	}
	owner, err := UserByID(tx, t.Owner)
	spec.Owner = owner.Login
	return spec, err
}
