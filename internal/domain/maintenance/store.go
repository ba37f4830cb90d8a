package maintenance

import (
	"errors"
	"strings"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/id"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/timer"
)

const columns = `m.id, m.name, m.spec, m.window_from, m.window_to, m.over, m.version, m.created, m.changed,
	(SELECT string_agg(l.service, ',' ORDER BY l.position) FROM maintenance_service l WHERE l.maintenance = m.id),
	(SELECT string_agg(l.component, ',' ORDER BY l.position) FROM maintenance_component l WHERE l.maintenance = m.id)`

func scan(r db.Scanner) (m Maintenance, err error) {
	var services, components string
	err = r.Scan(&m.ID, &m.Name, db.JSON(&m.Spec), db.Time(&m.Window.From), db.Time(&m.Window.To), &m.Over, &m.Version,
		db.Time(&m.Created), db.Time(&m.Changed), db.Text(&services), db.Text(&components))
	m.Spec.Services, m.Spec.Components = split(services), split(components)
	return m, err
}

func split(names string) []string {
	if names == "" {
		return nil
	}
	return strings.Split(names, ",")
}

// many reads with a condition on m, in order of name.
func many(tx *db.Tx, where, limit string, args ...any) ([]Maintenance, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM maintenance m WHERE `+where+` ORDER BY m.name`+limit, args...)
}

// ByName returns the maintenance or NotFound. The caller has checked its own permission.
func ByName(tx *db.Tx, name string) (Maintenance, error) {
	m, err := db.One(tx, scan, `SELECT `+columns+` FROM maintenance m WHERE m.name = ?`, name)
	if errors.Is(err, db.ErrNone) {
		return m, errs.NotFoundf("there is no maintenance %q", name)
	}
	return m, err
}

func byID(tx *db.Tx, id ID) (m Maintenance, found bool, err error) {
	m, err = db.One(tx, scan, `SELECT `+columns+` FROM maintenance m WHERE m.id = ?`, string(id))
	if errors.Is(err, db.ErrNone) {
		return m, false, nil
	}
	return m, err == nil, err
}

// OpenAt returns the maintenances whose window holds an instant, by name. The caller has checked its
// own permission.
func OpenAt(tx *db.Tx, at time.Time) ([]Maintenance, error) {
	return many(tx, `m.window_from <= ? AND m.window_to > ?`, ``, at, at)
}

// On returns the maintenance that is open on a service or on a component, of several the one that
// lasts longest; false when there is none. component may be empty.
func On(tx *db.Tx, service catalogue.ServiceID, component catalogue.ComponentID, at time.Time) (Maintenance, bool, error) {
	m, err := db.One(tx, scan, `
		SELECT `+columns+` FROM maintenance m
		WHERE m.window_from <= ? AND m.window_to > ? AND (
			EXISTS (SELECT 1 FROM maintenance_service l JOIN service s ON s.name = l.service WHERE l.maintenance = m.id AND s.id = ?) OR
			EXISTS (SELECT 1 FROM maintenance_component l JOIN component c ON c.name = l.component WHERE l.maintenance = m.id AND c.id = ?))
		ORDER BY m.window_to DESC, m.name LIMIT 1`, at, at, string(service), string(component))
	if errors.Is(err, db.ErrNone) {
		return m, false, nil
	}
	return m, err == nil, err
}

// save writes the maintenance; an empty id makes a new one.
func save(tx *db.Tx, m Maintenance) (ID, error) {
	if m.ID == "" {
		m.ID = id.New[ID]()
	}
	spec := m.Spec
	spec.Services, spec.Components = nil, nil
	_, err := tx.Exec(`
		INSERT INTO maintenance (id, name, title, spec, window_from, window_to, over, version, created, changed)
		VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?)
		ON CONFLICT (id) DO UPDATE SET title = excluded.title, spec = excluded.spec, window_from = excluded.window_from,
			window_to = excluded.window_to, over = excluded.over, version = maintenance.version + 1, changed = excluded.changed`,
		string(m.ID), m.Name, m.Title(), db.AsJSON(spec), m.Window.From, m.Window.To, m.Over, tx.Now(), tx.Now())
	if err != nil {
		return "", err
	}
	return m.ID, errors.Join(link(tx, "service", m.ID, m.Spec.Services), link(tx, "component", m.ID, m.Spec.Components))
}

// link replaces what a maintenance is on: "service" or "component".
func link(tx *db.Tx, what string, m ID, names []string) error {
	if _, err := tx.Exec(`DELETE FROM maintenance_`+what+` WHERE maintenance = ?`, string(m)); err != nil {
		return err
	}
	for i, name := range names {
		if _, err := tx.Exec(`INSERT INTO maintenance_`+what+` (maintenance, `+what+`, position) VALUES (?, ?, ?)`, string(m), name, i); err != nil {
			return err
		}
	}
	return nil
}

func saveWindow(tx *db.Tx, m Maintenance) error {
	_, err := tx.Exec(`UPDATE maintenance SET window_from = ?, window_to = ?, over = ? WHERE id = ?`, m.Window.From, m.Window.To, m.Over, string(m.ID))
	return err
}

func remove(tx *db.Tx, m ID) error {
	if err := timer.Cancel(tx, turnTimer, string(m)); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM maintenance WHERE id = ?`, string(m))
	return err
}
