package customer

import (
	"strings"

	"mainstay/internal/base/id"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

const columns = `c.id, c.name, c.title, c.description, c.zone, c.account_owner, c.contacts, c.version, c.created, c.changed,
	(SELECT string_agg(l.service, ',' ORDER BY l.position) FROM customer_service l WHERE l.customer = c.id)`

func scan(r db.Scanner) (c Customer, err error) {
	var services string
	err = r.Scan(&c.ID, &c.Name, &c.Title, &c.Description, &c.Zone, db.Text(&c.AccountOwner), db.JSON(&c.Contacts),
		&c.Version, db.Time(&c.Created), db.Time(&c.Changed), db.Text(&services))
	if services != "" {
		c.Services = strings.Split(services, ",")
	}
	return c, err
}

// many reads with a condition on c, in order of name.
func many(tx *db.Tx, where string, args ...any) ([]Customer, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM customer c WHERE `+where+` ORDER BY c.name`, args...)
}

// pageOf returns up to limit customers behind the name after; own, when not empty, is the
// only one that may be seen; like is what name or title contain.
func pageOf(tx *db.Tx, own, after, like string, limit int) ([]Customer, error) {
	return db.All(tx, scan, `
		SELECT `+columns+` FROM customer c
		WHERE c.name > ? AND (CAST(? AS TEXT) = '' OR c.name = ?) AND LOWER(c.name || ' ' || c.title) LIKE ? ESCAPE '\'
		ORDER BY c.name LIMIT ?`, after, own, own, contains(like), limit)
}

// save writes the customer; an empty id makes a new one.
func save(tx *db.Tx, customerID ID, name string, s Spec, owner people.UserID) (ID, error) {
	if customerID == "" {
		customerID = id.New[ID]()
	}
	_, err := tx.Exec(`
		INSERT INTO customer (id, name, title, description, zone, account_owner, contacts, version, created, changed)
		VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?)
		ON CONFLICT (id) DO UPDATE SET title = excluded.title, description = excluded.description, zone = excluded.zone,
			account_owner = excluded.account_owner, contacts = excluded.contacts, version = customer.version + 1, changed = excluded.changed`,
		string(customerID), name, or(s.Title, name), s.Description, or(s.Zone, "UTC"), orNull(owner), db.AsJSON(s.Contacts),
		tx.Now(), tx.Now())
	if err != nil {
		return "", err
	}
	if _, err := tx.Exec(`DELETE FROM customer_service WHERE customer = ?`, string(customerID)); err != nil {
		return "", err
	}
	for i, service := range s.Services {
		if _, err := tx.Exec(`INSERT INTO customer_service (customer, service, position) VALUES (?, ?, ?)`,
			string(customerID), service, i); err != nil {
			return "", err
		}
	}
	return customerID, nil
}

func remove(tx *db.Tx, id ID) error {
	_, err := tx.Exec(`DELETE FROM customer WHERE id = ?`, string(id))
	return err
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// orNull stores an empty reference as NULL.
func orNull(id people.UserID) any {
	if id == "" {
		return nil
	}
	return string(id)
}

var likeEscape = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`, "\x00", "")

// contains is the LIKE pattern for texts that contain s, everything when s is empty.
func contains(s string) string {
	return "%" + likeEscape.Replace(strings.ToLower(strings.ToValidUTF8(s, ""))) + "%"
}
