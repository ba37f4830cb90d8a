package people

import (
	"strings"

	"mainstay/internal/base/page"
	"mainstay/internal/engine/db"
)

// selectUsers reads one row more than the page holds. An only that is not empty leaves
// nothing but that user.
func selectUsers(tx *db.Tx, f UserFilter, only UserID, r page.Request) ([]User, error) {
	var after string
	if _, err := page.Decode(r.Cursor, &after); err != nil {
		return nil, err
	}
	like := contains(f.Query)
	return db.All(tx, scanUser, `
		SELECT `+userColumns+` FROM app_user u
		WHERE u.login > ?
		  AND (u.login LIKE ? ESCAPE '!' OR LOWER(u.name) LIKE ? ESCAPE '!')
		  AND (CAST(? AS TEXT) = '' OR u.role = ?)
		  AND (CAST(? AS BOOLEAN) OR NOT u.disabled)
		  AND (CAST(? AS TEXT) = '' OR u.id = ?)
		ORDER BY u.login LIMIT ?`,
		after, like, like, string(f.Role), string(f.Role), f.Disabled, string(only), string(only), r.Size()+1)
}

// selectTeams reads one row more than the page holds.
func selectTeams(tx *db.Tx, f TeamFilter, r page.Request) ([]Team, error) {
	var after string
	if _, err := page.Decode(r.Cursor, &after); err != nil {
		return nil, err
	}
	like := contains(f.Query)
	return db.All(tx, scanTeam, `
		SELECT `+teamColumns+` FROM team t
		WHERE t.name > ?
		  AND (t.name LIKE ? ESCAPE '!' OR LOWER(t.title) LIKE ? ESCAPE '!')
		  AND (CAST(? AS TEXT) = '' OR t.level = ?)
		ORDER BY t.name LIMIT ?`,
		after, like, like, string(f.Level), string(f.Level), r.Size()+1)
}

// contains makes a LIKE pattern that finds query anywhere; it is matched against lower case.
func contains(query string) string {
	escaped := strings.NewReplacer("!", "!!", "%", "!%", "_", "!_", "\x00", "").Replace(strings.ToLower(query))
	return "%" + strings.ToValidUTF8(escaped, "") + "%"
}
