package catalogue

import (
	"strings"

	"mainstay/internal/base/id"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

const serviceColumns = `s.id, s.name, s.title, s.description, s.tier, s.owner, s.hours, s.business_hours,
	s.availability_target, s.functions, s.user_groups, s.support_hours, s.work_cycle, s.runbook,
	s.policy, s.group_by, s.restore_when_resolved, s.version, s.created, s.changed,
	(SELECT t.name FROM team t WHERE t.id = s.owner),
	(SELECT string_agg(t.team, ',' ORDER BY t.position) FROM service_team t WHERE t.service = s.id),
	(SELECT string_agg(e.name, ',' ORDER BY l.position) FROM service_environment l
	 JOIN environment e ON e.id = l.environment WHERE l.service = s.id)`

func scanService(r db.Scanner) (s Service, err error) {
	var support, environments string
	err = r.Scan(&s.ID, &s.Name, &s.Title, &s.Description, &s.Tier, db.Text(&s.Owner), &s.Hours, &s.BusinessHours,
		&s.AvailabilityTarget, db.JSON(&s.Functions), db.JSON(&s.UserGroups), &s.SupportHours, db.Text(&s.WorkCycle), &s.Runbook,
		&s.Policy, db.JSON(&s.GroupBy), &s.RestoreWhenResolved, &s.Version, db.Time(&s.Created), db.Time(&s.Changed),
		db.Text(&s.OwnerName), db.Text(&support), db.Text(&environments))
	s.Support, s.Environments = split[people.TeamID](support), split[string](environments)
	return s, err
}

// oneService and manyServices read with a condition on s, the services are in order of name.
func oneService(tx *db.Tx, where string, args ...any) (Service, error) {
	return db.One(tx, scanService, `SELECT `+serviceColumns+` FROM service s WHERE `+where, args...)
}

func manyServices(tx *db.Tx, where string, args ...any) ([]Service, error) {
	return db.All(tx, scanService, `SELECT `+serviceColumns+` FROM service s WHERE `+where+` ORDER BY s.name`, args...)
}

// pageOfServices returns up to limit services behind the name after; like, when not empty,
// is what name or title contain, in lower case.
func pageOfServices(tx *db.Tx, after, like string, limit int) ([]Service, error) {
	return db.All(tx, scanService, `
		SELECT `+serviceColumns+` FROM service s
		WHERE s.name > ? AND LOWER(s.name || ' ' || s.title) LIKE ? ESCAPE '\'
		ORDER BY s.name LIMIT ?`, after, contains(like), limit)
}

func insertService(tx *db.Tx, name string) (ServiceID, error) {
	serviceID := id.New[ServiceID]()
	_, err := tx.Exec(`
		INSERT INTO service (id, name, title, description, tier, hours, business_hours, availability_target,
		                     functions, user_groups, support_hours, work_cycle, runbook, policy, group_by,
		                     restore_when_resolved, version, created, changed)
		VALUES (?, ?, '', '', 4, '', '', 0, '', '', '', '', '', '', '', TRUE, 0, ?, ?)`,
		string(serviceID), name, tx.Now(), tx.Now())
	return serviceID, err
}

// updateService writes everything but id, name and creation.
func updateService(tx *db.Tx, s Service, environments []EnvironmentID) error {
	_, err := tx.Exec(`
		UPDATE service SET title = ?, description = ?, tier = ?, owner = ?, hours = ?, business_hours = ?,
			availability_target = ?, functions = ?, user_groups = ?, support_hours = ?, work_cycle = ?, runbook = ?,
			policy = ?, group_by = ?, restore_when_resolved = ?, version = version + 1, changed = ?
		WHERE id = ?`,
		s.Title, s.Description, s.Tier, orNull(s.Owner), s.Hours, s.BusinessHours,
		s.AvailabilityTarget, db.AsJSON(s.Functions), db.AsJSON(s.UserGroups), s.SupportHours, string(s.WorkCycle), s.Runbook,
		s.Policy, db.AsJSON(s.GroupBy), s.RestoreWhenResolved, tx.Now(), string(s.ID))
	if err != nil {
		return err
	}
	if err := replaceLinks(tx, `service_team (service, team, position)`, string(s.ID), s.Support); err != nil {
		return err
	}
	return replaceLinks(tx, `service_environment (service, environment, position)`, string(s.ID), environments)
}

// replaceLinks writes the rows of a link table anew; into is the table with its columns,
// of which the first is what the rows belong to.
func replaceLinks[T ~string](tx *db.Tx, into, owner string, list []T) error {
	table, columns, _ := strings.Cut(into, " (")
	column, _, _ := strings.Cut(columns, ",")
	if _, err := tx.Exec(`DELETE FROM `+table+` WHERE `+column+` = ?`, owner); err != nil {
		return err
	}
	for i, other := range list {
		if _, err := tx.Exec(`INSERT INTO `+into+` VALUES (?, ?, ?)`, owner, string(other), i); err != nil {
			return err
		}
	}
	return nil
}

func deleteService(tx *db.Tx, id ServiceID) error {
	_, err := tx.Exec(`DELETE FROM service WHERE id = ?`, string(id))
	return err
}

// split undoes string_agg with commas; ids and names have none.
func split[T ~string](joined string) []T {
	if joined == "" {
		return nil
	}
	var out []T
	for part := range strings.SplitSeq(joined, ",") {
		out = append(out, T(part))
	}
	return out
}

// orNull stores an empty reference as NULL.
func orNull[T ~string](id T) any {
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
