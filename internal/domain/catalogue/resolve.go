package catalogue

import (
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

// resolver looks up what a spec names and collects what does not exist, so that people see
// all of it at once. A failing database ends the look-ups; end returns its error.
type resolver struct {
	tx    *db.Tx
	check *errs.Check
	err   error
}

// end returns what went wrong, if anything did.
func (r *resolver) end(what string) error {
	if r.err != nil {
		return r.err
	}
	return r.check.Err(what)
}

// look runs one look-up and returns its id; "" stays "".
func look[T any, ID ~string](r *resolver, path, name string, find func(*db.Tx, string) (T, error), id func(T) ID) ID {
	if name == "" || r.err != nil {
		return ""
	}
	v, err := find(r.tx, name)
	if errs.Is(err, errs.NotFound) {
		r.check.Add(path, "names %q, which does not exist", name)
		return ""
	}
	r.err = err
	return id(v)
}

func (r *resolver) team(path, name string) people.TeamID {
	return look(r, path, name, people.TeamByName, func(t people.Team) people.TeamID { return t.ID })
}

func (r *resolver) service(path, name string) ServiceID {
	return look(r, path, name, ServiceByName, func(s Service) ServiceID { return s.ID })
}

func (r *resolver) environment(path, name string) EnvironmentID {
	return look(r, path, name, EnvironmentByName, func(e Environment) EnvironmentID { return e.ID })
}

func (r *resolver) component(path, name string) ComponentID {
	return look(r, path, name, ComponentByName, func(c Component) ComponentID { return c.ID })
}

// calendar and policy are kept by name, which does not change.
func (r *resolver) calendar(path, name string) string {
	return look(r, path, name, calendar.ByName, func(c calendar.Entry) string { return c.Name })
}

func (r *resolver) policy(path, name string, known Policies) string {
	if name == "" || known == nil || r.err != nil {
		return name
	}
	ok, err := known.Exists(r.tx, name)
	r.check.Require(ok || err != nil, path, "names %q, which does not exist", name)
	r.err = err
	return name
}
