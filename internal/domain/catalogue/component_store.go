package catalogue

import (
	"mainstay/internal/base/id"
	"mainstay/internal/engine/db"
)

// ComponentByID reads a component for another room, which has checked its own permission.
func ComponentByID(tx *db.Tx, id ComponentID) (Component, error) {
	c, err := oneComponent(tx, `c.id = ?`, string(id))
	return c, db.OrNotFound(err, "there is no component with id %s", id)
}

// ComponentByName reads a component for another room, which has checked its own permission.
func ComponentByName(tx *db.Tx, name string) (Component, error) {
	c, err := oneComponent(tx, `c.name = ?`, name)
	return c, db.OrNotFound(err, "there is no component %q", name)
}

// Components returns the components of a service by name.
func Components(tx *db.Tx, service ServiceID) ([]Component, error) {
	return manyComponents(tx, `c.service = ?`, string(service))
}

// AllComponents returns every component by name.
func AllComponents(tx *db.Tx) ([]Component, error) { return manyComponents(tx, `TRUE`) }

// Dependents returns the components that depend on this one directly, by name.
func Dependents(tx *db.Tx, id ComponentID) ([]Component, error) {
	return manyComponents(tx, `EXISTS (SELECT 1 FROM component_link l WHERE l.component = c.id AND l.depends_on = ?)`, string(id))
}

const componentColumns = `c.id, c.name, c.title, c.description, c.layer, c.service, s.name, e.name, c.owner, t.name,
	c.links, c.version, c.created, c.changed,
	(SELECT string_agg(l.depends_on, ',' ORDER BY l.position) FROM component_link l WHERE l.component = c.id)`

const componentTables = `component c LEFT JOIN environment e ON e.id = c.environment
	LEFT JOIN service s ON s.id = c.service LEFT JOIN team t ON t.id = c.owner`

func scanComponent(r db.Scanner) (c Component, err error) {
	var depends string
	err = r.Scan(&c.ID, &c.Name, &c.Title, &c.Description, db.Text(&c.Layer), db.Text(&c.Service), db.Text(&c.ServiceName),
		db.Text(&c.Environment), db.Text(&c.Owner), db.Text(&c.OwnerName), db.JSON(&c.Links), &c.Version, db.Time(&c.Created), db.Time(&c.Changed), db.Text(&depends))
	c.DependsOn = split[ComponentID](depends)
	return c, err
}

func oneComponent(tx *db.Tx, where string, args ...any) (Component, error) {
	return db.One(tx, scanComponent, `SELECT `+componentColumns+` FROM `+componentTables+` WHERE `+where, args...)
}

func manyComponents(tx *db.Tx, where string, args ...any) ([]Component, error) {
	return db.All(tx, scanComponent, `
		SELECT `+componentColumns+` FROM `+componentTables+` WHERE `+where+` ORDER BY c.name`, args...)
}

func pageOfComponents(tx *db.Tx, after, like string, limit int) ([]Component, error) {
	return db.All(tx, scanComponent, `
		SELECT `+componentColumns+` FROM `+componentTables+`
		WHERE c.name > ? AND LOWER(c.name || ' ' || c.title) LIKE ? ESCAPE '\'
		ORDER BY c.name LIMIT ?`, after, contains(like), limit)
}

func insertComponent(tx *db.Tx, name string) (ComponentID, error) {
	componentID := id.New[ComponentID]()
	_, err := tx.Exec(`
		INSERT INTO component (id, name, title, description, layer, links, version, created, changed)
		VALUES (?, ?, '', '', '', '', 0, ?, ?)`, string(componentID), name, tx.Now(), tx.Now())
	return componentID, err
}

// updateComponent writes everything but id, name and creation.
func updateComponent(tx *db.Tx, c resolved) error {
	_, err := tx.Exec(`
		UPDATE component SET title = ?, description = ?, layer = ?, service = ?, environment = ?, owner = ?,
			links = ?, version = version + 1, changed = ?
		WHERE id = ?`,
		c.Title, c.Description, string(c.Layer), orNull(c.Service), orNull(c.environment), orNull(c.Owner),
		db.AsJSON(c.Links), tx.Now(), string(c.ID))
	if err != nil {
		return err
	}
	return replaceLinks(tx, `component_link (component, depends_on, position)`, string(c.ID), c.DependsOn)
}

func deleteComponent(tx *db.Tx, id ComponentID) error {
	_, err := tx.Exec(`DELETE FROM component WHERE id = ?`, string(id))
	return err
}

// dependencies reads who depends on whom.
func dependencies(tx *db.Tx) (graph, error) {
	edges, err := db.All(tx, func(r db.Scanner) (e [2]string, err error) {
		return e, r.Scan(&e[0], &e[1])
	}, `SELECT a.name, b.name FROM component_link l
		JOIN component a ON a.id = l.component JOIN component b ON b.id = l.depends_on
		ORDER BY a.name, l.position`)
	g := graph{}
	for _, e := range edges {
		g[e[0]] = append(g[e[0]], e[1])
	}
	return g, err
}
