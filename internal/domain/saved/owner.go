package saved

import (
	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

// owner finds out whose a spec is to be. A report sees what its owner may see, so nobody makes one
// in another's name; who may configure the desk may, because they could read everything anyway.
func (s *Shelf[S]) owner(tx *db.Tx, by actor.Actor, c *errs.Check, spec S, have Item[S]) (people.User, error) {
	named := spec.whose().owner
	same := spec.essence() == "" || have.ID != "" && spec.essence() == have.Spec.essence()
	owner, err := s.meant(tx, by, c, named, same, have)
	if err != nil {
		return owner, err
	}
	kept := owner.ID == have.Owner && have.ID != ""
	if named != "" && owner.ID != "" && !(kept && same) {
		if err := people.Allow(by, people.SearchWrite, people.Target{Owner: string(owner.ID)}); err != nil {
			return owner, err
		}
		c.Require(string(owner.ID) == by.ID || people.Can(by, people.ConfigApply, people.Target{}), "owner",
			"must be you: a report shows what its owner may see")
	}
	c.Require(!owner.Disabled || kept, "owner", "names %q, whose account is disabled", owner.Login)
	private := spec.whose().private
	c.Require(!private || owner.ID != "", "owner", "is required of what is private")
	c.Require(!private || have.ID == "" || have.Private || have.Mine(by) || have.Owner == "", "private", "is for its owner to say, who shares it now")
	c.Require(spec.essence() == "" || owner.ID != "", "owner", "is required: a report is made in a person's name")
	whole := by.Kind != actor.Token || len(by.Scopes) == 0 && by.Role == owner.Role
	c.Require(same || whole || string(owner.ID) != by.ID, "report", "is made in your name, so it needs you, or a token that may do all that you may")
	return owner, nil
}

// meant is the owner that a spec names, or that it has by itself.
func (s *Shelf[S]) meant(tx *db.Tx, by actor.Actor, c *errs.Check, named string, same bool, have Item[S]) (u people.User, err error) {
	switch {
	case named != "":
		u, err = people.UserByLogin(tx, named)
		if errs.Is(err, errs.NotFound) {
			c.Add("owner", "names %q, who does not exist", named)
			return people.User{}, nil
		}
	case have.ID != "" && have.Owner != "" && (same || by.Kind == actor.System):
		u, err = people.UserByID(tx, have.Owner)
	case by.Kind == actor.User || by.Kind == actor.Token:
		u, err = people.UserByID(tx, people.UserID(by.ID))
		if errs.Is(err, errs.NotFound) { // a token of the installation
			return people.User{}, nil
		}
	}
	return u, err
}
