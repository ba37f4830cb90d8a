package db

import (
	"context"
	"database/sql"
	"errors"

	"mainstay/internal/base/errs"
)

// Snapshot writes a copy of an SQLite database, as it stands at one instant, to a new file
// at path, while others read and write. PostgreSQL has tools of its own for that: Conflict.
func (d *DB) Snapshot(ctx context.Context, path string) error {
	if d.postgres {
		return errs.Conflictf("records in PostgreSQL are copied with its own tools: run pg_dump")
	}
	// A connection of its own: our readers may change nothing, not even another file, and
	// the writer must not wait.
	c, err := sql.Open("sqlite", sqliteName(d.path)+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return wrap(err, "snapshot")
	}
	_, err = c.ExecContext(ctx, `VACUUM INTO ?`, path)
	if err = errors.Join(err, c.Close()); err != nil {
		return wrap(err, "snapshot")
	}
	return nil
}
