package people

import (
	"cmp"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/id"
	"mainstay/internal/engine/db"
)

const userColumns = `u.id, u.login, u.name, u.email, u.role, u.zone, u.customer, u.disabled, u.created, u.password_set,
	(SELECT string_agg(m.team, ',' ORDER BY m.team) FROM membership m WHERE m.user_id = u.id)`

func scanUser(s db.Scanner) (u User, err error) {
	var teams string
	err = s.Scan(&u.ID, &u.Login, &u.Name, &u.Email, db.Text(&u.Role), &u.Zone, &u.Customer, &u.Disabled,
		db.Time(&u.Created), db.Time(&u.PasswordSet), db.Text(&teams))
	u.Teams = ids[TeamID](teams)
	return u, err
}

// ids splits what string_agg joined.
func ids[T ~string](joined string) []T {
	var out []T
	for s := range strings.SplitSeq(joined, ",") {
		if s != "" {
			out = append(out, T(s))
		}
	}
	return out
}

// UserByID returns the user, disabled or not, or NotFound.
func UserByID(tx *db.Tx, id UserID) (User, error) {
	u, err := db.One(tx, scanUser, `SELECT `+userColumns+` FROM app_user u WHERE u.id = ?`, string(id))
	return u, db.OrNotFound(err, "there is no user with id %q", id)
}

// UserByLogin returns the user, disabled or not, or NotFound.
func UserByLogin(tx *db.Tx, login string) (User, error) {
	u, err := db.One(tx, scanUser, `SELECT `+userColumns+` FROM app_user u WHERE u.login = ?`, login)
	return u, db.OrNotFound(err, "there is no user %q", login)
}

// WithRole returns the enabled users with this role, by login.
func WithRole(tx *db.Tx, role actor.Role) ([]User, error) {
	return db.All(tx, scanUser, `
		SELECT `+userColumns+` FROM app_user u WHERE u.role = ? AND NOT u.disabled ORDER BY u.login`, string(role))
}

// AllUsers returns every user, the disabled ones too, by login.
func AllUsers(tx *db.Tx) ([]User, error) {
	return db.All(tx, scanUser, `SELECT `+userColumns+` FROM app_user u ORDER BY u.login`)
}

// MembersOf returns the enabled members of a team, by login.
func MembersOf(tx *db.Tx, team TeamID) ([]User, error) {
	return db.All(tx, scanUser, `
		SELECT `+userColumns+` FROM app_user u JOIN membership tm ON tm.user_id = u.id
		WHERE tm.team = ? AND NOT u.disabled ORDER BY u.login`, string(team))
}

func insertUser(tx *db.Tx, login string, s UserSpec) (UserID, error) {
	userID := id.New[UserID]()
	_, err := tx.Exec(`
		INSERT INTO app_user (id, login, name, email, role, zone, customer, disabled, created)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		string(userID), login, cmp.Or(s.Title, login), s.Email, string(s.Role), cmp.Or(s.Zone, "UTC"), s.Customer, s.Disabled, tx.Now())
	return userID, err
}

func updateUser(tx *db.Tx, was User, s UserSpec) error {
	_, err := tx.Exec(`
		UPDATE app_user SET name = ?, email = ?, role = ?, zone = ?, customer = ?, disabled = ? WHERE id = ?`,
		cmp.Or(s.Title, was.Login), s.Email, string(s.Role), cmp.Or(s.Zone, "UTC"), s.Customer, s.Disabled, string(was.ID))
	return err
}

const teamColumns = `t.id, t.name, t.title, t.level, t.hours, t.contact, t.owner, t.review_by, t.created,
	(SELECT string_agg(m.user_id, ',' ORDER BY m.user_id) FROM membership m WHERE m.team = t.id)`

func scanTeam(s db.Scanner) (t Team, err error) {
	var members string
	err = s.Scan(&t.ID, &t.Name, &t.Title, db.Text(&t.Level), &t.Hours, &t.Contact, db.Text(&t.Owner), &t.ReviewBy,
		db.Time(&t.Created), db.Text(&members))
	t.Members = ids[UserID](members)
	return t, err
}

// TeamByID returns the team or NotFound.
func TeamByID(tx *db.Tx, id TeamID) (Team, error) {
	t, err := db.One(tx, scanTeam, `SELECT `+teamColumns+` FROM team t WHERE t.id = ?`, string(id))
	return t, db.OrNotFound(err, "there is no team with id %q", id)
}

// TeamByName returns the team or NotFound.
func TeamByName(tx *db.Tx, name string) (Team, error) {
	t, err := db.One(tx, scanTeam, `SELECT `+teamColumns+` FROM team t WHERE t.name = ?`, name)
	return t, db.OrNotFound(err, "there is no team %q", name)
}

// AllTeams returns every team, by name.
func AllTeams(tx *db.Tx) ([]Team, error) {
	return db.All(tx, scanTeam, `SELECT `+teamColumns+` FROM team t ORDER BY t.name`)
}

func insertTeam(tx *db.Tx, name string) (TeamID, error) {
	teamID := id.New[TeamID]()
	_, err := tx.Exec(`
		INSERT INTO team (id, name, title, level, hours, contact, review_by, created) VALUES (?, ?, '', '', '', '', '', ?)`,
		string(teamID), name, tx.Now())
	return teamID, err
}

func updateTeam(tx *db.Tx, id TeamID, name string, s TeamSpec, owner UserID, members []UserID) error {
	_, err := tx.Exec(`
		UPDATE team SET title = ?, level = ?, hours = ?, contact = ?, owner = ?, review_by = ? WHERE id = ?`,
		cmp.Or(s.Title, name), string(s.Level), s.Hours, s.Contact, orNull(owner), s.ReviewBy, string(id))
	if err != nil {
		return err
	}
	if err := deleteMembers(tx, id); err != nil {
		return err
	}
	for _, m := range members {
		if _, err := tx.Exec(`INSERT INTO membership (team, user_id) VALUES (?, ?)`, string(id), string(m)); err != nil {
			return err
		}
	}
	return nil
}

func deleteMembers(tx *db.Tx, id TeamID) error {
	_, err := tx.Exec(`DELETE FROM membership WHERE team = ?`, string(id))
	return err
}

func deleteTeam(tx *db.Tx, id TeamID) error {
	if err := deleteMembers(tx, id); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM team WHERE id = ?`, string(id))
	return err
}

// orNull stores an empty reference as NULL.
func orNull[T ~string](id T) any {
	if id == "" {
		return nil
	}
	return string(id)
}
