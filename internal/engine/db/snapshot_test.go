package db_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
)

// The copy holds whole transactions only: each writes two rows that must both be in it.
func TestSnapshotIsOneInstantWhileOthersWrite(t *testing.T) {
	dir := t.TempDir()
	c := clock.NewFake(time.Date(2026, 3, 28, 22, 15, 0, 0, time.UTC))
	d := open(t, "sqlite:"+filepath.Join(dir, "a b?.db"), c)
	ctx, stop := context.WithCancel(t.Context())
	started := make(chan struct{})
	var writing sync.WaitGroup
	writing.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			_ = d.Do(ctx, func(tx *db.Tx) error {
				for range 2 {
					if _, err := tx.Number("a"); err != nil {
						return err
					}
				}
				return nil
			})
			if i == 0 {
				close(started)
			}
		}
	})
	<-started
	path := filepath.Join(dir, "copy.db")
	err := d.Snapshot(t.Context(), path)
	stop()
	writing.Wait()
	if err != nil {
		t.Fatal(err)
	}
	copied := open(t, "sqlite:"+path, c)
	var next int64
	err = copied.Do(t.Context(), func(tx *db.Tx) (err error) {
		next, err = tx.Number("a")
		return err
	})
	if err != nil || next < 3 || next%2 == 0 {
		t.Errorf("the copy goes on with %d: it holds half a transaction (%v)", next, err)
	}
}

func TestSnapshotOfPostgresPointsToItsTools(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		if !d.Postgres() {
			return
		}
		if err := d.Snapshot(t.Context(), filepath.Join(t.TempDir(), "x")); !errs.Is(err, errs.Conflict) {
			t.Errorf("got %v", err)
		}
	})
}

func open(t *testing.T, url string, c clock.Clock) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), db.Options{URL: url, Clock: c})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}
