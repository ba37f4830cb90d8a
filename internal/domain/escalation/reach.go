package escalation

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

// called is somebody whom a step names, and why, in words to them.
type called struct {
	people.User
	why string // "you are on call for Payments first line"
}

// reach is whom targets name now.
type reach struct {
	people []called // each once, in order
	empty  []empty  // rosters on which nobody is on call
}

// empty is a roster on which nobody is on call.
type empty struct {
	roster  string // title
	planned bool   // that nobody is
}

// why says why a reach without people has none.
func (r reach) why() string {
	if len(r.empty) == 0 {
		return "nobody belongs to it"
	}
	for _, e := range r.empty {
		if !e.planned {
			return fmt.Sprintf("nobody is on call on %s, and nobody meant that", e.roster)
		}
	}
	return "nobody, as planned"
}

func (r *reach) add(list []people.User, why string) {
	for _, u := range list {
		known := slices.ContainsFunc(r.people, func(o called) bool { return o.ID == u.ID })
		if !known && !u.Disabled {
			r.people = append(r.people, called{u, why})
		}
	}
}

// resolve returns whom the targets name now.
func resolve(tx *db.Tx, sub Subject, targets []Target) (r reach, err error) {
	for _, t := range targets {
		if err := r.target(tx, sub, t); err != nil && !errors.Is(err, db.ErrNone) && !isNotFound(err) {
			return r, err
		}
	}
	return r, nil
}

func (r *reach) target(tx *db.Tx, sub Subject, t Target) error {
	switch {
	case t == supportManagers:
		return r.role(tx, actor.SupportManager, "you are a support manager")
	case t == admins:
		return r.role(tx, actor.Admin, "you are an administrator")
	case t.Person != "":
		u, err := people.UserByLogin(tx, t.Person)
		if err == nil {
			r.add([]people.User{u}, "you are named")
		}
		return err
	case t.Roster != "":
		e, err := oncall.ByName(tx, t.Roster)
		if err != nil {
			return err
		}
		return r.roster(tx, e)
	case t.Team != "":
		team, err := people.TeamByName(tx, t.Team)
		if err != nil {
			return err
		}
		return r.team(tx, team)
	}
	return r.level(tx, sub.Service, t.Level)
}

func (r *reach) role(tx *db.Tx, role actor.Role, why string) error {
	found, err := people.WithRole(tx, role)
	r.add(found, why)
	return err
}

func (r *reach) roster(tx *db.Tx, e oncall.Entry) error {
	found, state, err := e.StandingAt(tx, tx.Now())
	if err != nil {
		return err
	}
	if len(found) == 0 {
		r.empty = append(r.empty, empty{e.Title(), state == oncall.Nobody})
	}
	why := "you are on call for " + e.Title()
	if state == oncall.Fallback {
		why = "you stand in where nobody is on call for " + e.Title()
	}
	r.add(found, why)
	return nil
}

// team adds whoever is on call on the team's rosters. Only a team without a roster is called
// as a whole: an empty slot is a plan, or a gap that is told to who can close it.
func (r *reach) team(tx *db.Tx, team people.Team) error {
	rosters, err := oncall.OfTeam(tx, team.ID)
	if err != nil {
		return err
	}
	for _, e := range rosters {
		if err := r.roster(tx, e); err != nil {
			return err
		}
	}
	if len(rosters) > 0 {
		return nil
	}
	members, err := people.MembersOf(tx, team.ID)
	r.add(members, "you belong to "+team.Title)
	return err
}

// level adds the service's teams of one level.
func (r *reach) level(tx *db.Tx, service catalogue.Service, level people.Level) error {
	for _, id := range service.Teams() {
		team, err := people.TeamByID(tx, id)
		if err != nil {
			return err
		}
		if team.Level != level {
			continue
		}
		if err := r.team(tx, team); err != nil {
			return err
		}
	}
	return nil
}

// describe names targets as people call them: "Payments back line", "L3 developers".
func describe(tx *db.Tx, targets []Target) (string, error) {
	names := make([]string, len(targets))
	for i, t := range targets {
		name, err := titleOf(tx, t)
		if err != nil && !isNotFound(err) {
			return "", err
		}
		names[i] = name
	}
	return strings.Join(names, ", "), nil
}

// titleOf falls back to the target's name where it is gone.
func titleOf(tx *db.Tx, t Target) (string, error) {
	switch {
	case t == supportManagers, t == admins:
		return string(t.Level), nil
	case t.Person != "":
		u, err := people.UserByLogin(tx, t.Person)
		return or(u.Name, t.Person), err
	case t.Roster != "":
		e, err := oncall.ByName(tx, t.Roster)
		if err != nil {
			return t.Roster, err
		}
		return e.Title(), nil
	case t.Team != "":
		team, err := people.TeamByName(tx, t.Team)
		return or(team.Title, t.Team), err
	}
	return t.Level.Title(), nil
}

func or(a, b string) string {
	if a == "" {
		return b
	}
	return a
}
