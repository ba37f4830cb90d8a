package notify

import (
	"time"

	"mainstay/internal/base/id"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

const methodColumns = `id, person, name, channel, address, secret, verified, code, code_sent, code_tries, created`

func scanMethod(s db.Scanner) (m Method, err error) {
	return m, s.Scan(db.Text(&m.ID), db.Text(&m.Person), &m.Name, db.Text(&m.Channel), &m.Address, &m.secret,
		db.Time(&m.Verified), &m.code, db.Time(&m.codeSent), &m.codeTries, db.Time(&m.Created))
}

// methodsOf returns a person's methods, verified or not, in the person's order.
func methodsOf(tx *db.Tx, person people.UserID) ([]Method, error) {
	return db.All(tx, scanMethod, `
		SELECT `+methodColumns+` FROM contact_method WHERE person = ? ORDER BY position, id`, string(person))
}

func methodByID(tx *db.Tx, id MethodID) (Method, error) {
	return db.One(tx, scanMethod, `SELECT `+methodColumns+` FROM contact_method WHERE id = ?`, string(id))
}

func methodByName(tx *db.Tx, person people.UserID, name string) (Method, error) {
	return db.One(tx, scanMethod, `
		SELECT `+methodColumns+` FROM contact_method WHERE person = ? AND name = ?`, string(person), name)
}

func saveMethod(tx *db.Tx, m Method, position int) error {
	_, err := tx.Exec(`
		INSERT INTO contact_method (id, person, name, position, channel, address, secret, verified, code, code_sent, code_tries, created)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET
			position = excluded.position, channel = excluded.channel, address = excluded.address, secret = excluded.secret,
			verified = excluded.verified, code = excluded.code, code_sent = excluded.code_sent, code_tries = excluded.code_tries`,
		string(m.ID), string(m.Person), m.Name, position, string(m.Channel), m.Address, m.secret,
		m.Verified, m.code, m.codeSent, m.codeTries, m.Created)
	return err
}

func deleteMethod(tx *db.Tx, id MethodID) error {
	_, err := tx.Exec(`DELETE FROM contact_method WHERE id = ?`, string(id))
	return err
}

func setCode(tx *db.Tx, m Method) error {
	_, err := tx.Exec(`UPDATE contact_method SET verified = ?, code = ?, code_sent = ?, code_tries = ? WHERE id = ?`,
		m.Verified, m.code, m.codeSent, m.codeTries, string(m.ID))
	return err
}

func rulesOf(tx *db.Tx, person people.UserID) (map[Urgency][]Rule, error) {
	type row struct {
		urgency Urgency
		rule    Rule
	}
	rows, err := db.All(tx, func(s db.Scanner) (r row, err error) {
		var micros int64
		err = s.Scan(db.Text(&r.urgency), db.Text(&r.rule.Method), &r.rule.Name, &micros)
		r.rule.After = time.Duration(micros) * time.Microsecond
		return r, err
	}, `SELECT r.urgency, r.method, m.name, r.after FROM notification_rule r JOIN contact_method m ON m.id = r.method
		WHERE r.person = ? ORDER BY r.urgency, r.position`, string(person))
	out := map[Urgency][]Rule{}
	for _, r := range rows {
		out[r.urgency] = append(out[r.urgency], r.rule)
	}
	return out, err
}

func saveRules(tx *db.Tx, person people.UserID, rules map[Urgency][]Rule) error {
	if err := deleteRules(tx, person); err != nil {
		return err
	}
	for urgency, list := range rules {
		for i, r := range list {
			_, err := tx.Exec(`
				INSERT INTO notification_rule (person, urgency, position, method, after) VALUES (?, ?, ?, ?, ?)`,
				string(person), string(urgency), i, string(r.Method), r.After)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func deleteRules(tx *db.Tx, person people.UserID) error {
	_, err := tx.Exec(`DELETE FROM notification_rule WHERE person = ?`, string(person))
	return err
}

// reached lists the people who have contact methods.
func reached(tx *db.Tx) ([]people.UserID, error) {
	return db.All(tx, db.Value[people.UserID], `SELECT DISTINCT person FROM contact_method`)
}

func newMethodID() MethodID { return id.New[MethodID]() }
