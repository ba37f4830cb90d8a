package db

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"mainstay/internal/base/errs"
)

//go:embed migrations/*.sql
var embedded embed.FS

// Migrations holds the numbered schema files, oldest first.
func Migrations() fs.FS {
	sub, err := fs.Sub(embedded, "migrations")
	if err != nil {
		panic(err) // the folder is embedded
	}
	return sub
}

// migrate applies what is missing, under a lock that a second starter waits for.
func (d *DB) migrate(ctx context.Context) error {
	options := []goose.ProviderOption{goose.WithLogger(goose.NopLogger())}
	dialect := goose.DialectSQLite3
	if d.postgres {
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return err
		}
		dialect = goose.DialectPostgres
		options = append(options, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(dialect, d.write, Migrations(), options...)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	sources := p.ListSources()
	newest := sources[len(sources)-1].Version
	if have, err := p.GetDBVersion(ctx); err != nil {
		return fmt.Errorf("migrations: read version: %w", err)
	} else if have > newest {
		return errs.Conflictf("the database has schema %d, this program knows %d: run the newer version of Mainstay", have, newest)
	}
	done, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if len(done) > 0 {
		slog.DebugContext(ctx, "schema brought up to date", "version", newest, "applied", len(done))
	}
	if d.postgres {
		return d.sequences(ctx)
	}
	return nil
}

// numbers are the keys that people see, each counted on its own.
var numbers = []string{"incident"}

// sequences makes PostgreSQL's counters for Tx.Number; SQLite counts in table number.
func (d *DB) sequences(ctx context.Context) error {
	for _, n := range numbers {
		if _, err := d.write.ExecContext(ctx, "CREATE SEQUENCE IF NOT EXISTS number_"+n); err != nil {
			return fmt.Errorf("sequence for %s: %w", n, err)
		}
	}
	return nil
}
