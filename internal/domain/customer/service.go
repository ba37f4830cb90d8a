package customer

import (
	"context"
	"errors"
	"fmt"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// Services knows the services, a room of the same floor.
type Services interface {
	// ServiceExists reports whether there is a service with this name.
	ServiceExists(tx *db.Tx, name string) (bool, error)
}

// Config is what a Service needs.
type Config struct {
	DB       *db.DB
	Services Services
}

// Service changes and lists customers.
type Service struct {
	db       *db.DB
	services Services
}

// New returns the room's service.
func New(c Config) *Service { return &Service{db: c.DB, services: c.Services} }

// Changed is the payload of customer.created, customer.changed and customer.deleted.
type Changed struct {
	Name string `json:"name"`
	Was  *Spec  `json:"was,omitempty"`
	Is   *Spec  `json:"is,omitempty"`
}

// In is a customer as a page or a client of the API sends it.
type In struct {
	Name string
	Spec Spec
	// New refuses the edit when the name is taken.
	New bool
	// Version is the one that was looked at; the edit is refused when there is another by
	// now. 0 makes it in any case.
	Version int64
}

// Put makes a customer, or changes it, and returns it.
func (s *Service) Put(ctx context.Context, by actor.Actor, in In) (out Customer, err error) {
	err = s.db.Do(ctx, func(tx *db.Tx) error {
		if err := people.Allow(by, people.CustomerWrite, people.Target{Customers: []string{in.Name}}); err != nil {
			return err
		}
		have, err := ByName(tx, in.Name)
		if err != nil && !errs.Is(err, errs.NotFound) {
			return err
		}
		if err := in.check(have); err != nil {
			return err
		}
		if _, err := s.ApplyIn(tx, by, in.Name, in.Spec); err != nil {
			return err
		}
		out, err = ByName(tx, in.Name)
		return err
	})
	return out, err
}

// check refuses an edit of what somebody else has made, changed or removed meanwhile.
func (in In) check(have Customer) error {
	switch {
	case in.New && have.ID != "":
		return errs.Conflictf("there is a customer %q already", in.Name)
	case in.Version != 0 && have.ID == "":
		return errs.NotFoundf("customer %q is not there any more", in.Name)
	case in.Version != 0 && in.Version != have.Version:
		return errs.Conflictf("customer %q has been changed by somebody else: look at it again", in.Name)
	}
	return nil
}

// Delete is DeleteIn in a transaction of its own.
func (s *Service) Delete(ctx context.Context, by actor.Actor, name string) error {
	return s.db.Do(ctx, func(tx *db.Tx) error { return s.DeleteIn(tx, by, name) })
}

// UsersOf returns the customers who use a service, by name, for a page or the API.
func (s *Service) UsersOf(ctx context.Context, by actor.Actor, service string) (list []Customer, err error) {
	if err := people.Allow(by, people.CustomerRead, people.Target{}); err != nil {
		return nil, err
	}
	err = s.db.View(ctx, func(tx *db.Tx) error {
		list, err = Using(tx, service)
		return err
	})
	return list, err
}

// ApplyIn creates the customer, or changes it when it differs.
func (s *Service) ApplyIn(tx *db.Tx, by actor.Actor, name string, spec Spec) (changed bool, err error) {
	if err := people.Allow(by, people.CustomerWrite, people.Target{Customers: []string{name}}); err != nil {
		return false, err
	}
	owner, err := s.resolve(tx, name, spec)
	if err != nil {
		return false, err
	}
	have, err := ByName(tx, name)
	found := err == nil
	if err != nil && !errs.Is(err, errs.NotFound) {
		return false, err
	}
	spec = spec.normal(name)
	event, payload := "customer.created", Changed{Name: name, Is: &spec}
	if found {
		old, err := have.spec(tx)
		if err != nil || db.AsJSON(old) == db.AsJSON(spec) {
			return false, err
		}
		event, payload.Was = "customer.changed", &old
	}
	id, err := save(tx, have.ID, name, spec, owner)
	if err != nil {
		return false, err
	}
	return true, ledger.Append(tx, by, Record(id), event, payload)
}

// resolve validates the spec and looks up what it names.
func (s *Service) resolve(tx *db.Tx, name string, spec Spec) (owner people.UserID, err error) {
	what := fmt.Sprintf("customer %q", name)
	var check errs.Check
	text.Name(&check, "name", name)
	spec.Validate(&check)
	if err := check.Err(what); err != nil {
		return "", err
	}
	if spec.AccountOwner != "" {
		u, err := people.UserByLogin(tx, spec.AccountOwner)
		if err != nil && !errs.Is(err, errs.NotFound) {
			return "", err
		}
		check.Require(err == nil, "account_owner", "names %q, who does not exist", spec.AccountOwner)
		owner = u.ID
	}
	for i, service := range spec.Services {
		ok, err := s.services.ServiceExists(tx, service)
		if err != nil {
			return "", err
		}
		check.Require(ok, fmt.Sprintf("services[%d]", i), "names %q, which does not exist", service)
	}
	return owner, check.Err(what)
}

// spec writes the customer as people do.
func (c Customer) spec(tx *db.Tx) (Spec, error) {
	out := Spec{Title: c.Title, Description: c.Description, Zone: c.Zone, Services: c.Services, Contacts: c.Contacts}
	if c.AccountOwner != "" {
		u, err := people.UserByID(tx, c.AccountOwner)
		if err != nil {
			return out, err
		}
		out.AccountOwner = u.Login
	}
	return out.normal(c.Name), nil
}

// SpecOf returns a customer as people write it, to be edited.
func (s *Service) SpecOf(ctx context.Context, by actor.Actor, name string) (spec Spec, err error) {
	err = s.db.View(ctx, func(tx *db.Tx) error {
		c, err := read(tx, by, name)
		if err == nil {
			spec, err = c.spec(tx)
		}
		return err
	})
	return spec, err
}

// ExportIn returns every customer by name.
func (s *Service) ExportIn(tx *db.Tx, by actor.Actor) ([]Named, error) {
	if err := people.Allow(by, people.ConfigExport, people.Target{}); err != nil {
		return nil, err
	}
	list, err := All(tx)
	if err != nil {
		return nil, err
	}
	out := make([]Named, len(list))
	for i, c := range list {
		spec, err := c.spec(tx)
		if err != nil {
			return nil, err
		}
		out[i] = Named{c.Name, spec}
	}
	return out, nil
}

// DeleteIn removes a customer to whom no user belongs.
func (s *Service) DeleteIn(tx *db.Tx, by actor.Actor, name string) error {
	if err := people.Allow(by, people.CustomerWrite, people.Target{Customers: []string{name}}); err != nil {
		return err
	}
	c, err := ByName(tx, name)
	if err != nil {
		return err
	}
	users, err := people.AllUsers(tx)
	if err != nil {
		return err
	}
	for _, u := range users {
		if u.Customer == name {
			return errs.Conflictf("customer %q still has users, such as %q: move them first", name, u.Login)
		}
	}
	spec, err := c.spec(tx)
	if err != nil {
		return err
	}
	if err := remove(tx, c.ID); err != nil {
		if db.IsReferenced(err) {
			return errs.Conflictf("customer %q is still named by other records", name)
		}
		return err
	}
	return ledger.Append(tx, by, Record(c.ID), "customer.deleted", Changed{Name: name, Was: &spec})
}

// Customer returns one customer; clients find only their own, without what we note about it.
func (s *Service) Customer(ctx context.Context, by actor.Actor, name string) (c Customer, err error) {
	err = s.db.View(ctx, func(tx *db.Tx) error {
		c, err = read(tx, by, name)
		return err
	})
	return c, err
}

func read(tx *db.Tx, by actor.Actor, name string) (Customer, error) {
	if err := people.Allow(by, people.CustomerRead, people.Target{Customers: []string{name}}); err != nil {
		return Customer{}, err
	}
	c, err := ByName(tx, name)
	return c.seenBy(by), err
}

// List lists customers by name; clients see only their own, as Customer does. q, when not empty, is a part of
// name or title.
func (s *Service) List(ctx context.Context, by actor.Actor, q string, r page.Request) (list page.List[Customer], err error) {
	var own string
	if err := people.Allow(by, people.CustomerRead, people.Target{}); err != nil {
		own = by.Customer
		if people.Allow(by, people.CustomerRead, people.Target{Customers: []string{own}}) != nil {
			return list, err
		}
	}
	var after string
	if _, err := page.Decode(r.Cursor, &after); err != nil {
		return list, err
	}
	var rows []Customer
	err = s.db.View(ctx, func(tx *db.Tx) error {
		rows, err = pageOf(tx, own, after, q, r.Size()+1)
		return err
	})
	for i := range rows {
		rows[i] = rows[i].seenBy(by)
	}
	return page.Of(rows, r, func(c Customer) any { return c.Name }), err
}

// Using returns the customers who use a service, by name. The caller has checked its own
// permission.
func Using(tx *db.Tx, service string) ([]Customer, error) {
	return many(tx, `EXISTS (SELECT 1 FROM customer_service l WHERE l.customer = c.id AND l.service = ?)`, service)
}

// ByName returns the customer or NotFound. The caller has checked its own permission.
func ByName(tx *db.Tx, name string) (Customer, error) {
	return one(tx, name, `c.name = ?`)
}

// All returns every customer by name. The caller has checked its own permission.
func All(tx *db.Tx) ([]Customer, error) { return many(tx, `TRUE`) }

func one(tx *db.Tx, key, where string) (Customer, error) {
	c, err := db.One(tx, scan, `SELECT `+columns+` FROM customer c WHERE `+where, key)
	if errors.Is(err, db.ErrNone) {
		return c, errs.NotFoundf("there is no customer %q", key)
	}
	return c, err
}
