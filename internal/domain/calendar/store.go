package calendar

import (
	"fmt"
	"time"

	"mainstay/internal/base/id"
	"mainstay/internal/base/page"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// ID identifies a stored calendar.
type ID string

// Entry is a stored calendar. It can be asked like any other.
type Entry struct {
	ID      ID
	Name    string
	Version int64 // 1, 2, 3 …
	Created time.Time
	Changed time.Time
	*Calendar
}

// Record names a calendar in the ledger.
func Record(id ID) ledger.Record { return ledger.Record{Kind: "calendar", ID: string(id)} }

// Title is the calendar's name for people.
func (e Entry) Title() string {
	if e.spec.Title == "" {
		return e.Name
	}
	return e.spec.Title
}

// ByID reads a calendar for another room, which has checked its own permission.
func ByID(tx *db.Tx, id ID) (Entry, error) {
	e, err := db.One(tx, scan, `SELECT `+columns+` FROM calendar WHERE id = ?`, string(id))
	return e, db.OrNotFound(err, "there is no calendar with id %s", id)
}

// ByName reads a calendar for another room, which has checked its own permission.
func ByName(tx *db.Tx, name string) (Entry, error) {
	e, err := db.One(tx, scan, `SELECT `+columns+` FROM calendar WHERE name = ?`, name)
	return e, db.OrNotFound(err, "there is no calendar %q", name)
}

// All returns every calendar by name.
func All(tx *db.Tx) ([]Entry, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM calendar ORDER BY name`)
}

// pageOf returns one more than the page holds.
func pageOf(tx *db.Tx, r page.Request) ([]Entry, error) {
	after := ""
	if _, err := page.Decode(r.Cursor, &after); err != nil {
		return nil, err
	}
	return db.All(tx, scan, `SELECT `+columns+` FROM calendar WHERE name > ? ORDER BY name LIMIT ?`, after, r.Size()+1)
}

const columns = `id, name, spec, version, created, changed`

func scan(s db.Scanner) (e Entry, err error) {
	var spec Spec
	if err := s.Scan(db.Text(&e.ID), &e.Name, db.JSON(&spec), &e.Version, db.Time(&e.Created), db.Time(&e.Changed)); err != nil {
		return e, err
	}
	if e.Calendar, err = Parse(spec); err != nil {
		return e, fmt.Errorf("stored calendar %q: %w", e.Name, err)
	}
	return e, nil
}

func insert(tx *db.Tx, name string, s Spec) (ID, error) {
	calendarID := id.New[ID]()
	_, err := tx.Exec(`
		INSERT INTO calendar (id, name, spec, version, created, changed) VALUES (?, ?, ?, 1, ?, ?)`,
		string(calendarID), name, db.AsJSON(s), tx.Now(), tx.Now())
	return calendarID, err
}

func update(tx *db.Tx, id ID, s Spec) error {
	_, err := tx.Exec(`
		UPDATE calendar SET spec = ?, version = version + 1, changed = ? WHERE id = ?`, db.AsJSON(s), tx.Now(), string(id))
	return err
}

func remove(tx *db.Tx, id ID) error {
	_, err := tx.Exec(`DELETE FROM calendar WHERE id = ?`, string(id))
	return err
}
