package pattern

import (
	"errors"
	"time"

	"mainstay/internal/domain/pattern/drain"
	"mainstay/internal/engine/db"
)

const columns = `p.id, p.source, p.service, p.number, p.birth, p.template, p.example, p.level, p.first_seen, p.last_seen`

func scan(r db.Scanner) (t drain.Template, err error) {
	return t, r.Scan(&t.ID, &t.Source, &t.Service, &t.Number, &t.Birth, &t.Text, &t.Example, &t.Level, db.Time(&t.First), db.Time(&t.Last))
}

func allTemplates(tx *db.Tx) ([]drain.Template, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM pattern p`)
}

func cursorOf(tx *db.Tx, spool string) (at int64, found bool, err error) {
	at, err = db.One(tx, db.Value[int64], `SELECT position FROM pattern_cursor WHERE spool = ?`, spool)
	if errors.Is(err, db.ErrNone) {
		return 0, false, nil
	}
	return at, err == nil, err
}

func keepCursor(tx *db.Tx, spool string, at int64) error {
	_, err := tx.Exec(`
		INSERT INTO pattern_cursor (spool, position, changed) VALUES (?, ?, ?)
		ON CONFLICT (spool) DO UPDATE SET position = excluded.position, changed = excluded.changed`, spool, at, tx.Now())
	return err
}

// storeTemplates writes templates. Another node may have made one of them more general: then what
// is stored fits the lines of both, and wider gets the text that this node does not have yet.
func storeTemplates(tx *db.Tx, touched map[*drain.Template]*touch, wider map[*drain.Template]string) error {
	for t, how := range touched {
		text := t.Text
		stored, err := db.One(tx, db.Value[string], `SELECT template FROM pattern WHERE id = ?`, string(t.ID))
		switch {
		case errors.Is(err, db.ErrNone):
		case err != nil:
			return err
		case stored != text || how.changed:
			if text = drain.Both(text, stored); text != t.Text {
				wider[t] = text
			}
		}
		if err := storeTemplate(tx, t, text); err != nil {
			return err
		}
	}
	return nil
}

func storeTemplate(tx *db.Tx, t *drain.Template, text string) error {
	_, err := tx.Exec(`
		INSERT INTO pattern (id, source, service, number, birth, template, example, level, first_seen, last_seen)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET template = excluded.template, example = excluded.example, level = excluded.level,
			first_seen = CASE WHEN excluded.first_seen < pattern.first_seen THEN excluded.first_seen ELSE pattern.first_seen END,
			last_seen = CASE WHEN excluded.last_seen > pattern.last_seen THEN excluded.last_seen ELSE pattern.last_seen END`,
		string(t.ID), clean(t.Source), clean(t.Service), t.Number, clean(t.Birth), clean(text), t.Example, t.Level, t.First, t.Last)
	return err
}

func addHour(tx *db.Tx, k hourOf, n tally) error {
	_, err := tx.Exec(`
		INSERT INTO pattern_hour (pattern, hour, lines, estimated) VALUES (?, ?, ?, ?)
		ON CONFLICT (pattern, hour) DO UPDATE SET lines = pattern_hour.lines + excluded.lines,
			estimated = pattern_hour.estimated OR excluded.estimated`,
		string(k.id), time.Unix(k.hour*3600, 0).UTC(), n.lines, n.estimated)
	return err
}

func removeOld(tx *db.Tx, spool string, oldest time.Time) error {
	if _, err := tx.Exec(`DELETE FROM pattern_cursor WHERE changed < ? AND spool <> ?`, oldest, spool); err != nil {
		return err
	}
	for _, statement := range []string{
		`DELETE FROM pattern_hour WHERE hour < ?`,
		`DELETE FROM pattern WHERE last_seen < ?`,
	} {
		if _, err := tx.Exec(statement, oldest); err != nil {
			return err
		}
	}
	return nil
}
