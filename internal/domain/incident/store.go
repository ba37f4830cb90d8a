package incident

import (
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/db"
)

const columns = `i.id, i.number, i.title, i.description, i.service, s.name, s.title, i.severity, i.state, i.source,
	i.assignee, u.login, u.name, i.detected, i.opened, i.acknowledged, i.acknowledger, i.acknowledger_name, i.progress,
	i.snoozed_until, i.restored, i.closed, i.merged_into, COALESCE(m.number, 0), i.opening, i.version,
	i.past, i.resumed, i.holder_before`

const from = ` FROM incident i JOIN service s ON s.id = i.service
	LEFT JOIN app_user u ON u.id = i.assignee LEFT JOIN incident m ON m.id = i.merged_into `

func scan(s db.Scanner) (i Incident, err error) {
	var past int64
	err = s.Scan(db.Text(&i.ID), &i.Number, &i.Title, &i.Description, db.Text(&i.Service), &i.ServiceName, &i.ServiceFull,
		&i.Severity, db.Text(&i.State), db.Text(&i.Source), db.Text(&i.Assignee),
		db.Text(&i.AssigneeLogin), db.Text(&i.AssigneeName), db.Time(&i.Detected), db.Time(&i.Opened),
		db.Time(&i.Acknowledged), &i.Acknowledger, &i.AcknowledgerName, db.Time(&i.Progress), db.Time(&i.SnoozedUntil),
		db.Time(&i.Restored), db.Time(&i.Closed), db.Text(&i.MergedInto), &i.MergedNumber, &i.Opening, &i.Version,
		&past, db.Time(&i.Resumed), &i.HolderBefore)
	i.Past = time.Duration(past) * time.Microsecond
	return i, err
}

// ByID returns an incident.
func ByID(tx *db.Tx, id ID) (Incident, error) {
	i, err := db.One(tx, scan, `SELECT `+columns+from+`WHERE i.id = ?`, string(id))
	return i, db.OrNotFound(err, "there is no such incident")
}

// ByKey returns the incident that people call key.
func ByKey(tx *db.Tx, key string) (Incident, error) {
	number, err := ParseKey(key)
	if err != nil {
		return Incident{}, err
	}
	i, err := db.One(tx, scan, `SELECT `+columns+from+`WHERE i.number = ?`, number)
	return i, db.OrNotFound(err, "there is no incident %s", Key(number))
}

// ofGroup returns the active incident that alerts of a group belong to, or ErrNone.
func ofGroup(tx *db.Tx, group string) (Incident, error) {
	return db.One(tx, scan, `SELECT `+columns+from+`WHERE i.group_key = ? AND i.group_key <> ''`, group)
}

// endedOf returns the incidents of a group that were restored at or after an instant, the
// last first.
func endedOf(tx *db.Tx, group string, since time.Time) ([]Incident, error) {
	return db.All(tx, scan, `SELECT `+columns+from+`
		WHERE i.last_group = ? AND i.last_group <> '' AND i.state IN ('restored', 'closed') AND i.restored >= ?
		  AND i.merged_into = '' ORDER BY i.restored DESC, i.number DESC`, group, since)
}

// survivorOf returns the active incident in which one of the group goes on since it was
// merged, or ErrNone.
func survivorOf(tx *db.Tx, group string) (Incident, error) {
	i, err := db.One(tx, scan, `SELECT `+columns+from+`
		WHERE i.last_group = ? AND i.last_group <> '' AND i.merged_into <> '' ORDER BY i.closed DESC LIMIT 1`, group)
	for err == nil && i.MergedInto != "" {
		i, err = ByID(tx, i.MergedInto)
	}
	if err == nil && !i.State.Active() {
		err = db.ErrNone
	}
	return i, err
}

