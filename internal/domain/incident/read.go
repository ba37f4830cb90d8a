package incident

import (
	"context"
	"errors"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/escalation"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/outbox"
)

func isNone(err error) bool { return errors.Is(err, db.ErrNone) }

// read checks that the actor may read an incident and runs fn on it.
func (s *Service) read(ctx context.Context, by actor.Actor, key string, fn func(*db.Tx, Incident) error) error {
	if err := people.Allow(by, people.IncidentRead, people.Target{}); err != nil {
		return err
	}
	return s.DB.View(ctx, func(tx *db.Tx) error {
		i, err := ByKey(tx, key)
		if err != nil {
			return err
		}
		return fn(tx, i)
	})
}

// Get returns an incident.
func (s *Service) Get(ctx context.Context, by actor.Actor, key string) (out Incident, err error) {
	err = s.read(ctx, by, key, func(_ *db.Tx, i Incident) error {
		out = i
		return nil
	})
	return out, err
}

// Detail is an incident with all that its page shows.
type Detail struct {
	Incident
	Roles    map[Role]people.User
	Clocks   escalation.Status
	Alerts   []alert.Alert
	Timeline []Entry
	Messages []outbox.Message
	Linked   []Incident
	// Runbook of the service; empty when it has none.
	Runbook string
}

// Detail returns an incident with all that its page shows, on one snapshot.
func (s *Service) Detail(ctx context.Context, by actor.Actor, key string) (d Detail, err error) {
	err = s.read(ctx, by, key, func(tx *db.Tx, i Incident) error {
		d = Detail{Incident: i, Roles: map[Role]people.User{}}
		if err := s.detailPeople(tx, &d); err != nil {
			return err
		}
		if d.Clocks, err = s.Escalation.StatusOf(tx, string(i.ID)); err != nil {
			return err
		}
		if d.Alerts, err = alert.OfIncident(tx, string(i.ID)); err != nil {
			return err
		}
		if d.Timeline, err = timelineOf(tx, i); err != nil {
			return err
		}
		if d.Messages, err = outbox.OfRecord(tx, i.Record()); err != nil {
			return err
		}
		service, err := catalogue.ServiceByID(tx, i.Service)
		if err != nil {
			return err
		}
		d.Runbook = service.Runbook
		d.Linked, err = LinksOf(tx, i.ID)
		return err
	})
	return d, err
}

func (s *Service) detailPeople(tx *db.Tx, d *Detail) error {
	roles, err := RolesOf(tx, d.ID)
	if err != nil {
		return err
	}
	for role, person := range roles {
		u, err := people.UserByID(tx, people.UserID(person))
		if err != nil {
			return err
		}
		d.Roles[role] = u
	}
	return nil
}

// Filter narrows a list of incidents; zero fields do not.
type Filter struct {
	States     []State
	Severities []int
	Service    string // name
	Assignee   string // login
	// Active keeps those that are not restored.
	Active bool
	// Words must all occur in the title, the key or the service, without regard to case.
	Words string
	// Sort is "" (worst and oldest first) or "newest".
	Sort string
}

// cursor is the sort key of a list.
type cursor struct {
	Severity int   `json:"s"`
	Number   int64 `json:"n"`
}

// List returns incidents, the worst first and among those the oldest, or the newest first.
func (s *Service) List(ctx context.Context, by actor.Actor, f Filter, r page.Request) (out page.List[Incident], err error) {
	if err := people.Allow(by, people.IncidentRead, people.Target{}); err != nil {
		return out, err
	}
	var after cursor
	more, err := page.Decode(r.Cursor, &after)
	if err != nil {
		return out, err
	}
	where, args, err := f.where()
	if err != nil {
		return out, err
	}
	order := "i.severity, i.number"
	switch {
	case f.Sort == "newest" && more:
		where, args = where+" AND i.number < ?", append(args, after.Number)
	case f.Sort == "" && more:
		where += " AND (i.severity > ? OR i.severity = ? AND i.number > ?)"
		args = append(args, after.Severity, after.Severity, after.Number)
	}
	if f.Sort == "newest" {
		order = "i.number DESC"
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		rows, err := db.All(tx, scan, `SELECT `+columns+from+`WHERE `+where+` ORDER BY `+order+` LIMIT ?`,
			append(args, r.Size()+1)...)
		out = page.Of(rows, r, func(i Incident) any { return cursor{i.Severity, i.Number} })
		return err
	})
	return out, err
}

func (f Filter) where() (string, []any, error) {
	var c errs.Check
	c.Require(f.Sort == "" || f.Sort == "newest", "sort", `must be "newest" or left out`)
	clauses, args := []string{"i.number > 0"}, []any{}
	in := func(column string, n int, each func(int) any) {
		if n == 0 {
			return
		}
		clauses = append(clauses, column+" IN (?"+strings.Repeat(", ?", n-1)+")")
		for i := range n {
			args = append(args, each(i))
		}
	}
	in("i.state", len(f.States), func(i int) any { return string(f.States[i]) })
	in("i.severity", len(f.Severities), func(i int) any { return f.Severities[i] })
	if f.Active {
		clauses = append(clauses, "i.state IN ('open', 'acknowledged', 'investigating')")
	}
	if f.Service != "" {
		clauses, args = append(clauses, "s.name = ?"), append(args, f.Service)
	}
	if f.Assignee != "" {
		clauses, args = append(clauses, "u.login = ?"), append(args, f.Assignee)
	}
	for word := range strings.FieldsSeq(strings.ToLower(f.Words)) {
		like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(word) + "%"
		clauses = append(clauses, `(lower(i.title) LIKE ? ESCAPE '\' OR s.name LIKE ? ESCAPE '\' OR 'inc-' || i.number LIKE ? ESCAPE '\')`)
		args = append(args, like, like, like)
	}
	return strings.Join(clauses, " AND "), args, c.Err("the filter")
}

// Counts are how many incidents are active, for the first screen.
type Counts struct {
	Active, Open int64 // Open: nobody has acknowledged
	Worst        int   // the worst severity among the active; 0 when there is none
}

// Count counts the active incidents.
func (s *Service) Count(ctx context.Context, by actor.Actor) (c Counts, err error) {
	if err := people.Allow(by, people.IncidentRead, people.Target{}); err != nil {
		return c, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		c, err = db.One(tx, func(sc db.Scanner) (c Counts, err error) {
			return c, sc.Scan(&c.Active, &c.Open, &c.Worst)
		}, `SELECT count(*), COALESCE(SUM(CASE WHEN state = 'open' THEN 1 ELSE 0 END), 0), COALESCE(MIN(severity), 0)
			FROM incident WHERE state IN ('open', 'acknowledged', 'investigating')`)
		return err
	})
	return c, err
}
