package oncall

import (
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// RosterID identifies a roster.
type RosterID string

// Entry is a stored roster.
type Entry struct {
	ID       RosterID
	Name     string
	Team     people.TeamID // whose it is; empty when nobody's
	Calendar calendar.ID   // outside of which gaps do not matter; empty when they always do
	Spec     Spec          // in canonical form
	Version  int64         // 1, 2, 3 …
	Created  time.Time
	Changed  time.Time
}

// Title is the roster's name for people.
func (e Entry) Title() string {
	if e.Spec.Title == "" {
		return e.Name
	}
	return e.Spec.Title
}

// Target is the roster as something to be acted upon.
func (e Entry) Target() people.Target {
	if e.Team == "" {
		return people.Target{}
	}
	return people.Target{Teams: []string{string(e.Team)}}
}

// Record names a roster in the ledger.
func Record(id RosterID) ledger.Record { return ledger.Record{Kind: "roster", ID: string(id)} }

// ByID reads a roster for another room, which has checked its own permission.
func ByID(tx *db.Tx, id RosterID) (Entry, error) {
	e, err := db.One(tx, scan, `SELECT `+columns+` FROM roster WHERE id = ?`, string(id))
	return e, db.OrNotFound(err, "there is no roster with id %s", id)
}

// ByName reads a roster for another room, which has checked its own permission.
func ByName(tx *db.Tx, name string) (Entry, error) {
	e, err := db.One(tx, scan, `SELECT `+columns+` FROM roster WHERE name = ?`, name)
	return e, db.OrNotFound(err, "there is no roster %q", name)
}

// OfTeam returns the rosters of a team by name.
func OfTeam(tx *db.Tx, team people.TeamID) ([]Entry, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM roster WHERE team = ? ORDER BY name`, string(team))
}

// All returns every roster by name.
func All(tx *db.Tx) ([]Entry, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM roster ORDER BY name`)
}

// pageOf returns one more than the page holds.
func pageOf(tx *db.Tx, r page.Request) ([]Entry, error) {
	after := ""
	if _, err := page.Decode(r.Cursor, &after); err != nil {
		return nil, err
	}
	return db.All(tx, scan, `SELECT `+columns+` FROM roster WHERE name > ? ORDER BY name LIMIT ?`, after, r.Size()+1)
}

const columns = `id, name, team, calendar, spec, version, created, changed`

func scan(s db.Scanner) (e Entry, err error) {
	return e, s.Scan(db.Text(&e.ID), &e.Name, db.Text(&e.Team), db.Text(&e.Calendar), db.JSON(&e.Spec), &e.Version,
		db.Time(&e.Created), db.Time(&e.Changed))
}

func insert(tx *db.Tx, e Entry) error {
	_, err := tx.Exec(`
		INSERT INTO roster (id, name, team, calendar, spec, version, created, changed) VALUES (?, ?, ?, ?, ?, 1, ?, ?)`,
		string(e.ID), e.Name, orNull(e.Team), orNull(e.Calendar), db.AsJSON(e.Spec), tx.Now(), tx.Now())
	return err
}

func update(tx *db.Tx, e Entry) error {
	_, err := tx.Exec(`
		UPDATE roster SET team = ?, calendar = ?, spec = ?, version = version + 1, changed = ? WHERE id = ?`,
		orNull(e.Team), orNull(e.Calendar), db.AsJSON(e.Spec), tx.Now(), string(e.ID))
	return err
}

func remove(tx *db.Tx, id RosterID) error {
	_, err := tx.Exec(`DELETE FROM roster WHERE id = ?`, string(id))
	return err
}

// overridesOf returns the overrides that hold at some time between two instants, in the
// order in which they apply.
func overridesOf(tx *db.Tx, roster RosterID, from, to time.Time) ([]Override, error) {
	return db.All(tx, scanOverride, `
		SELECT `+overrideColumns+` WHERE o.roster = ? AND o.ends > ? AND o.starts < ? ORDER BY o.id`, string(roster), from, to)
}

func overrideByID(tx *db.Tx, roster RosterID, id OverrideID) (Override, error) {
	o, err := db.One(tx, scanOverride, `
		SELECT `+overrideColumns+` WHERE o.roster = ? AND o.id = ?`, string(roster), string(id))
	return o, db.OrNotFound(err, "there is no such override of this roster")
}

const overrideColumns = `o.id, o.starts, o.ends, u.login, r.login, o.note, o.creator, o.created
	FROM roster_override o JOIN app_user u ON u.id = o.user_id LEFT JOIN app_user r ON r.id = o.replaces`

func scanOverride(s db.Scanner) (o Override, err error) {
	return o, s.Scan(db.Text(&o.ID), db.Time(&o.From), db.Time(&o.To), &o.User, db.Text(&o.Replaces), &o.Note,
		&o.Creator, db.Time(&o.Created))
}

func insertOverride(tx *db.Tx, roster RosterID, o Override, user, replaces people.UserID) error {
	_, err := tx.Exec(`
		INSERT INTO roster_override (id, roster, starts, ends, user_id, replaces, note, creator, created)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		string(o.ID), string(roster), o.From, o.To, string(user), orNull(replaces), o.Note, o.Creator, o.Created)
	return err
}

func endOverride(tx *db.Tx, id OverrideID, at time.Time) error {
	_, err := tx.Exec(`UPDATE roster_override SET ends = ? WHERE id = ?`, at, string(id))
	return err
}

func removeOverride(tx *db.Tx, id OverrideID) error {
	_, err := tx.Exec(`DELETE FROM roster_override WHERE id = ?`, string(id))
	return err
}

// orNull stores an empty reference as NULL.
func orNull[T ~string](id T) any {
	if id == "" {
		return nil
	}
	return string(id)
}

// directory looks users up, each once, while one question about rosters is answered.
type directory struct {
	tx    *db.Tx
	known map[string]people.User
	err   error // the first look-up that failed; answers are worth nothing then
}

func newDirectory(tx *db.Tx) *directory { return &directory{tx: tx, known: map[string]people.User{}} }

// user returns the user with a login, the zero User when there is none.
func (d *directory) user(login string) people.User {
	u, ok := d.known[login]
	if ok || d.err != nil {
		return u
	}
	u, err := people.UserByLogin(d.tx, login)
	if err != nil && !errs.Is(err, errs.NotFound) {
		d.err = err
	}
	d.known[login] = u
	return u
}

func (d *directory) absent(login string) bool {
	u := d.user(login)
	return u.ID == "" || u.Disabled
}

// name is how people call the user with a login.
func (d *directory) name(login string) string {
	if u := d.user(login); u.Name != "" {
		return u.Name
	}
	return login
}

// open makes the roster ready to be asked about the time between two instants.
func (e Entry) open(tx *db.Tx, d *directory, from, to time.Time) (*Roster, error) {
	r, err := Parse(e.Name, e.Spec)
	if err != nil {
		return nil, err
	}
	r.Absent = d.absent
	r.Overrides, err = overridesOf(tx, e.ID, from, to)
	return r, err
}

// openNow makes the roster ready to be asked who is on call at an instant and around it.
func (e Entry) openNow(tx *db.Tx, d *directory, at time.Time) (*Roster, error) {
	farthest := reaches[len(reaches)-1]
	return e.open(tx, d, at.AddDate(0, 0, -farthest), at.AddDate(0, 0, farthest))
}
