package rule

import (
	"errors"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/id"
	"mainstay/internal/domain/alert"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/signal"
)

const columns = `id, name, spec, service, sees, given, version, created, changed`

func scan(sc db.Scanner) (r Rule, err error) {
	return r, sc.Scan(&r.ID, &r.Name, db.JSON(&r.Spec), db.Text(&r.Service), db.JSON(&r.Sees), &r.Given, &r.Version,
		db.Time(&r.Created), db.Time(&r.Changed))
}

func all(tx *db.Tx) ([]Rule, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM rule ORDER BY name`)
}

// save writes the rule; an empty id makes a new one.
func save(tx *db.Tx, rule ID, name string, s Spec, scope signal.Scope, refs references) (ID, error) {
	if rule == "" {
		rule = id.New[ID]()
	}
	_, err := tx.Exec(`
		INSERT INTO rule (id, name, spec, disabled, service, component, hours, sees, given, version, created, changed)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, FALSE, 1, ?, ?)
		ON CONFLICT (id) DO UPDATE SET spec = excluded.spec, disabled = excluded.disabled, service = excluded.service,
			component = excluded.component, hours = excluded.hours, sees = excluded.sees, version = rule.version + 1,
			changed = excluded.changed`,
		string(rule), name, db.AsJSON(s), s.Disabled, orNull(refs.service), orNull(refs.component), s.Hours, db.AsJSON(scope),
		tx.Now(), tx.Now())
	if db.IsDuplicate(err) {
		return rule, errs.Conflictf("log rule %q has just been made by somebody else", name)
	}
	return rule, err
}

// orNull stores an empty reference as NULL.
func orNull[T ~string](id T) any {
	if id == "" {
		return nil
	}
	return string(id)
}

// beginIn notes from where on in each spool lines are shown to a rule that is enabled now. In our
// own that is its end as of now: what arrives after the commit is behind it. In another server's it
// is what its rules have dealt with, which cannot be later.
func (s *Service) beginIn(tx *db.Tx, rule ID) error {
	if _, err := tx.Exec(`DELETE FROM rule_from WHERE rule = ?`, string(rule)); err != nil {
		return err
	}
	own := ""
	if s.Spool != nil {
		own = s.Spool.ID()
		if _, err := tx.Exec(`INSERT INTO rule_from (rule, spool, cursor) VALUES (?, ?, ?)`, string(rule), own, s.Spool.End()); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`
		INSERT INTO rule_from (rule, spool, cursor)
		SELECT CAST(? AS TEXT), spool, cursor FROM rule_spool WHERE spool <> ?`, string(rule), own)
	return err
}

// forgetIn resolves what fires of a rule and drops its windows.
func (s *Service) forgetIn(tx *db.Tx, r Rule) error {
	states, err := db.All(tx, func(sc db.Scanner) (st state, err error) { return st, sc.Scan(db.JSON(&st)) },
		`SELECT state FROM rule_state WHERE rule = ?`, string(r.ID))
	if err != nil {
		return err
	}
	for _, st := range states {
		for _, g := range st.Groups {
			if g.Episode == nil {
				continue
			}
			if err := s.Alerts.ReceiveIn(tx, actor.Mainstay, alert.In{Labels: g.Episode.Labels, Ends: tx.Now()}); err != nil {
				return err
			}
		}
	}
	if _, err := tx.Exec(`DELETE FROM rule_state WHERE rule = ?`, string(r.ID)); err != nil {
		return err
	}
	return s.mendedIn(tx, r)
}

// mendedIn takes back that a rule cannot be used.
func (s *Service) mendedIn(tx *db.Tx, r Rule) error {
	n, err := tx.Exec(`UPDATE rule_health SET broken = '', slow = FALSE, trouble = '' WHERE rule = ? AND broken <> ''`, string(r.ID))
	if err != nil || n == 0 {
		return err
	}
	in := brokenAlert(r, "")
	in.Ends = tx.Now()
	return s.Alerts.ReceiveIn(tx, actor.Mainstay, in)
}

// setVersion is the version of the set of rules.
func setVersion(tx *db.Tx) (int64, error) {
	return db.One(tx, db.Value[int64], `SELECT version FROM rule_set WHERE one = 1`)
}

// spoolAt returns how far the rules have got in a spool, and when that was last known.
func spoolAt(tx *db.Tx, spool string) (cursor int64, at time.Time, err error) {
	type row struct {
		cursor int64
		at     time.Time
	}
	r, err := db.One(tx, func(sc db.Scanner) (r row, err error) { return r, sc.Scan(&r.cursor, db.Time(&r.at)) },
		`SELECT cursor, at FROM rule_spool WHERE spool = ?`, spool)
	if errors.Is(err, db.ErrNone) {
		return 0, time.Time{}, nil
	}
	return r.cursor, r.at, err
}

// adopt takes over the states of a spool that is gone: its lines are no more, but what fires of
// them must still be resolved. Only SQLite knows that no other server has it.
func adopt(tx *db.Tx, spool string) error {
	if tx.Postgres() {
		return nil
	}
	if _, err := tx.Exec(`
		DELETE FROM rule_state WHERE spool <> ? AND rule IN (SELECT rule FROM rule_state WHERE spool = ?)`, spool, spool); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE rule_state SET spool = ? WHERE spool <> ?`, spool, spool); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM rule_from WHERE spool <> ?`, spool); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM rule_spool WHERE spool <> ?`, spool)
	return err
}

// storedState is a row of rule_state.
type storedState struct {
	rule    ID
	essence string
	seen    time.Time
	dropped int64
	state   state
}

func statesOf(tx *db.Tx, spool string) ([]storedState, error) {
	return db.All(tx, func(sc db.Scanner) (s storedState, err error) {
		return s, sc.Scan(&s.rule, &s.essence, db.Time(&s.seen), &s.dropped, db.JSON(&s.state))
	}, `SELECT rule, essence, seen, dropped, state FROM rule_state WHERE spool = ?`, spool)
}

func saveState(tx *db.Tx, w *watch, spool string) error {
	_, err := tx.Exec(`
		INSERT INTO rule_state (rule, spool, essence, seen, active, groups, dropped, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (rule, spool) DO UPDATE SET essence = excluded.essence, seen = excluded.seen, active = excluded.active,
			groups = excluded.groups, dropped = excluded.dropped, state = excluded.state`,
		string(w.ID), spool, w.essence, w.seen, len(w.active), len(w.groups), w.dropped, db.AsJSON(w.state()))
	return err
}

func saveDays(tx *db.Tx, w *watch) error {
	for day, c := range w.days {
		_, err := tx.Exec(`
			INSERT INTO rule_day (rule, day, matches, fired) VALUES (?, ?, ?, ?)
			ON CONFLICT (rule, day) DO UPDATE SET matches = rule_day.matches + excluded.matches, fired = rule_day.fired + excluded.fired`,
			string(w.ID), day, c.matches, c.fired)
		if err != nil {
			return err
		}
	}
	return nil
}

func saveHealth(tx *db.Tx, w *watch) error {
	if w.fired.IsZero() && w.skipped == 0 {
		return nil
	}
	_, err := tx.Exec(`
		INSERT INTO rule_health (rule, fired, broken, skipped, trouble) VALUES (?, ?, '', ?, ?)
		ON CONFLICT (rule) DO UPDATE SET fired = COALESCE(excluded.fired, rule_health.fired),
			skipped = rule_health.skipped + excluded.skipped,
			trouble = CASE WHEN excluded.trouble = '' THEN rule_health.trouble ELSE excluded.trouble END`,
		string(w.ID), w.fired, w.skipped, w.trouble)
	return err
}
