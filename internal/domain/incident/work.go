package incident

import (
	"context"
	"io"
	"slices"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/escalation"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/files"
	"mainstay/internal/engine/ledger"
)

// Comment is a note on the timeline, and the payload of incident.commented.
type Comment struct {
	Text string `json:"text"`
	// At is when it happened, of what is written down later; zero means now.
	At time.Time `json:"at,omitzero"`
}

// beforeDetection is how long before an incident was detected what belongs to it may have
// happened: trouble is older than its first alert, but not by much.
const beforeDetection = 24 * time.Hour

// Comment adds a note to the timeline.
func (s *Service) Comment(ctx context.Context, by actor.Actor, key string, note Comment) (Incident, error) {
	return s.change(ctx, by, key, people.IncidentWork, func(tx *db.Tx, i Incident) (Incident, error) {
		note.At = clock.Micro(note.At)
		var c errs.Check
		required(&c, "text", note.Text)
		text.Block(&c, "text", note.Text)
		if first := i.Detected.Add(-beforeDetection); !note.At.IsZero() {
			c.Require(!note.At.After(tx.Now()), "at", "must not be in the future")
			c.Require(!note.At.Before(first), "at", "must not be more than a day before %s was detected: %s or later",
				i.Key(), first.Format("2 Jan 2006 15:04 UTC"))
		}
		if err := c.Err("the comment"); err != nil {
			return i, err
		}
		return s.workIn(tx, by, i, "incident.commented", note)
	})
}

// Assigned is the payload of incident.assigned and incident.role.
type Assigned struct {
	Role   Role   `json:"role,omitempty"`
	Person string `json:"person"` // name; empty when taken back
}

// Assign gives the incident to a user; an empty login takes it back.
func (s *Service) Assign(ctx context.Context, by actor.Actor, key, login string) (Incident, error) {
	return s.change(ctx, by, key, people.IncidentWork, func(tx *db.Tx, i Incident) (Incident, error) {
		u, err := assignable(tx, login, "assignee")
		if err != nil || i.Assignee == u.ID {
			return i, err
		}
		i.Assignee = u.ID
		return s.workIn(tx, by, i, "incident.assigned", Assigned{Person: u.Name})
	})
}

// SetRole gives a role in the incident to a user; an empty login takes it back.
func (s *Service) SetRole(ctx context.Context, by actor.Actor, key string, role Role, login string) (Incident, error) {
	return s.change(ctx, by, key, people.IncidentWork, func(tx *db.Tx, i Incident) (Incident, error) {
		if !slices.Contains(Roles, role) {
			return i, errs.Invalidf("role must be one of coordinator, comms, scribe")
		}
		u, err := assignable(tx, login, "person")
		if err != nil {
			return i, err
		}
		if err := setRole(tx, i.ID, role, string(u.ID)); err != nil {
			return i, err
		}
		return s.workIn(tx, by, i, "incident.role", Assigned{role, u.Name})
	})
}

// assignable finds the user of a login; the empty login gives nobody.
func assignable(tx *db.Tx, login, field string) (people.User, error) {
	if login == "" {
		return people.User{}, nil
	}
	u, err := people.UserByLogin(tx, login)
	if errs.Is(err, errs.NotFound) || err == nil && u.Disabled {
		return u, &errs.E{Kind: errs.Invalid, Message: "nobody to give it to",
			Fields: []errs.Field{{Path: field, Message: "is not the login of a user who is enabled"}}}
	}
	return u, err
}

// SeverityChanged is the payload of incident.severity.
type SeverityChanged struct {
	From   int    `json:"from"`
	To     int    `json:"to"`
	Reason string `json:"reason,omitempty"`
}

// SetSeverity changes the severity; the resolution clock follows it.
func (s *Service) SetSeverity(ctx context.Context, by actor.Actor, key string, severity int, reason string) (Incident, error) {
	return s.change(ctx, by, key, people.IncidentWork, func(tx *db.Tx, i Incident) (Incident, error) {
		var c errs.Check
		validateSeverity(&c, severity)
		text.Block(&c, "reason", reason)
		if err := c.Err("the severity"); err != nil || severity == i.Severity {
			return i, err
		}
		return i, s.severityIn(tx, by, i, severity, reason)
	})
}

func (s *Service) severityIn(tx *db.Tx, by actor.Actor, i Incident, severity int, reason string) error {
	change := SeverityChanged{i.Severity, severity, reason}
	i.Severity = severity
	i, err := s.workIn(tx, by, i, "incident.severity", change)
	if err != nil || !i.State.Active() {
		return err
	}
	if err := s.Escalation.SeverityChangedIn(tx, string(i.ID)); err != nil {
		return err
	}
	switch becameUrgent := escalation.Urgent(severity) && !escalation.Urgent(change.From); {
	case !becameUrgent:
		return nil
	case !i.SnoozedUntil.IsZero(): // what was put aside could wait then, and cannot now
		return s.Escalation.SnoozedIn(tx, string(i.ID), tx.Now())
	}
	return s.Escalation.BecameUrgentIn(tx, string(i.ID))
}

// Renamed is the payload of incident.renamed.
type Renamed struct {
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
}

