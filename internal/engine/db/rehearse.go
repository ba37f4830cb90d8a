package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"modernc.org/sqlite"
)

// errRehearsed undoes a rehearsal.
var errRehearsed = errors.New("only rehearsed")

// Rehearse runs fn as Do would, on the records as they are at one instant, and undoes all of
// it. Others store what they have to store meanwhile, however long it takes: on SQLite, which
// has one writer, fn has a copy in memory to itself. The tables named in without are empty
// there; they are those that fn does not read and that may be large.
//
// On PostgreSQL a row that fn changes is locked until the end, as in every transaction.
func (d *DB) Rehearse(ctx context.Context, without []string, fn func(*Tx) error) error {
	undone := func(tx *Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return errRehearsed
	}
	var err error
	if d.postgres {
		err = d.retry(ctx, d.write, &sql.TxOptions{Isolation: sql.LevelRepeatableRead}, undone)
	} else {
		err = d.onCopy(ctx, without, undone)
	}
	if errors.Is(err, errRehearsed) {
		return nil
	}
	return err
}

func (d *DB) onCopy(ctx context.Context, without []string, fn func(*Tx) error) error {
	c, err := sqlite.NewConnector("file::memory:")
	if err != nil {
		return wrap(err, "copy")
	}
	pool := sql.OpenDB(preparing{c})
	pool.SetMaxOpenConns(1) // the copy lives in its one connection
	defer pool.Close()      //nolint:errcheck // the copy is thrown away
	if err := d.copyInto(ctx, pool, without); err != nil {
		return wrap(err, "copy")
	}
	copied := &DB{write: pool, read: pool, clock: d.clock}
	return copied.once(ctx, pool, &sql.TxOptions{}, fn)
}

// copyInto makes the same tables in another database and fills them. Indexes come last, when
// they cost least, and foreign keys are looked after from then on.
func (d *DB) copyInto(ctx context.Context, pool *sql.DB, without []string) error {
	if _, err := pool.ExecContext(ctx, `ATTACH DATABASE ? AS source`, sqliteName(d.path)+"?mode=ro"); err != nil {
		return err
	}
	tx, err := pool.BeginTx(ctx, nil) // everything is read at one instant
	if err != nil {
		return err
	}
	if err := copySchema(ctx, tx, without); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	for _, statement := range []string{`DETACH DATABASE source`, `PRAGMA foreign_keys = 1`} {
		if _, err := pool.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}

func copySchema(ctx context.Context, tx *sql.Tx, without []string) error {
	parts, err := schemaOf(ctx, tx)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if _, err := tx.ExecContext(ctx, p.sql); err != nil {
			return fmt.Errorf("%s %s: %w", p.kind, p.name, err)
		}
		if p.kind != "table" || slices.Contains(without, p.name) {
			continue
		}
		name := `"` + strings.ReplaceAll(p.name, `"`, `""`) + `"`
		if _, err := tx.ExecContext(ctx, `INSERT INTO main.`+name+` SELECT * FROM source.`+name); err != nil { //nolint:gosec // a name cannot be an argument; it is quoted
			return fmt.Errorf("%s %s: %w", p.kind, p.name, err)
		}
	}
	return nil
}

// part is a table or an index, and the statement that makes it.
type part struct{ kind, name, sql string }

// schemaOf lists the parts of the database that is attached as source, tables first.
func schemaOf(ctx context.Context, tx *sql.Tx) (parts []part, err error) {
	rows, err := tx.QueryContext(ctx, `
		SELECT type, name, sql FROM source.sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'
		ORDER BY CASE type WHEN 'table' THEN 0 ELSE 1 END, name`)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var p part
		if err := rows.Scan(&p.kind, &p.name, &p.sql); err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	return parts, rows.Err()
}
