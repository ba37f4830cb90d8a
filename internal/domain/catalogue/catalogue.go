package catalogue

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

// Policies knows the escalation policies, which stand above this room.
type Policies interface {
	// Exists reports whether there is a policy with this name.
	Exists(tx *db.Tx, name string) (bool, error)
}

// Config is what a Catalogue needs.
type Config struct {
	DB *db.DB
	// Policies checks the policy names of services; nil leaves them unchecked.
	Policies Policies
}

// Catalogue changes and lists services, components, environments and integration keys.
type Catalogue struct {
	db       *db.DB
	policies Policies
}

// New returns the catalogue.
func New(c Config) *Catalogue { return &Catalogue{db: c.DB, policies: c.Policies} }

// ServiceChanged is the payload of service.created, service.changed and service.deleted.
type ServiceChanged struct {
	Name string       `json:"name"`
	Was  *ServiceSpec `json:"was,omitempty"`
	Is   *ServiceSpec `json:"is,omitempty"`
}

// ApplyServiceIn creates the service, or changes it when it differs. Who may only act for
// their own teams needs one of them on the service before and after.
func (c *Catalogue) ApplyServiceIn(tx *db.Tx, by actor.Actor, name string, s ServiceSpec) (changed bool, err error) {
	if err := mayWriteSome(by); err != nil {
		return false, err
	}
	have, err := ServiceByName(tx, name)
	found, err := exists(have, err)
	if err != nil {
		return false, err
	}
	if found {
		if err := people.Allow(by, people.ServiceWrite, have.Target()); err != nil {
			return false, err
		}
	}
	want, environments, err := c.resolveService(tx, name, s)
	if err != nil {
		return false, err
	}
	want.ID = have.ID
	if err := people.Allow(by, people.ServiceWrite, want.Target()); err != nil {
		return false, err
	}
	return c.saveService(tx, by, found, have, want, environments)
}

// mayWriteSome refuses, before anything is said about what exists, whom nothing here would
// allow to write.
func mayWriteSome(by actor.Actor) error {
	return people.Allow(by, people.ServiceWrite, people.Target{Teams: by.Teams})
}

func (c *Catalogue) saveService(tx *db.Tx, by actor.Actor, found bool, have, want Service, environments []EnvironmentID) (bool, error) {
	spec, err := want.spec(tx)
	if err != nil {
		return false, err
	}
	event, payload := "service.changed", ServiceChanged{Name: want.Name, Is: &spec}
	if found {
		old, err := have.spec(tx)
		if err != nil || old.equal(spec) {
			return false, err
		}
		payload.Was = &old
	} else {
		event = "service.created"
		if want.ID, err = insertService(tx, want.Name); err != nil {
			return false, err
		}
	}
	if err := updateService(tx, want, environments); err != nil {
		return false, err
	}
	return true, ledger.Append(tx, by, ServiceRecord(want.ID), event, payload)
}

// resolveService validates the spec and looks up what it names.
func (c *Catalogue) resolveService(tx *db.Tx, name string, s ServiceSpec) (Service, []EnvironmentID, error) {
	var check errs.Check
	text.Name(&check, "name", name)
	s.Validate(&check)
	check.Require(s.Owner != "" || name == Unassigned, "owner", "is required: the team that owns the service")
	if err := check.Err("service " + quote(name)); err != nil {
		return Service{}, nil, err
	}
	r := resolver{tx: tx, check: &check}
	out := Service{
		Name: name, Title: or(text.Trim(s.Title), name), Description: s.Description, Tier: s.Tier,
		Owner: r.team("owner", s.Owner), OwnerName: s.Owner, AvailabilityTarget: s.AvailabilityTarget,
		Hours: r.calendar("hours", s.Hours), BusinessHours: r.calendar("business_hours", s.BusinessHours),
		Functions: s.Functions, UserGroups: s.UserGroups, Environments: s.Environments,
		SupportHours: s.SupportHours, WorkCycle: WorkCycle(s.WorkCycle), Runbook: s.Runbook,
		Policy: r.policy("policy", s.Policy, c.policies), GroupBy: s.GroupBy,
		RestoreWhenResolved: s.RestoreWhenResolved == nil || *s.RestoreWhenResolved,
	}
	for i, t := range s.Support {
		out.Support = append(out.Support, r.team(index("support", i), t))
	}
	var environments []EnvironmentID
	for i, e := range s.Environments {
		environments = append(environments, r.environment(index("environments", i), e))
	}
	return out, environments, r.end("service " + quote(name))
}

// spec writes the service as people do.
func (s Service) spec(tx *db.Tx) (ServiceSpec, error) {
	out := ServiceSpec{
		Title: leaveOut(s.Title, s.Name), Description: s.Description, Tier: s.Tier, Owner: s.OwnerName,
		Hours: s.Hours, BusinessHours: s.BusinessHours, AvailabilityTarget: s.AvailabilityTarget,
		Functions: s.Functions, UserGroups: s.UserGroups, Environments: s.Environments,
		SupportHours: s.SupportHours, WorkCycle: string(s.WorkCycle), Runbook: s.Runbook,
		Policy: s.Policy, GroupBy: s.GroupBy,
	}
	if !s.RestoreWhenResolved {
		out.RestoreWhenResolved = new(false)
	}
	for _, id := range s.Support {
		team, err := people.TeamByID(tx, id)
		if err != nil {
			return out, err
		}
		out.Support = append(out.Support, team.Name)
	}
	return out, nil
}

