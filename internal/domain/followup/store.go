package followup

import (
	"math"
	"strings"

	"mainstay/internal/engine/db"
)

// ByID returns the follow-up or NotFound. The caller has checked its own permission.
func ByID(tx *db.Tx, id ID) (FollowUp, error) {
	f, err := db.One(tx, scan, `SELECT `+columns+` FROM `+tables+` WHERE f.id = ?`, string(id))
	return f, db.OrNotFound(err, "there is no follow-up %s", id)
}

const columns = `f.id, f.title, f.note, f.owner, f.due, f.state, f.record_kind, f.record_id, f.created, f.finished, f.reminded, u.login, u.name`

const tables = `followup f JOIN app_user u ON u.id = f.owner`

func scan(r db.Scanner) (f FollowUp, err error) {
	return f, r.Scan(&f.ID, &f.Title, &f.Note, &f.Owner, db.Time(&f.Due), db.Text(&f.State), &f.Record.Kind, &f.Record.ID,
		db.Time(&f.Created), db.Time(&f.Finished), db.Time(&f.reminded), &f.OwnerLogin, &f.OwnerName)
}

func insert(tx *db.Tx, f FollowUp) error {
	_, err := tx.Exec(`
		INSERT INTO followup (id, title, note, owner, due, state, record_kind, record_id, created)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		string(f.ID), f.Title, f.Note, string(f.Owner), f.Due, string(f.State), f.Record.Kind, f.Record.ID, f.Created)
	return err
}

func update(tx *db.Tx, f FollowUp) error {
	_, err := tx.Exec(`UPDATE followup SET title = ?, note = ?, owner = ?, due = ?, state = ?, finished = ?, reminded = ? WHERE id = ?`,
		f.Title, f.Note, string(f.Owner), f.Due, string(f.State), f.Finished, f.reminded, string(f.ID))
	return err
}

func markReminded(tx *db.Tx, id ID) error {
	_, err := tx.Exec(`UPDATE followup SET reminded = ? WHERE id = ?`, tx.Now(), string(id))
	return err
}

// find returns up to limit follow-ups behind the cursor.
func find(tx *db.Tx, filter Filter, after cursor, limit int) ([]FollowUp, error) {
	where, args, order := []string{`(f.due > ? OR f.due = ? AND f.id > ?)`}, []any{after.Due, after.Due, string(after.ID)}, `f.due, f.id`
	if filter.finished() {
		if after.ID == "" {
			after = cursor{math.MaxInt64, ""}
		}
		where, args, order = []string{`(f.due < ? OR f.due = ? AND f.id < ?)`}, []any{after.Due, after.Due, string(after.ID)}, `f.due DESC, f.id DESC`
	}
	and := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
	switch {
	case filter.Overdue:
		and(`f.state = 'open' AND f.due < ?`, tx.Now())
	case filter.Any:
	case filter.State == "":
		and(`f.state = 'open'`)
	default:
		and(`f.state = ?`, string(filter.State))
	}
	if filter.Owner != "" {
		and(`u.login = ?`, filter.Owner)
	}
	if filter.OwnerID != "" {
		and(`f.owner = ?`, string(filter.OwnerID))
	}
	if filter.Record.Kind != "" {
		and(`f.record_kind = ? AND f.record_id = ?`, filter.Record.Kind, filter.Record.ID)
	}
	return db.All(tx, scan, `
		SELECT `+columns+` FROM `+tables+` WHERE `+strings.Join(where, " AND ")+`
		ORDER BY `+order+` LIMIT ?`, append(args, limit)...)
}

// finished reports whether only follow-ups that are not open are asked for.
func (f Filter) finished() bool {
	return !f.Any && !f.Overdue && (f.State == Done || f.State == Dropped)
}
