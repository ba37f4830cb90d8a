package saved

import (
	"errors"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/id"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

const (
	columns = `s.id, s.name, s.spec, s.owner, s.private, s.uses, s.used, s.stopped, s.version, s.created, s.changed, COALESCE(u.login, ''), COALESCE(u.name, '')`
	tables  = `saved s LEFT JOIN app_user u ON u.id = s.owner`
)

func scan[S spec[S]](r db.Scanner) (it Item[S], err error) {
	var owner *string
	var login string
	err = r.Scan(&it.ID, &it.Name, db.JSON(&it.Spec), &owner, &it.Private, &it.Uses, db.Time(&it.Used), &it.Stopped, &it.Version,
		db.Time(&it.Created), db.Time(&it.Changed), &login, &it.OwnerName)
	if owner != nil {
		it.Owner = people.UserID(*owner)
	}
	it.Spec = it.Spec.of(whose{login, it.Private})
	return it, err
}

func (s *Shelf[S]) byName(tx *db.Tx, name string) (Item[S], error) {
	it, err := db.One(tx, scan[S], `SELECT `+columns+` FROM `+tables+` WHERE s.kind = ? AND s.name = ?`, s.kind, name)
	if errors.Is(err, db.ErrNone) {
		return it, s.missing(name)
	}
	return it, err
}

func (s *Shelf[S]) byID(tx *db.Tx, id ID) (Item[S], error) {
	it, err := db.One(tx, scan[S], `SELECT `+columns+` FROM `+tables+` WHERE s.kind = ? AND s.id = ?`, s.kind, string(id))
	return it, db.OrNotFound(err, "there is no such %s any more", s.word)
}

func (s *Shelf[S]) shared(tx *db.Tx) ([]Item[S], error) {
	return db.All(tx, scan[S], `SELECT `+columns+` FROM `+tables+` WHERE s.kind = ? AND NOT s.private ORDER BY s.name`, s.kind)
}

func (s *Shelf[S]) list(tx *db.Tx, by actor.Actor, after string, limit int) ([]Item[S], error) {
	return db.All(tx, scan[S], `
		SELECT `+columns+` FROM `+tables+`
		WHERE s.kind = ? AND s.name > ? AND (NOT s.private OR s.owner = ?) ORDER BY s.name LIMIT ?`, s.kind, after, by.ID, limit)
}

// save writes it; an empty id makes a new one. Whose it is stands in columns of its own.
func (s *Shelf[S]) save(tx *db.Tx, known ID, name string, spec S, owner people.UserID) (Item[S], error) {
	if known == "" {
		known = id.New[ID]()
	}
	var whom any
	if owner != "" {
		whom = string(owner)
	}
	_, err := tx.Exec(`
		INSERT INTO saved (id, kind, name, spec, owner, private, uses, stopped, version, created, changed)
		VALUES (?, ?, ?, ?, ?, ?, 0, '', 1, ?, ?)
		ON CONFLICT (id) DO UPDATE SET spec = excluded.spec, owner = excluded.owner, private = excluded.private, stopped = '',
			version = saved.version + 1, changed = excluded.changed`,
		string(known), s.kind, name, db.AsJSON(spec.of(whose{})), whom, spec.whose().private, tx.Now(), tx.Now())
	if db.IsDuplicate(err) {
		return Item[S]{}, errs.Conflictf("%s %q has just been made by somebody else", s.word, name)
	}
	if err != nil {
		return Item[S]{}, err
	}
	return s.byID(tx, known)
}

func (s *Shelf[S]) remove(tx *db.Tx, id ID) error {
	if err := cancelReport(tx, id); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM saved WHERE id = ?`, string(id))
	return err
}
