package metricrule

import (
	"errors"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/db"
)

const columns = `id, kind, name, spec, service, owner, version, created, changed`

func scan(sc db.Scanner) (it Item, err error) {
	var spec string
	if err := sc.Scan(&it.ID, &it.Kind, &it.Name, &spec, db.Text(&it.Service), db.Text(&it.Owner), &it.Version,
		db.Time(&it.Created), db.Time(&it.Changed)); err != nil {
		return it, err
	}
	if it.Kind == Anomaly {
		return it, db.JSON(&it.Anomaly).Scan(spec)
	}
	return it, db.JSON(&it.Spec).Scan(spec)
}

func save(tx *db.Tx, it Item, refs references) error {
	spec := db.AsJSON(it.Spec)
	if it.Kind == Anomaly {
		spec = db.AsJSON(it.Anomaly)
	}
	_, err := tx.Exec(`
		INSERT INTO metricrule (id, kind, name, spec, disabled, service, component, owner, version, created, changed)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)
		ON CONFLICT (id) DO UPDATE SET spec = excluded.spec, disabled = excluded.disabled, service = excluded.service,
			component = excluded.component, owner = excluded.owner, version = metricrule.version + 1, changed = excluded.changed`,
		string(it.ID), string(it.Kind), it.Name, spec, it.Disabled(), orNull(refs.service), orNull(refs.component), orNull(refs.owner),
		tx.Now(), tx.Now())
	if db.IsDuplicate(err) {
		return errs.Conflictf("metric rules %q have just been made by somebody else", it.Name)
	}
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM metricrule_hours WHERE rule = ?`, string(it.ID)); err != nil {
		return err
	}
	for _, c := range refs.calendars {
		if _, err := tx.Exec(`INSERT INTO metricrule_hours (rule, calendar) VALUES (?, ?) ON CONFLICT DO NOTHING`, string(it.ID), c); err != nil {
			return err
		}
	}
	_, err = tx.Exec(`
		INSERT INTO metricrule_run (rule, node, until, evaluated, took, health, failing) VALUES (?, '', 0, NULL, 0, '[]', FALSE)
		ON CONFLICT DO NOTHING`, string(it.ID))
	return err
}

// orNull stores an empty reference as NULL.
func orNull[T ~string](id T) any {
	if id == "" {
		return nil
	}
	return string(id)
}

// setVersion is the version of the set of rules.
func setVersion(tx *db.Tx) (int64, error) {
	return db.One(tx, db.Value[int64], `SELECT version FROM metricrule_set WHERE one = 1`)
}

func rowsOf(tx *db.Tx, of ID) ([]row, error) {
	return db.All(tx, func(sc db.Scanner) (r row, err error) { return r, sc.Scan(&r.Print, db.JSON(&r)) },
		`SELECT print, row FROM metricrule_alert WHERE rule = ? ORDER BY print`, string(of))
}

func saveRow(tx *db.Tx, of ID, r row) error {
	_, err := tx.Exec(`INSERT INTO metricrule_alert (rule, print, row) VALUES (?, ?, ?)
		ON CONFLICT (rule, print) DO UPDATE SET row = excluded.row`, string(of), r.Print, db.AsJSON(r))
	return err
}

func dropRow(tx *db.Tx, of ID, print string) error {
	_, err := tx.Exec(`DELETE FROM metricrule_alert WHERE rule = ? AND print = ?`, string(of), print)
	return err
}

func saveDay(tx *db.Tx, of ID, now time.Time, fired, would int64) error {
	if fired+would == 0 {
		return nil
	}
	_, err := tx.Exec(`INSERT INTO metricrule_day (rule, day, fired, would) VALUES (?, ?, ?, ?)
		ON CONFLICT (rule, day) DO UPDATE SET fired = metricrule_day.fired + excluded.fired, would = metricrule_day.would + excluded.would`,
		string(of), now.UTC().Truncate(24*time.Hour), fired, would)
	return err
}

// running is a row of metricrule_run.
type running struct {
	node      string
	until     time.Time
	evaluated time.Time
	took      time.Duration
	health    []RuleHealth
	failing   bool
}

func runningOf(tx *db.Tx, of ID) (r running, err error) {
	r, err = db.One(tx, func(sc db.Scanner) (r running, err error) {
		var took int64
		err = sc.Scan(&r.node, db.Time(&r.until), db.Time(&r.evaluated), &took, db.JSON(&r.health), &r.failing)
		r.took = time.Duration(took) * time.Microsecond
		return r, err
	}, `SELECT node, until, evaluated, took, health, failing FROM metricrule_run WHERE rule = ?`, string(of))
	if errors.Is(err, db.ErrNone) {
		return running{}, nil
	}
	return r, err
}

// saveRunning notes how evaluations went, for a node that has the lease; false when it has it no more.
func saveRunning(tx *db.Tx, of ID, node string, r running) (bool, error) {
	n, err := tx.Exec(`UPDATE metricrule_run SET evaluated = ?, took = ?, health = ?, failing = ? WHERE rule = ? AND node = ?`,
		r.evaluated, r.took.Microseconds(), db.AsJSON(r.health), r.failing, string(of), node)
	return n > 0, err
}