// equal compares what is stored: an empty list is the same as none.
func (s ServiceSpec) equal(o ServiceSpec) bool { return db.AsJSON(s) == db.AsJSON(o) }

// ServiceSpecOf returns a service as people write it, to be edited.
func (c *Catalogue) ServiceSpecOf(ctx context.Context, by actor.Actor, name string) (spec ServiceSpec, err error) {
	err = c.db.View(ctx, func(tx *db.Tx) error {
		s, err := c.readService(tx, by, name)
		if err == nil {
			spec, err = s.spec(tx)
		}
		return err
	})
	return spec, err
}

// ExportServicesIn returns every service by name, "unassigned" too.
func (c *Catalogue) ExportServicesIn(tx *db.Tx, by actor.Actor) ([]NamedService, error) {
	if err := people.Allow(by, people.ConfigExport, people.Target{}); err != nil {
		return nil, err
	}
	list, err := AllServices(tx)
	if err != nil {
		return nil, err
	}
	out := make([]NamedService, len(list))
	for i, s := range list {
		spec, err := s.spec(tx)
		if err != nil {
			return nil, err
		}
		out[i] = NamedService{s.Name, spec}
	}
	return out, nil
}

// DeleteServiceIn removes a service and its integration keys. What has components, alerts,
// incidents or customers stays; so does "unassigned".
func (c *Catalogue) DeleteServiceIn(tx *db.Tx, by actor.Actor, name string) error {
	s, err := c.readService(tx, by, name)
	if err != nil {
		return err
	}
	if err := people.Allow(by, people.ServiceWrite, s.Target()); err != nil {
		return err
	}
	if name == Unassigned {
		return errs.Conflictf("the service %q takes alerts that name no known service and cannot be deleted", name)
	}
	spec, err := s.spec(tx)
	if err != nil {
		return err
	}
	if err := deleteService(tx, s.ID); err != nil {
		return referenced(err, "service %q still has components, alerts, incidents or customers", name)
	}
	return ledger.Append(tx, by, ServiceRecord(s.ID), "service.deleted", ServiceChanged{Name: name, Was: &spec})
}

// EnsureUnassigned makes the service "unassigned" when it is missing; app calls it at start.
func EnsureUnassigned(tx *db.Tx) error {
	s, err := ServiceByName(tx, Unassigned)
	if found, err := exists(s, err); err != nil || found {
		return err
	}
	spec := ServiceSpec{Title: "Unassigned", Description: "Alerts that name no known service.", Tier: 2}
	_, err = New(Config{}).ApplyServiceIn(tx, actor.Mainstay, Unassigned, spec)
	return err
}

// Service returns one service.
func (c *Catalogue) Service(ctx context.Context, by actor.Actor, name string) (Service, error) {
	return view(ctx, c.db, func(tx *db.Tx) (Service, error) { return c.readService(tx, by, name) })
}

func (c *Catalogue) readService(tx *db.Tx, by actor.Actor, name string) (Service, error) {
	if err := people.Allow(by, people.ServiceRead, people.Target{}); err != nil {
		return Service{}, err
	}
	return ServiceByName(tx, name)
}

// Services lists services by name; q, when not empty, is a part of name or title.
func (c *Catalogue) Services(ctx context.Context, by actor.Actor, q string, r page.Request) (list page.List[Service], err error) {
	if err := people.Allow(by, people.ServiceRead, people.Target{}); err != nil {
		return list, err
	}
	var after string
	if _, err := page.Decode(r.Cursor, &after); err != nil {
		return list, err
	}
	rows, err := view(ctx, c.db, func(tx *db.Tx) ([]Service, error) { return pageOfServices(tx, after, q, r.Size()+1) })
	return page.Of(rows, r, func(s Service) any { return s.Name }), err
}

// view reads in a transaction of its own.
func view[T any](ctx context.Context, d *db.DB, read func(*db.Tx) (T, error)) (out T, err error) {
	err = d.View(ctx, func(tx *db.Tx) error {
		out, err = read(tx)
		return err
	})
	return out, err
}

// referenced turns the refusal of a foreign key into a Conflict that says what stands in the way.
func referenced(err error, format string, args ...any) error {
	if db.IsReferenced(err) {
		return errs.Conflictf(format+": remove or move them first", args...)
	}
	return err
}

// exists turns the outcome of a look-up into found or not.
func exists[T any](_ T, err error) (bool, error) {
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, db.ErrNone), errs.Is(err, errs.NotFound):
		return false, nil
	}
	return false, err
}

// unique refuses values that stand in a list twice.
func unique(c *errs.Check, path string, list []string) {
	seen := map[string]bool{}
	for i, v := range list {
		c.Require(!seen[v], index(path, i), "names %q a second time", v)
		seen[v] = true
	}
}

func index(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }

func quote(name string) string { return fmt.Sprintf("%q", name) }

// or is s, or other when s is empty; leaveOut is its inverse.
func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func leaveOut(s, other string) string {
	if s == other {
		return ""
	}
	return s
}
