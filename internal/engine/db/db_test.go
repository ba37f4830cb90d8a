package db_test

import (
	"context"
	"errors"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
)

func TestRolledBackTransactionLeavesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		ctx, boom := context.Background(), errors.New("boom")
		woken := false
		err := d.Do(ctx, func(tx *db.Tx) error {
			tx.OnCommit(func() { woken = true })
			if _, err := tx.Exec(`INSERT INTO lease (name, holder, until) VALUES (?, ?, ?)`, "a", "b", tx.Now()); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) || woken {
			t.Fatalf("err %v, woken %v", err, woken)
		}
		if n := count(t, d, `SELECT count(*) FROM lease`); n != 0 {
			t.Fatalf("%d rows left", n)
		}
	})
}

// TestATransactionWhoseContextEndsSaysSo and not that somebody had ended it before: workers keep quiet
// about their own end.
func TestATransactionWhoseContextEndsSaysSo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		for range 50 { // whether the pool has rolled back by the time of the commit is chance
			ctx, cancel := context.WithCancel(t.Context())
			err := d.Do(ctx, func(*db.Tx) error {
				cancel()
				runtime.Gosched()
				return nil
			})
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("it says %v", err)
			}
		}
	})
}

func TestConcurrentIncrementsAreNotLost(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		ctx := context.Background()
		if err := d.Do(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO number (name, value) VALUES ('n', 0)`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		const workers, each = 4, 10
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for range each {
					if err := d.Do(ctx, increment); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if n := count(t, d, `SELECT value FROM number WHERE name = 'n'`); n != workers*each {
			t.Fatalf("%d increments kept of %d", n, workers*each)
		}
	})
}

// increment reads and then writes, so that only isolation keeps it right.
func increment(tx *db.Tx) error {
	v, err := db.One(tx, db.Value[int64], `SELECT value FROM number WHERE name = 'n'`)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE number SET value = ? WHERE name = 'n'`, v+1)
	return err
}

func TestInstantsSurviveTheDatabase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		at := time.Date(2026, 3, 29, 1, 0, 0, 123456000, time.UTC)
		err := d.Do(context.Background(), func(tx *db.Tx) error {
			if _, err := tx.Exec(`INSERT INTO lease (name, holder, until) VALUES ('x', 'y', ?)`, at); err != nil {
				return err
			}
			got, err := db.One(tx, func(s db.Scanner) (got time.Time, err error) {
				return got, s.Scan(db.Time(&got))
			}, `SELECT until FROM lease WHERE name = ?`, "x")
			if err == nil && !got.Equal(at) {
				t.Errorf("got %v", got)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestNumbersOnlyGrow(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		var last int64
		for range 5 {
			if err := d.Do(context.Background(), func(tx *db.Tx) error {
				n, err := tx.Number("incident")
				if n <= last {
					t.Errorf("%d after %d", n, last)
				}
				last = n
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestViewCannotWrite(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		err := d.View(context.Background(), func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO number (name, value) VALUES ('v', 1)`)
			return err
		})
		if err == nil {
			t.Fatal("a view wrote")
		}
	})
}

func count(t *testing.T, d *db.DB, query string) (n int64) {
	t.Helper()
	err := d.View(context.Background(), func(tx *db.Tx) (err error) {
		n, err = db.One(tx, db.Value[int64], query)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestPostgresFreesTheLocksOfALostNodeWithinHalfAMinute(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		if !d.Postgres() {
			t.Skip("SQLite has one process")
		}
		err := d.View(context.Background(), func(tx *db.Tx) error {
			shown := map[string]int{}
			for _, name := range []string{"tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count"} {
				v, err := db.One(tx, db.Value[string], `SELECT current_setting(?)`, name)
				if err != nil {
					return err
				}
				if shown[name], err = strconv.Atoi(v); err != nil {
					return err
				}
			}
			lost := shown["tcp_keepalives_idle"] + shown["tcp_keepalives_interval"]*shown["tcp_keepalives_count"]
			if lost == 0 || lost > 30 {
				t.Errorf("a lost node keeps its locks for %d s", lost)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
