package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/secret"
	"mainstay/internal/engine/db"
)

// openKey opens the key file, or makes one for a desk that is new.
func (a *App) openKey() (err error) {
	path := filepath.Join(a.DataDir, keyFile)
	_, err = os.Stat(path)
	a.newKey = errors.Is(err, fs.ErrNotExist)
	a.box, err = secret.Open(path)
	return err
}

// checkKey refuses a key file that is not the one with which this database keeps its
// secrets: after a restore without it, or on a second node that was given another.
func (a *App) checkKey(ctx context.Context) error {
	mark := a.box.Sign("this key belongs to this database")
	return a.DB.Do(ctx, func(tx *db.Tx) error {
		stored, err := db.One(tx, db.Value[string], `SELECT value FROM setting WHERE name = 'key'`)
		switch {
		case errors.Is(err, db.ErrNone):
			_, err = tx.Exec(`INSERT INTO setting (name, value) VALUES ('key', ?)`, mark)
			return err
		case err != nil:
			return err
		case stored != mark && a.newKey:
			if err := os.Remove(filepath.Join(a.DataDir, keyFile)); err != nil {
				return err
			}
			return errs.Conflictf("the key file is missing in %s, and this database was made with one: "+
				"put it there (a backup holds it; nodes of one desk share it)", a.DataDir)
		case stored != mark:
			return errs.Conflictf("the key file in %s is not the one with which this database was made: "+
				"put the right one there (a backup holds it; nodes of one desk share it)", a.DataDir)
		}
		return nil
	})
}
