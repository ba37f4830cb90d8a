package people

import (
	"mainstay/internal/base/errs"
	"mainstay/internal/engine/db"
)

// Above knows the records that users and teams name and that live in rooms above or beside
// this one.
type Above interface {
	// CustomerExists and CalendarExists report whether there is one with this name.
	CustomerExists(tx *db.Tx, name string) (bool, error)
	CalendarExists(tx *db.Tx, name string) (bool, error)
}

// checkUser refuses a user of a customer that does not exist. Configuration as code does not
// ask: there a customer may stand behind its users, and config looks when all has been applied.
func (s *Service) checkUser(tx *db.Tx, login string, spec UserSpec) error {
	if s.Above == nil || spec.Customer == "" {
		return nil
	}
	ok, err := s.Above.CustomerExists(tx, spec.Customer)
	if err != nil {
		return err
	}
	var c errs.Check
	c.Require(ok, "customer", "names %q, which does not exist", spec.Customer)
	return c.Err("user " + login)
}

// checkTeam is checkUser for the hours of a team.
func (s *Service) checkTeam(tx *db.Tx, name string, spec TeamSpec) error {
	if s.Above == nil || spec.Hours == "" {
		return nil
	}
	ok, err := s.Above.CalendarExists(tx, spec.Hours)
	if err != nil {
		return err
	}
	var c errs.Check
	c.Require(ok, "hours", "names %q, which does not exist", spec.Hours)
	return c.Err("team " + name)
}