func insert(tx *db.Tx, i Incident, group string) error {
	_, err := tx.Exec(`
		INSERT INTO incident (id, number, title, description, service, severity, state, source, group_key, last_group,
		                      assignee, detected, resumed, opened, acknowledger, acknowledger_name, progress, merged_into, version)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '', ?, '', 1)`,
		string(i.ID), i.Number, i.Title, i.Description, string(i.Service), i.Severity, string(i.State), string(i.Source),
		group, group, string(i.Assignee), i.Detected, i.Resumed, i.Opened, i.Progress)
	return err
}

// update stores everything that may change, if nobody else changed it since it was read.
func update(tx *db.Tx, i *Incident) error {
	n, err := tx.Exec(`
		UPDATE incident SET title = ?, description = ?, severity = ?, state = ?, assignee = ?, acknowledged = ?,
		       acknowledger = ?, acknowledger_name = ?, progress = ?, snoozed_until = ?, restored = ?, closed = ?,
		       merged_into = ?, opening = ?, detected = ?, resumed = ?, past = ?, holder_before = ?, version = version + 1,
		       group_key = CASE WHEN ? THEN group_key ELSE '' END
		WHERE id = ? AND version = ?`,
		i.Title, i.Description, i.Severity, string(i.State), string(i.Assignee), i.Acknowledged,
		i.Acknowledger, i.AcknowledgerName, i.Progress, i.SnoozedUntil, i.Restored, i.Closed,
		string(i.MergedInto), i.Opening, i.Detected, i.Resumed, i.Past, i.HolderBefore, i.State.Active(), string(i.ID), i.Version)
	if err == nil && n == 0 {
		err = errs.Conflictf("%s was changed by somebody else just now: look again", i.Key())
	}
	i.Version++
	return err
}

// setRole gives a role to a person; an empty person takes it back.
func setRole(tx *db.Tx, i ID, role Role, person string) error {
	if person == "" {
		_, err := tx.Exec(`DELETE FROM incident_role WHERE incident = ? AND role = ?`, string(i), string(role))
		return err
	}
	_, err := tx.Exec(`
		INSERT INTO incident_role (incident, role, person) VALUES (?, ?, ?)
		ON CONFLICT (incident, role) DO UPDATE SET person = excluded.person`, string(i), string(role), person)
	return err
}

// RolesOf returns who plays which role.
func RolesOf(tx *db.Tx, i ID) (map[Role]string, error) {
	type row struct{ role, person string }
	rows, err := db.All(tx, func(s db.Scanner) (r row, err error) {
		return r, s.Scan(&r.role, &r.person)
	}, `SELECT role, person FROM incident_role WHERE incident = ?`, string(i))
	out := map[Role]string{}
	for _, r := range rows {
		out[Role(r.role)] = r.person
	}
	return out, err
}

// linkBoth links two incidents, each to the other.
func linkBoth(tx *db.Tx, a, b ID) error {
	for _, pair := range [][2]ID{{a, b}, {b, a}} {
		_, err := tx.Exec(`INSERT INTO incident_link (incident, other) VALUES (?, ?) ON CONFLICT DO NOTHING`,
			string(pair[0]), string(pair[1]))
		if err != nil {
			return err
		}
	}
	return nil
}

// LinksOf returns the incidents that are linked to this one or were merged into it.
func LinksOf(tx *db.Tx, i ID) ([]Incident, error) {
	return db.All(tx, scan, `SELECT `+columns+from+`
		WHERE i.id IN (SELECT other FROM incident_link WHERE incident = ?) OR i.merged_into = ?
		ORDER BY i.number`, string(i), string(i))
}

// regroup lets alerts of its group join a reopened incident again, unless another has
// taken the group meanwhile.
func regroup(tx *db.Tx, i ID) error {
	_, err := tx.Exec(`
		UPDATE incident SET group_key = last_group WHERE id = ? AND NOT EXISTS (
			SELECT 1 FROM incident o WHERE o.group_key = incident.last_group AND o.group_key <> '')`, string(i))
	return err
}
