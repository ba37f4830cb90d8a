package escalation

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/id"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// PolicyID identifies a policy.
type PolicyID string

// Policy is a stored escalation policy.
type Policy struct {
	ID      PolicyID
	Name    string
	Spec    Spec
	Changed time.Time
}

// Named is a policy as configuration.
type Named struct {
	Name string
	Spec Spec
}

// Record is the ledger record of a policy.
func Record(p PolicyID) ledger.Record { return ledger.Record{Kind: "policy", ID: string(p)} }

// ByName returns the policy of that name.
func ByName(tx *db.Tx, name string) (Policy, error) {
	p, err := db.One(tx, scanPolicy, `SELECT id, name, spec, changed FROM policy WHERE name = ?`, name)
	return p, db.OrNotFound(err, "there is no escalation policy %q", name)
}

// Exists reports whether there is a policy of that name.
func Exists(tx *db.Tx, name string) (bool, error) {
	_, err := ByName(tx, name)
	if isNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

// All returns every policy by name.
func All(tx *db.Tx) ([]Policy, error) {
	return db.All(tx, scanPolicy, `SELECT id, name, spec, changed FROM policy ORDER BY name`)
}

func scanPolicy(s db.Scanner) (p Policy, err error) {
	return p, s.Scan(db.Text(&p.ID), &p.Name, db.JSON(&p.Spec), db.Time(&p.Changed))
}

// ApplyIn makes the policy of that name be as the spec says.
func (s *Service) ApplyIn(tx *db.Tx, by actor.Actor, name string, spec Spec) (changed bool, err error) {
	if err := people.Allow(by, people.PolicyWrite, people.Target{}); err != nil {
		return false, err
	}
	if err := check(tx, name, spec); err != nil {
		return false, err
	}
	old, err := ByName(tx, name)
	switch {
	case errs.Is(err, errs.NotFound):
		old = Policy{ID: id.New[PolicyID]()}
	case err != nil:
		return false, err
	case reflect.DeepEqual(old.Spec, spec):
		return false, nil
	}
	_, err = tx.Exec(`
		INSERT INTO policy (id, name, spec, created, changed) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET spec = excluded.spec, changed = excluded.changed`,
		string(old.ID), name, db.AsJSON(spec), tx.Now(), tx.Now())
	if err != nil {
		return false, err
	}
	return true, ledger.Append(tx, by, Record(old.ID), "policy.changed", spec)
}

// ExportIn returns every policy as configuration.
func (s *Service) ExportIn(tx *db.Tx, by actor.Actor) ([]Named, error) {
	if err := people.Allow(by, people.PolicyRead, people.Target{}); err != nil {
		return nil, err
	}
	all, err := All(tx)
	out := make([]Named, len(all))
	for i, p := range all {
		out[i] = Named{p.Name, p.Spec}
	}
	return out, err
}

// DeleteIn removes a policy that no service uses.
func (s *Service) DeleteIn(tx *db.Tx, by actor.Actor, name string) error {
	if err := people.Allow(by, people.PolicyWrite, people.Target{}); err != nil {
		return err
	}
	p, err := ByName(tx, name)
	if err != nil {
		return err
	}
	user, err := db.One(tx, db.Value[string], `SELECT name FROM service WHERE policy = ? ORDER BY name LIMIT 1`, name)
	if err == nil {
		return errs.Conflictf("policy %q is used by service %q: give it another one first", name, user)
	}
	if !errors.Is(err, db.ErrNone) {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM policy WHERE id = ?`, string(p.ID)); err != nil {
		return err
	}
	return ledger.Append(tx, by, Record(p.ID), "policy.deleted", nil)
}

// UsesCalendar returns a policy that judges hours by the calendar, as `policy "night"`;
// empty when there is none.
func UsesCalendar(tx *db.Tx, calendar string) (string, error) {
	return naming(tx, func(s Spec) bool { return s.Resolution.BusinessHours == calendar })
}

// UsesRoster returns a policy that pages the roster, as `policy "night"`; empty when there
// is none.
func UsesRoster(tx *db.Tx, roster string) (string, error) {
	return naming(tx, func(s Spec) bool {
		return slices.ContainsFunc(s.steps(), func(st Step) bool {
			return slices.ContainsFunc(st.Targets, func(t Target) bool { return t.Roster == roster })
		})
	})
}

func naming(tx *db.Tx, names func(Spec) bool) (string, error) {
	all, err := All(tx)
	if err != nil {
		return "", err
	}
	for _, p := range all {
		if names(p.Spec) {
			return fmt.Sprintf("policy %q", p.Name), nil
		}
	}
	return "", nil
}

// steps returns the steps of both clocks.
func (s Spec) steps() []Step {
	out := slices.Clone(s.Response.Steps)
	for _, l := range s.Resolution.Ladders {
		out = append(out, l.Steps...)
	}
	return out
}

// check validates the spec and that all it refers to exists.
func check(tx *db.Tx, name string, spec Spec) error {
	var c errs.Check
	c.Require(text.ValidName(name), "name", "must be lower-case letters, digits and dashes, at most 60")
	spec.Validate(&c)
	if cal := spec.Resolution.BusinessHours; cal != "" {
		if _, err := calendar.ByName(tx, cal); err != nil {
			if err := missing(&c, "resolution.business_hours", err); err != nil {
				return err
			}
		}
	}
	steps := map[string][]Step{"response.steps": spec.Response.Steps}
	for i, l := range spec.Resolution.Ladders {
		steps[fmt.Sprintf("resolution.ladders[%d].steps", i)] = l.Steps
	}
	for path, list := range steps {
		for i, step := range list {
			for j, t := range step.Targets {
				if err := missing(&c, fmt.Sprintf("%s[%d].targets[%d]", path, i, j), exists(tx, t)); err != nil {
					return err
				}
			}
		}
	}
	return c.Err(fmt.Sprintf("escalation policy %q", name))
}

// missing turns a NotFound into a refused field; other errors are returned.
func missing(c *errs.Check, path string, err error) error {
	if errs.Is(err, errs.NotFound) {
		c.Add(path, "%s", err)
		return nil
	}
	return err
}

// checkTarget refuses a target that names nobody whom we know.
func checkTarget(tx *db.Tx, t Target) error {
	var c errs.Check
	t.validate(&c, "to")
	if err := c.Err("the escalation"); err != nil {
		return err
	}
	if err := missing(&c, "to", exists(tx, t)); err != nil {
		return err
	}
	return c.Err("the escalation")
}

func exists(tx *db.Tx, t Target) (err error) {
	switch {
	case t.Person != "":
		_, err = people.UserByLogin(tx, t.Person)
	case t.Roster != "":
		_, err = oncall.ByName(tx, t.Roster)
	case t.Team != "":
		_, err = people.TeamByName(tx, t.Team)
	}
	return err
}
