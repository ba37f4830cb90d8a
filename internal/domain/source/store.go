package source

import (
	"mainstay/internal/base/id"
	"mainstay/internal/engine/db"
)

const columns = `id, name, spec, service, daily_limit, version, created, changed`

func scan(r db.Scanner) (s Source, err error) {
	return s, r.Scan(&s.ID, &s.Name, db.JSON(&s.Spec), db.Text(&s.Service), &s.Limit, &s.Version, db.Time(&s.Created), db.Time(&s.Changed))
}

// save writes the source; an empty id makes a new one.
func save(tx *db.Tx, source ID, name string, s Spec, refs references) (ID, error) {
	if source == "" {
		source = id.New[ID]()
	}
	_, err := tx.Exec(`
		INSERT INTO source (id, name, title, description, service, component, environment, spec, daily_limit, priority,
		                    version, created, changed)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)
		ON CONFLICT (id) DO UPDATE SET title = excluded.title, description = excluded.description, service = excluded.service,
			component = excluded.component, environment = excluded.environment, spec = excluded.spec,
			daily_limit = excluded.daily_limit, priority = excluded.priority, version = source.version + 1, changed = excluded.changed`,
		string(source), name, s.Title, s.Description, orNull(refs.service), orNull(refs.component), s.Environment, db.AsJSON(s),
		refs.limit, string(s.Priority), tx.Now(), tx.Now())
	return source, err
}

// orNull stores an empty reference as NULL.
func orNull[T ~string](id T) any {
	if id == "" {
		return nil
	}
	return string(id)
}
