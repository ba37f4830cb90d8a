package catalogue

import (
	"context"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/id"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// EnvironmentID identifies an environment.
type EnvironmentID string

// Environment is where services run: prod, pre-prod, uat, dr.
type Environment struct {
	ID          EnvironmentID
	Name        string
	Title       string
	Description string
	Created     time.Time
	Changed     time.Time
}

// EnvironmentRecord names an environment in the ledger.
func EnvironmentRecord(id EnvironmentID) ledger.Record {
	return ledger.Record{Kind: "environment", ID: string(id)}
}

// EnvironmentSpec is an environment as people write it.
type EnvironmentSpec struct {
	Title       string `yaml:"title,omitempty" json:"title,omitempty" doc:"Name for people; the environment's name when left out."`
	Description string `yaml:"description,omitempty" json:"description,omitempty" doc:"What it is for."`
}

// NamedEnvironment is an environment in an export.
type NamedEnvironment struct {
	Name string
	Spec EnvironmentSpec
}

// Validate collects what is wrong with the spec.
func (s EnvironmentSpec) Validate(c *errs.Check) {
	text.Line(c, "title", s.Title)
	text.Block(c, "description", s.Description)
}

func (e Environment) spec() EnvironmentSpec {
	return EnvironmentSpec{Title: leaveOut(e.Title, e.Name), Description: e.Description}
}

// ApplyEnvironmentIn creates the environment, or changes it when it differs.
func (c *Catalogue) ApplyEnvironmentIn(tx *db.Tx, by actor.Actor, name string, s EnvironmentSpec) (changed bool, err error) {
	if err := people.Allow(by, people.ServiceWrite, people.Target{}); err != nil {
		return false, err
	}
	var check errs.Check
	text.Name(&check, "name", name)
	s.Validate(&check)
	if err := check.Err("environment " + quote(name)); err != nil {
		return false, err
	}
	have, err := EnvironmentByName(tx, name)
	found, err := exists(have, err)
	if err != nil || found && have.spec() == s.normal(name) {
		return false, err
	}
	event, payload := "environment.changed", EnvironmentChanged{Name: name, Is: new(s.normal(name))}
	if found {
		payload.Was = new(have.spec())
	} else {
		event, have.ID = "environment.created", id.New[EnvironmentID]()
	}
	if err := saveEnvironment(tx, have.ID, name, s); err != nil {
		return false, err
	}
	return true, ledger.Append(tx, by, EnvironmentRecord(have.ID), event, payload)
}

// EnvironmentChanged is the payload of environment.created, environment.changed and environment.deleted.
type EnvironmentChanged struct {
	Name string           `json:"name"`
	Was  *EnvironmentSpec `json:"was,omitempty"`
	Is   *EnvironmentSpec `json:"is,omitempty"`
}

// normal gives equal environments equal specs.
func (s EnvironmentSpec) normal(name string) EnvironmentSpec {
	s.Title = leaveOut(text.Trim(s.Title), name)
	return s
}

// ExportEnvironmentsIn returns every environment by name.
func (c *Catalogue) ExportEnvironmentsIn(tx *db.Tx, by actor.Actor) ([]NamedEnvironment, error) {
	if err := people.Allow(by, people.ConfigExport, people.Target{}); err != nil {
		return nil, err
	}
	list, err := AllEnvironments(tx)
	out := make([]NamedEnvironment, len(list))
	for i, e := range list {
		out[i] = NamedEnvironment{e.Name, e.spec()}
	}
	return out, err
}

// DeleteEnvironmentIn removes an environment in which nothing runs.
func (c *Catalogue) DeleteEnvironmentIn(tx *db.Tx, by actor.Actor, name string) error {
	if err := people.Allow(by, people.ServiceWrite, people.Target{}); err != nil {
		return err
	}
	e, err := EnvironmentByName(tx, name)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM environment WHERE id = ?`, string(e.ID)); err != nil {
		return referenced(err, "environment %q still has services or components", name)
	}
	return ledger.Append(tx, by, EnvironmentRecord(e.ID), "environment.deleted", EnvironmentChanged{Name: name, Was: new(e.spec())})
}

// Environments lists every environment by name; there are few.
func (c *Catalogue) Environments(ctx context.Context, by actor.Actor) ([]Environment, error) {
	if err := people.Allow(by, people.ServiceRead, people.Target{}); err != nil {
		return nil, err
	}
	return view(ctx, c.db, AllEnvironments)
}

// EnvironmentByName reads an environment for another room, which has checked its own permission.
func EnvironmentByName(tx *db.Tx, name string) (Environment, error) {
	e, err := db.One(tx, scanEnvironment, `SELECT `+environmentColumns+` FROM environment WHERE name = ?`, name)
	return e, db.OrNotFound(err, "there is no environment %q", name)
}

// AllEnvironments returns every environment by name.
func AllEnvironments(tx *db.Tx) ([]Environment, error) {
	return db.All(tx, scanEnvironment, `SELECT `+environmentColumns+` FROM environment ORDER BY name`)
}

const environmentColumns = `id, name, title, description, created, changed`

func scanEnvironment(r db.Scanner) (e Environment, err error) {
	return e, r.Scan(&e.ID, &e.Name, &e.Title, &e.Description, db.Time(&e.Created), db.Time(&e.Changed))
}

func saveEnvironment(tx *db.Tx, id EnvironmentID, name string, s EnvironmentSpec) error {
	_, err := tx.Exec(`
		INSERT INTO environment (id, name, title, description, created, changed) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET title = excluded.title, description = excluded.description, changed = excluded.changed`,
		string(id), name, or(text.Trim(s.Title), name), s.Description, tx.Now(), tx.Now())
	return err
}
