package alert

import (
	"context"
	"errors"
	"slices"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

const columns = `a.id, a.fingerprint, a.service, s.name, a.component, c.name, a.name, a.title, a.severity, a.labels, a.annotations,
	a.link, a.state, a.starts, a.ends, a.received, a.count, a.incident, a.verdict,
	a.held, a.held_why, a.held_by, a.held_since, a.held_until, a.flapping, a.quiet`

const from = ` FROM alert a JOIN service s ON s.id = a.service LEFT JOIN component c ON c.id = a.component `

// scan leaves a link that is none out of every answer. The row keeps what was sent: an alert
// is not refused for its link, and what a sender tried is worth keeping.
func scan(s db.Scanner) (a Alert, err error) {
	err = s.Scan(db.Text(&a.ID), &a.Fingerprint, db.Text(&a.Service), &a.ServiceName, db.Text(&a.Component),
		db.Text(&a.ComponentName), &a.Name, &a.Title, &a.Severity, db.JSON(&a.Labels), db.JSON(&a.Annotations), &a.Link, db.Text(&a.State), db.Time(&a.Starts),
		db.Time(&a.Ends), db.Time(&a.Received), &a.Count, &a.Incident, db.Text(&a.Verdict),
		db.Text(&a.Held.Kind), &a.Held.Why, &a.Held.By, db.Time(&a.Held.Since), db.Time(&a.heldUntil), &a.Flapping, db.Time(&a.Quiet))
	if !text.ValidURL(a.Link) {
		a.Link = ""
	}
	return a, err
}

func insert(tx *db.Tx, a Alert) error {
	_, err := tx.Exec(`
		INSERT INTO alert (id, fingerprint, service, component, name, title, severity, labels, annotations,
		                   link, state, starts, received, count, incident, created, held, held_why, held_by, held_since, flapping)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		string(a.ID), a.Fingerprint, string(a.Service), string(a.Component), a.Name, a.Title, a.Severity,
		db.AsJSON(a.Labels), db.AsJSON(a.Annotations), a.Link, string(a.State), a.Starts, a.Received, a.Count,
		a.Incident, tx.Now(), string(a.Held.Kind), a.Held.Why, a.Held.By, a.Held.Since, a.Flapping)
	return err
}

func activeBy(tx *db.Tx, fingerprint string) (Alert, error) {
	return db.One(tx, scan, `SELECT `+columns+from+`WHERE a.fingerprint = ? AND a.state <> 'resolved'`, fingerprint)
}

func byID(tx *db.Tx, a ID) (Alert, error) {
	return db.One(tx, scan, `SELECT `+columns+from+`WHERE a.id = ?`, string(a))
}

// OfIncident returns the alerts of an incident, oldest first.
func OfIncident(tx *db.Tx, incident string) ([]Alert, error) {
	return db.All(tx, scan, `SELECT `+columns+from+`WHERE a.incident = ? ORDER BY a.created, a.id`, incident)
}

// HasHad reports whether an alert of that fingerprint is, or was, among those of the incident.
func HasHad(tx *db.Tx, incident, fingerprint string) (bool, error) {
	n, err := db.One(tx, db.Value[int64], `
		SELECT count(*) FROM alert WHERE incident = ? AND fingerprint = ?`, incident, fingerprint)
	return n > 0, err
}

// FiringOf returns the alerts of an incident that fire, oldest first.
func FiringOf(tx *db.Tx, incident string) ([]Alert, error) {
	return db.All(tx, scan, `SELECT `+columns+from+`
		WHERE a.incident = ? AND a.state = 'firing' ORDER BY a.created, a.id`, incident)
}

// WorstOf returns the severest alert that an incident has had, of equals the earliest; not found when it
// has had none.
func WorstOf(tx *db.Tx, incident string) (a Alert, found bool, err error) {
	a, err = db.One(tx, scan, `SELECT `+columns+from+`
		WHERE a.incident = ? ORDER BY a.severity, a.created, a.id LIMIT 1`, incident)
	if errors.Is(err, db.ErrNone) {
		return a, false, nil
	}
	return a, err == nil, err
}

// OfRulesIn returns the alerts that log rules have raised and that have not resolved, oldest first; of one
// rule, or of all when rule is empty.
func (s *Service) OfRulesIn(tx *db.Tx, rule string) ([]Alert, error) {
	list, err := db.All(tx, scan, `SELECT `+columns+from+`
		WHERE a.state <> 'resolved' AND a.labels LIKE '%"rule":%' AND (CAST(? AS TEXT) = '' OR a.name = ?)
		ORDER BY a.created, a.id`, rule, cut(oneLine(rule), maxTitle))
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(a Alert) bool { // those about a rule are not of it
		return a.Labels["rule"] == "" || a.Labels["rule"] != a.Labels[labelName]
	})
	return list, s.nameIncidents(tx, list)
}

// ActiveOf counts the alerts of an incident that have not resolved.
func ActiveOf(tx *db.Tx, incident string) (int, error) {
	n, err := db.One(tx, db.Value[int64], `SELECT count(*) FROM alert WHERE incident = ? AND state <> 'resolved'`, incident)
	return int(n), err
}

// GoOnIn gives alerts that fire on after their incident was closed to another one.
func GoOnIn(tx *db.Tx, firing []Alert, incident string) error {
	for _, a := range firing {
		if _, err := tx.Exec(`UPDATE alert SET incident = ? WHERE id = ?`, incident, string(a.ID)); err != nil {
			return err
		}
		a.Incident = incident
		err := ledger.Append(tx, actor.Mainstay, Record(a.ID), "alert.fires-again",
			Fired{Name: a.Name, Title: a.Title, Severity: a.Severity}, incidentRecord(a))
		if err != nil {
			return err
		}
	}
	return nil
}

// EndIn resolves the alerts of an incident because a person says that they are over.
func EndIn(tx *db.Tx, by actor.Actor, incident string) error {
	active, err := db.All(tx, scan, `SELECT `+columns+from+`
		WHERE a.incident = ? AND a.state <> 'resolved' ORDER BY a.created, a.id`, incident)
	if err != nil {
		return err
	}
	for _, a := range active {
		if err := end(tx, by, a, tx.Now()); err != nil {
			return err
		}
	}
	return nil
}

// MoveIn gives the alerts of one incident to another, when the first is merged into it.
func MoveIn(tx *db.Tx, from, to string) error {
	_, err := tx.Exec(`UPDATE alert SET incident = ? WHERE incident = ?`, to, from)
	return err
}

// Filter narrows a list of alerts; zero fields do not.
type Filter struct {
	State    State
	Service  string // name
	Incident string // id
	// Words must all occur in the title, the name or the labels, without regard to case.
	Words string
	// Active leaves out resolved alerts.
	Active bool
	// Worst puts the severest first, and among those the newest.
	Worst bool
}

// cursor is the sort key of a list.
type cursor struct {
	Severity int   `json:"v"` // 0 where severity does not order the list
	Starts   int64 `json:"s"`
	ID       ID    `json:"i"`
}

// List returns alerts, those that started last first, or the severest.
func (s *Service) List(ctx context.Context, by actor.Actor, f Filter, r page.Request) (out page.List[Alert], err error) {
	if err := people.Allow(by, people.AlertRead, people.Target{}); err != nil {
		return out, err
	}
	after := cursor{Starts: 1 << 62}
	if _, err := page.Decode(r.Cursor, &after); err != nil {
		return out, err
	}
	where, args := f.where()
	order, past := "a.starts DESC, a.id DESC", "a.starts < ? OR a.starts = ? AND a.id < ?"
	begin := []any{after.Starts, after.Starts, string(after.ID)}
	if f.Worst {
		order, past = "a.severity, "+order, "a.severity > ? OR a.severity = ? AND ("+past+")"
		begin = append([]any{after.Severity, after.Severity}, begin...)
	}
	args = append(append(args, begin...), r.Size()+1)
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		rows, err := db.All(tx, scan, `SELECT `+columns+from+`WHERE `+where+`
			AND (`+past+`) ORDER BY `+order+` LIMIT ?`, args...)
		if err != nil {
			return err
		}
		out = page.Of(rows, r, func(a Alert) any { return f.cursor(a) })
		return s.nameIncidents(tx, out.Items)
	})
	return out, err
}

func (f Filter) cursor(a Alert) cursor {
	c := cursor{Starts: a.Starts.UnixMicro(), ID: a.ID}
	if f.Worst {
		c.Severity = a.Severity
	}
	return c
}

// nameIncidents fills in what people call the incidents of the alerts.
func (s *Service) nameIncidents(tx *db.Tx, list []Alert) (err error) {
	keys := map[string]string{}
	for i := range list {
		id := list[i].Incident
		if id == "" {
			continue
		}
		if keys[id] == "" {
			if keys[id], _, err = s.Incidents.Standing(tx, id); err != nil {
				return err
			}
		}
		list[i].IncidentKey = keys[id]
	}
	return nil
}

func (f Filter) where() (string, []any) {
	clauses, args := []string{"a.id <> ''"}, []any{}
	add := func(clause string, v any) {
		clauses, args = append(clauses, clause), append(args, v)
	}
	if f.State != "" {
		add("a.state = ?", string(f.State))
	}
	if f.Service != "" {
		add("s.name = ?", f.Service)
	}
	if f.Incident != "" {
		add("a.incident = ?", f.Incident)
	}
	if f.Active {
		clauses = append(clauses, "a.state <> 'resolved'")
	}
	for word := range strings.FieldsSeq(strings.ToLower(f.Words)) {
		like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(word) + "%"
		clauses = append(clauses, `(lower(a.title) LIKE ? ESCAPE '\' OR lower(a.labels) LIKE ? ESCAPE '\')`)
		args = append(args, like, like)
	}
	return strings.Join(clauses, " AND "), args
}

// Judge records what a person thinks of an alert: useful, noise or wrong.
func (s *Service) Judge(ctx context.Context, by actor.Actor, a ID, v Verdict) error {
	if err := people.Allow(by, people.AlertWrite, people.Target{}); err != nil {
		return err
	}
	if v != Useful && v != Noise && v != Wrong {
		return &errs.E{Kind: errs.Invalid, Message: "the verdict is not valid",
			Fields: []errs.Field{{Path: "verdict", Message: "must be useful, noise or wrong"}}}
	}
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		found, err := byID(tx, a)
		if err != nil {
			return db.OrNotFound(err, "there is no alert %s", a)
		}
		if _, err := tx.Exec(`UPDATE alert SET verdict = ? WHERE id = ?`, string(v), string(a)); err != nil {
			return err
		}
		return ledger.Append(tx, by, Record(a), "alert.judged", Judged{v, found.Title}, found.about()...)
	})
}

// Judged is the payload of alert.judged.
type Judged struct {
	Verdict Verdict `json:"verdict"`
	Title   string  `json:"title"`
}