// Rename changes title and description.
func (s *Service) Rename(ctx context.Context, by actor.Actor, key, title, description string) (Incident, error) {
	return s.change(ctx, by, key, people.IncidentWork, func(tx *db.Tx, i Incident) (Incident, error) {
		var c errs.Check
		required(&c, "title", title)
		text.Line(&c, "title", title)
		text.Block(&c, "description", description)
		if err := c.Err("the incident"); err != nil || title == i.Title && description == i.Description {
			return i, err
		}
		i.Title, i.Description = title, description
		return s.workIn(tx, by, i, "incident.renamed", Renamed{title, description})
	})
}

// Other is the payload of incident.linked and incident.merged.
type Other struct {
	Key string `json:"key"`
	// From is the key of the incident that was linked, for the timeline of the other one.
	From string `json:"from,omitempty"`
	How  string `json:"how,omitempty"` // Follows, or empty
}

// Follows links an incident with the one after whose end it began.
const Follows = "follows"

// Link connects two incidents; each shows the other.
func (s *Service) Link(ctx context.Context, by actor.Actor, key, other string) (Incident, error) {
	return s.change(ctx, by, key, people.IncidentWork, func(tx *db.Tx, i Incident) (Incident, error) {
		o, err := different(tx, i, other)
		if err != nil {
			return i, err
		}
		if err := linkBoth(tx, i.ID, o.ID); err != nil {
			return i, err
		}
		return s.workIn(tx, by, i, "incident.linked", Other{Key: o.Key(), From: i.Key()}, o.Record())
	})
}

// Merge closes the incident and lets its alerts go on in another one.
func (s *Service) Merge(ctx context.Context, by actor.Actor, key, into string) (Incident, error) {
	return s.change(ctx, by, key, people.IncidentRestore, func(tx *db.Tx, i Incident) (Incident, error) {
		o, err := different(tx, i, into)
		if err != nil {
			return i, err
		}
		if !o.State.Active() {
			return i, errs.Conflictf("cannot merge into %s, it is %s", o.Key(), o.State)
		}
		to, err := next(i.Key(), i.State, merge)
		if err != nil {
			return i, err
		}
		i.State, i.Closed, i.MergedInto = to, tx.Now(), o.ID
		worst, has, err := alert.WorstOf(tx, string(i.ID))
		if err != nil {
			return i, err
		}
		worse, err := worseThanAllIn(tx, o.ID, worst.Severity)
		if err != nil {
			return i, err
		}
		if err := alert.MoveIn(tx, string(i.ID), string(o.ID)); err != nil {
			return i, err
		}
		if err := s.endIn(tx, by, i, "incident.merged", Other{Key: o.Key()}, "merged into "+o.Key()); err != nil {
			return i, err
		}
		err = ledger.Append(tx, by, o.Record(), "incident.absorbed", Other{Key: i.Key()})
		if err == nil && has && worse {
			err = s.takeHeadlineIn(tx, &o, headlineOf(worst))
		}
		if err != nil || o.Severity <= i.Severity {
			return i, err
		}
		return i, s.severityIn(tx, by, o, i.Severity, i.Key()+" was merged into it")
	})
}

func different(tx *db.Tx, i Incident, key string) (Incident, error) {
	o, err := ByKey(tx, key)
	if err == nil && o.ID == i.ID {
		err = errs.Invalidf("name another incident than %s itself", i.Key())
	}
	return o, err
}

// Attached is the payload of incident.attached.
type Attached struct {
	File string `json:"file"` // id
	Name string `json:"name"`
	Size int64  `json:"size"`
}

// Attach stores a file with the incident.
func (s *Service) Attach(ctx context.Context, by actor.Actor, key, name, mediaType string, body io.Reader) (Incident, error) {
	if err := people.Allow(by, people.IncidentWork, people.Target{}); err != nil {
		return Incident{}, err
	}
	content, err := s.Files.Save(body)
	if err != nil {
		return Incident{}, err
	}
	return s.change(ctx, by, key, people.IncidentWork, func(tx *db.Tx, i Incident) (Incident, error) {
		f, err := files.Add(tx, content, name, mediaType)
		if err != nil {
			return i, err
		}
		_, err = tx.Exec(`INSERT INTO incident_file (incident, file) VALUES (?, ?)`, string(i.ID), string(f.ID))
		if err != nil {
			return i, err
		}
		return s.workIn(tx, by, i, "incident.attached", Attached{string(f.ID), f.Name, f.Size})
	})
}

// Attachments returns the files that are stored with an incident, oldest first.
func (s *Service) Attachments(ctx context.Context, by actor.Actor, key string) (list []files.File, err error) {
	err = s.read(ctx, by, key, func(tx *db.Tx, i Incident) error {
		ids, err := db.All(tx, db.Value[files.ID], `SELECT file FROM incident_file WHERE incident = ? ORDER BY file`, string(i.ID))
		if err != nil {
			return err
		}
		list = make([]files.File, len(ids))
		for n, file := range ids {
			if list[n], err = files.ByID(tx, file); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

// OpenFile returns an attachment of an incident for reading; file is its id.
func (s *Service) OpenFile(ctx context.Context, by actor.Actor, key, file string) (f files.File, r io.ReadCloser, err error) {
	err = s.read(ctx, by, key, func(tx *db.Tx, i Incident) error {
		_, err := db.One(tx, db.Value[string], `SELECT file FROM incident_file WHERE incident = ? AND file = ?`,
			string(i.ID), file)
		if err != nil {
			return db.OrNotFound(err, "%s has no such attachment", i.Key())
		}
		f, err = files.ByID(tx, files.ID(file))
		return err
	})
	if err != nil {
		return f, nil, err
	}
	r, err = s.Files.Open(f)
	return f, r, err
}
