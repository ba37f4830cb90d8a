package dbtest_test

import (
	"testing"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
)

// TestADatabaseIsAsNewWhateverTheTestBeforeLeft holds above all for PostgreSQL, whose databases are used again.
func TestADatabaseIsAsNewWhateverTheTestBeforeLeft(t *testing.T) {
	for _, leave := range []string{
		`INSERT INTO lease (name, holder, until) VALUES ('a', 'b', 1)`,
		`UPDATE ledger_head SET position = 7`,
		`DELETE FROM ledger_head`,
		`CREATE TABLE extra (n BIGINT)`,
		`ALTER TABLE lease ADD COLUMN extra BIGINT`,
	} {
		for _, kind := range dbtest.Kinds() {
			t.Run(kind+" "+leave, func(t *testing.T) { use(t, kind, leave) })
			t.Run(kind+" after it", func(t *testing.T) { use(t, kind, `SELECT 1`) })
		}
	}
}

// use fails unless the database is as migrations make it, and leaves something in it.
func use(t *testing.T, kind, leave string) {
	d := dbtest.Open(t, dbtest.URL(t, kind), clock.NewFake(dbtest.Start))
	err := d.Do(t.Context(), func(tx *db.Tx) error {
		number, err := tx.Number("incident")
		if err != nil || number != 1 {
			t.Errorf("the first incident has number %d, %v", number, err)
		}
		for query, want := range map[string]int{
			`SELECT count(*) FROM lease`:                          0,
			`SELECT count(*) FROM ledger_head WHERE position = 0`: 1,
			`SELECT count(*) FROM rule_set WHERE version = 1`:     1,
		} {
			if got, err := db.One(tx, db.Value[int], query); err != nil || got != want {
				t.Errorf("%s: %d, %v", query, got, err)
			}
		}
		_, err = tx.Exec(leave)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
