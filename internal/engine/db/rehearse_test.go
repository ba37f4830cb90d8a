package db_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
)

// next takes a number, as a change that can be seen.
func next(tx *db.Tx) (int64, error) {
	return db.One(tx, db.Value[int64], `
		INSERT INTO number (name, value) VALUES ('rehearsed', 1)
		ON CONFLICT (name) DO UPDATE SET value = number.value + 1 RETURNING value`)
}

func TestARehearsalSeesWhatIsThereAndLeavesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, c *clock.Fake) {
		ctx := t.Context()
		take := func(tx *db.Tx, want int64) error {
			got, err := next(tx)
			if err == nil && got != want {
				t.Errorf("got %d, want %d", got, want)
			}
			return err
		}
		if err := d.Do(ctx, func(tx *db.Tx) error { return take(tx, 1) }); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			err := d.Rehearse(ctx, nil, func(tx *db.Tx) error {
				tx.OnCommit(func() { t.Error("a rehearsal was committed") })
				return take(tx, 2)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		refused := errors.New("refused")
		if err := d.Rehearse(ctx, nil, func(*db.Tx) error { return refused }); !errors.Is(err, refused) {
			t.Errorf("got %v", err)
		}
		if err := d.Do(ctx, func(tx *db.Tx) error { return take(tx, 2) }); err != nil {
			t.Fatal(err)
		}
	})
}

func TestOthersWriteDuringARehearsalWhichDoesNotSeeIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		count := func(tx *db.Tx) (int64, error) {
			return db.One(tx, db.Value[int64], `SELECT count(*) FROM setting WHERE name LIKE 'during%'`)
		}
		err := d.Rehearse(t.Context(), nil, func(tx *db.Tx) error {
			if _, err := tx.Exec(`INSERT INTO setting (name, value) VALUES ('rehearsed', 'x')`); err != nil {
				return err
			}
			ctx, stop := context.WithTimeout(t.Context(), 5*time.Second)
			defer stop()
			if err := d.Do(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(`INSERT INTO setting (name, value) VALUES ('during', 'x')`)
				return err
			}); err != nil {
				return err
			}
			n, err := count(tx)
			if n != 0 {
				t.Errorf("the rehearsal sees what was stored after it began")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		err = d.View(t.Context(), func(tx *db.Tx) error {
			n, err := count(tx)
			if n != 1 {
				t.Errorf("%d changes were stored beside the rehearsal, want 1", n)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// The copy knows what the database knows: keys, unique indexes and what it leaves out.
func TestARehearsalIsHeldToTheSameRules(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB, _ *clock.Fake) {
		store := func(tx *db.Tx, name string) error {
			_, err := tx.Exec(`INSERT INTO setting (name, value) VALUES (?, 'x')`, name)
			return err
		}
		if err := d.Do(t.Context(), func(tx *db.Tx) error { return store(tx, "a") }); err != nil {
			t.Fatal(err)
		}
		if err := d.Rehearse(t.Context(), nil, func(tx *db.Tx) error { return store(tx, "a") }); !db.IsDuplicate(err) {
			t.Errorf("the same again: %v", err)
		}
		err := d.Rehearse(t.Context(), nil, func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO membership (team, user_id) VALUES ('none', 'nobody')`)
			return err
		})
		if !db.IsReferenced(err) {
			t.Errorf("a member of no team: %v", err)
		}
		if d.Postgres() {
			return
		}
		if err := d.Rehearse(t.Context(), []string{"setting"}, func(tx *db.Tx) error { return store(tx, "a") }); err != nil {
			t.Errorf("what is left out is there: %v", err)
		}
	})
}
