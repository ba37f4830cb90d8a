package check

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/id"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/source"
	"mainstay/internal/engine/db"
	"mainstay/internal/probe"
)

const columns = `c.id, c.name, c.spec, c.service, c.component, c.version, c.created, c.changed`

// scanStored reads a check with its secrets encrypted.
func scanStored(sc db.Scanner) (c Check, err error) {
	return c, sc.Scan(&c.ID, &c.Name, db.JSON(&c.Spec), db.Text(&c.Service), db.Text(&c.Component), &c.Version, db.Time(&c.Created), db.Time(&c.Changed))
}

// scan reads a check as people see it.
func scan(sc db.Scanner) (Check, error) {
	c, err := scanStored(sc)
	c.Spec = masked(c.Spec)
	return c, err
}

func all(tx *db.Tx) ([]Check, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM check_spec c ORDER BY c.name`)
}

// ByName returns the check or NotFound. The caller has checked its own permission.
func ByName(tx *db.Tx, name string) (Check, error) {
	c, _, err := storedByName(tx, name)
	return c, err
}

// storedByName returns the check as people see it, and its spec as it is stored.
func storedByName(tx *db.Tx, name string) (c Check, stored Spec, err error) {
	c, err = db.One(tx, scanStored, `SELECT `+columns+` FROM check_spec c WHERE c.name = ?`, name)
	if errors.Is(err, db.ErrNone) {
		return c, stored, errs.NotFoundf("there is no check %q", name)
	}
	stored, c.Spec = c.Spec, masked(c.Spec)
	return c, stored, err
}

// UsesCalendar finds a check that names the calendar; see calendar.Uses.
func UsesCalendar(tx *db.Tx, name string) (string, error) {
	names, err := db.All(tx, db.Value[string], `SELECT name FROM check_spec WHERE hours = ? ORDER BY name LIMIT 1`, name)
	if err != nil || len(names) == 0 {
		return "", err
	}
	return fmt.Sprintf("check %q", names[0]), nil
}

// save writes a check; an empty id makes a new one.
func save(tx *db.Tx, c Check, stored Spec) (ID, error) {
	if c.ID == "" {
		c.ID = id.New[ID]()
	}
	_, err := tx.Exec(`
		INSERT INTO check_spec (id, name, spec, disabled, service, component, hours, version, created, changed)
		VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?)
		ON CONFLICT (id) DO UPDATE SET spec = excluded.spec, disabled = excluded.disabled, service = excluded.service,
			component = excluded.component, hours = excluded.hours, version = check_spec.version + 1, changed = excluded.changed`,
		string(c.ID), c.Name, db.AsJSON(stored), stored.Disabled, orNull(c.Service), orNull(c.Component), stored.Hours, tx.Now(), tx.Now())
	if db.IsDuplicate(err) {
		return c.ID, errs.Conflictf("check %q has just been made by somebody else", c.Name)
	}
	return c.ID, err
}

// orNull stores an empty reference as NULL.
func orNull[T ~string](id T) any {
	if id == "" {
		return nil
	}
	return string(id)
}

// references are what a spec names, looked up.
type references struct {
	service   catalogue.ServiceID
	component catalogue.ComponentID
}

func resolve(tx *db.Tx, name string, spec Spec) (r references, err error) {
	what := fmt.Sprintf("check %q", name)
	var c errs.Check
	text.Name(&c, "name", name)
	spec.Validate(&c)
	if err := c.Err(what); err != nil {
		return r, err
	}
	look := func(field, named string, get func() error) {
		if named == "" || err != nil {
			return
		}
		if e := get(); errs.Is(e, errs.NotFound) {
			c.Add(field, "names %q, which does not exist", named)
		} else {
			err = e
		}
	}
	look("service", spec.Service, func() error {
		s, err := catalogue.ServiceByName(tx, spec.Service)
		r.service = s.ID
		return err
	})
	look("component", spec.Component, func() error {
		c, err := catalogue.ComponentByName(tx, spec.Component)
		r.component = c.ID
		return err
	})
	look("hours", spec.Hours, func() error { _, err := calendar.ByName(tx, spec.Hours); return err })
	for i, f := range spec.From {
		look(fmt.Sprintf("from[%d].source", i), f.Source, func() error { _, err := source.ByName(tx, f.Source); return err })
	}
	if err != nil {
		return r, err
	}
	return r, c.Err(what)
}

// setVersion is the version of the set of checks.
func setVersion(tx *db.Tx) (int64, error) {
	return db.One(tx, db.Value[int64], `SELECT version FROM check_set WHERE one = 1`)
}

func scanStanding(sc db.Scanner) (s standing, err error) {
	return s, sc.Scan(db.Text(&s.state), &s.message, db.Time(&s.since), db.Text(&s.alert), db.Time(&s.told))
}

const standingColumns = `state, message, since, alert, told`

// standingOf reads how it stands with a check.
func standingOf(tx *db.Tx, check ID) (standing, error) {
	s, err := db.One(tx, scanStanding, `SELECT `+standingColumns+` FROM check_state WHERE check_id = ?`, string(check))
	if errors.Is(err, db.ErrNone) {
		return standing{state: Waiting}, nil
	}
	return s, err
}

func saveStanding(tx *db.Tx, check ID, s standing) error {
	_, err := tx.Exec(`
		INSERT INTO check_state (check_id, state, message, since, alert, told) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (check_id) DO UPDATE SET state = excluded.state, message = excluded.message, since = excluded.since,
			alert = excluded.alert, told = excluded.told`,
		string(check), string(s.state), s.message, s.since, string(s.alert), s.told)
	return err
}

func savePlace(tx *db.Tx, check ID, p Place) error {
	_, err := tx.Exec(`
		INSERT INTO check_place (check_id, place, state, since, at, result) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (check_id, place) DO UPDATE SET state = excluded.state, since = excluded.since, at = excluded.at,
			result = excluded.result`,
		string(check), p.Name, string(p.State), p.Since, p.At, db.AsJSON(p.Result))
	return err
}

func scanPlace(sc db.Scanner) (p Place, err error) {
	return p, sc.Scan(&p.Name, db.Text(&p.State), db.Time(&p.Since), db.Time(&p.At), db.JSON(&p.Result))
}

// placesOf reads the locations of a check: those that it has now, those not heard of yet as waiting.
func placesOf(tx *db.Tx, c Check) ([]Place, error) {
	rows, err := db.All(tx, scanPlace, `SELECT place, state, since, at, result FROM check_place WHERE check_id = ?`, string(c.ID))
	return complete(c, rows), err
}

// complete gives every location of a check its place.
func complete(c Check, known []Place) []Place {
	out := make([]Place, 0, len(c.Spec.Places()))
	for _, name := range c.Spec.Places() {
		i := slices.IndexFunc(known, func(p Place) bool { return p.Name == name })
		if i < 0 {
			out = append(out, Place{Name: name, State: Waiting, Result: probe.Result{State: probe.Unknown, Message: "no result yet"}})
			continue
		}
		out = append(out, known[i])
	}
	return out
}

// ofCheck is a location with the check that it is of.
type ofCheck struct {
	check ID
	Place
}

func allPlaces(tx *db.Tx) (map[ID][]Place, error) {
	rows, err := db.All(tx, func(sc db.Scanner) (o ofCheck, err error) {
		return o, sc.Scan(&o.check, &o.Name, db.Text(&o.State), db.Time(&o.Since), db.Time(&o.At), db.JSON(&o.Result))
	}, `SELECT check_id, place, state, since, at, result FROM check_place`)
	out := map[ID][]Place{}
	for _, r := range rows {
		out[r.check] = append(out[r.check], r.Place)
	}
	return out, err
}

type standingFor struct {
	check ID
	standing
}

func allStandings(tx *db.Tx) (map[ID]standing, error) {
	rows, err := db.All(tx, func(sc db.Scanner) (o standingFor, err error) {
		return o, sc.Scan(&o.check, db.Text(&o.state), &o.message, db.Time(&o.since), db.Text(&o.alert), db.Time(&o.told))
	}, `SELECT check_id, `+standingColumns+` FROM check_state`)
	out := map[ID]standing{}
	for _, r := range rows {
		out[r.check] = r.standing
	}
	return out, err
}

// agent is a host whose agent asks for checks.
type agent struct {
	host, source string
	every        time.Duration
	heard        time.Time
}

func allAgents(tx *db.Tx) ([]agent, error) {
	return db.All(tx, func(sc db.Scanner) (a agent, err error) {
		var every int64
		err = sc.Scan(&a.host, &a.source, &every, db.Time(&a.heard))
		a.every = time.Duration(every) * time.Microsecond
		return a, err
	}, `SELECT host, source, every, heard FROM check_agent`)
}

func saveAgent(tx *db.Tx, a agent) error {
	_, err := tx.Exec(`
		INSERT INTO check_agent (host, source, every, heard) VALUES (?, ?, ?, ?)
		ON CONFLICT (host) DO UPDATE SET source = excluded.source, every = excluded.every, heard = excluded.heard
		WHERE check_agent.heard <= excluded.heard`,
		a.host, a.source, a.every.Microseconds(), a.heard)
	return err
}
