package drawing

import (
	"errors"

	"mainstay/internal/domain/catalogue"
	"mainstay/internal/engine/db"
)

// Of reads the drawing of a service for another room, which has checked its own permission. One that
// nobody has drawn is empty.
func Of(tx *db.Tx, service catalogue.ServiceID) (Drawing, error) {
	d, err := db.One(tx, scan, `SELECT service, spec, version, changed FROM drawing WHERE service = ?`, string(service))
	if errors.Is(err, db.ErrNone) {
		return Drawing{Service: service}, nil
	}
	return d, err
}

// All reads every drawing that somebody has made, for another room.
func All(tx *db.Tx) (map[catalogue.ServiceID]Drawing, error) {
	list, err := db.All(tx, scan, `SELECT service, spec, version, changed FROM drawing`)
	out := make(map[catalogue.ServiceID]Drawing, len(list))
	for _, d := range list {
		out[d.Service] = d
	}
	return out, err
}

func scan(r db.Scanner) (d Drawing, err error) {
	return d, r.Scan(db.Text(&d.Service), db.JSON(&d.Spec), &d.Version, db.Time(&d.Changed))
}

func store(tx *db.Tx, d Drawing) error {
	_, err := tx.Exec(`
		INSERT INTO drawing (service, spec, version, changed) VALUES (?, ?, 1, ?)
		ON CONFLICT (service) DO UPDATE SET spec = excluded.spec, version = drawing.version + 1, changed = excluded.changed`,
		string(d.Service), db.AsJSON(d.Spec), tx.Now())
	return err
}
