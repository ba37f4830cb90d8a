package rule

import (
	"context"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

// State is how it stands with a rule.
type State string

// The states.
const (
	Watching State = "watching"
	Firing   State = "firing"
	Off      State = "disabled"
	Broken   State = "broken" // its filter cannot be used any more: it sees nothing
	Blind    State = "blind"  // what it needs to see is not there
)

// Status is a rule and how it stands with it.
type Status struct {
	Rule
	State State
	// Why says what is wrong with a rule that is broken or blind.
	Why    string
	Active int64 // groups that fire
	// Open are its alerts that have not ended. One that stays is open long after its group fired.
	Open []alert.Alert
	// Waits is when its active hours begin, if they are over now.
	Waits   time.Time
	Groups  int64     // groups that are followed
	Dropped int64     // groups that were given up for room
	Fired   time.Time // last time, on the wall
	Today   int64     // matches of the present UTC day
	Firings int64     // of the present UTC day
	Skipped int64     // lines that could not be judged, and alerts that could not be stored
	Trouble string    // what the last of them did
}

// Editable reports whether by may change the rule.
func (s *Service) Editable(ctx context.Context, by actor.Actor, r Rule) (may bool, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		on, err := target(tx, r.Service)
		may = people.Can(by, people.RuleWrite, on)
		return err
	})
	return may, err
}

// Get returns a rule by name.
func (s *Service) Get(ctx context.Context, by actor.Actor, name string) (out Status, err error) {
	if err := people.Allow(by, people.RuleRead, people.Target{}); err != nil {
		return out, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		r, err := ByName(tx, name)
		if err != nil {
			return err
		}
		open, err := s.Alerts.OfRulesIn(tx, r.Name)
		if err != nil {
			return err
		}
		out, err = s.status(tx, r, open)
		return err
	})
	return out, err
}

// List returns rules by name.
func (s *Service) List(ctx context.Context, by actor.Actor, r page.Request) (out page.List[Status], err error) {
	if err := people.Allow(by, people.RuleRead, people.Target{}); err != nil {
		return out, err
	}
	after := ""
	if _, err := page.Decode(r.Cursor, &after); err != nil {
		return out, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		rules, err := db.All(tx, scan, `SELECT `+columns+` FROM rule WHERE name > ? ORDER BY name LIMIT ?`, after, r.Size()+1)
		if err != nil {
			return err
		}
		raised, err := s.Alerts.OfRulesIn(tx, "")
		if err != nil {
			return err
		}
		open := map[string][]alert.Alert{}
		for _, a := range raised {
			open[a.Name] = append(open[a.Name], a)
		}
		rows := make([]Status, len(rules))
		for i, rule := range rules {
			if rows[i], err = s.status(tx, rule, open[rule.Name]); err != nil {
				return err
			}
		}
		out = page.Of(rows, r, func(s Status) any { return s.Name })
		return nil
	})
	return out, err
}

func (s *Service) status(tx *db.Tx, r Rule, open []alert.Alert) (Status, error) {
	out := Status{Rule: r, State: Watching, Open: open}
	day := s.Clock.Now().UTC().Truncate(24 * time.Hour)
	_, err := db.One(tx, func(sc db.Scanner) (struct{}, error) {
		return struct{}{}, sc.Scan(&out.Active, &out.Groups, &out.Dropped, &out.Today, &out.Firings, db.Time(&out.Fired), &out.Why, &out.Skipped, &out.Trouble)
	}, `
		SELECT COALESCE((SELECT CAST(SUM(active) AS BIGINT) FROM rule_state WHERE rule = r.id), 0),
		       COALESCE((SELECT CAST(SUM(groups) AS BIGINT) FROM rule_state WHERE rule = r.id), 0),
		       COALESCE((SELECT CAST(SUM(dropped) AS BIGINT) FROM rule_state WHERE rule = r.id), 0),
		       COALESCE(d.matches, 0), COALESCE(d.fired, 0), h.fired, COALESCE(h.broken, ''), COALESCE(h.skipped, 0), COALESCE(h.trouble, '')
		FROM rule r LEFT JOIN rule_day d ON d.rule = r.id AND d.day = ? LEFT JOIN rule_health h ON h.rule = r.id
		WHERE r.id = ?`, day, string(r.ID))
	switch {
	case r.Spec.Disabled:
		out.State = Off
	case out.Why != "":
		out.State = Broken
	case r.kind() == NewPattern && s.Patterns == nil:
		out.State, out.Why = Blind, "Nobody here knows the patterns of lines, so none can be new."
	case out.Active > 0 || len(out.Open) > 0:
		out.State = Firing
	}
	if err == nil && out.State == Watching {
		out.Waits, err = s.waits(tx, r)
	}
	return out, err
}

// waits returns when the active hours of an absence begin, in their zone; zero while it is within them.
func (s *Service) waits(tx *db.Tx, r Rule) (time.Time, error) {
	if r.Spec.Hours == "" || r.kind() != Absent {
		return time.Time{}, nil
	}
	e, err := calendar.ByName(tx, r.Spec.Hours)
	if err != nil {
		return time.Time{}, err
	}
	now := s.Clock.Now()
	if e.Calendar.Open(now) {
		return time.Time{}, nil
	}
	return e.Calendar.NextOpen(now).In(e.Calendar.Location()), nil
}

// Seed runs first once in the life of an installation, and marks the rules that it has made as
// given: they are part of an export only once somebody has changed them.
func (s *Service) Seed(ctx context.Context, first func() error) error {
	given, err := s.seeded(ctx)
	if err != nil || given {
		return err
	}
	if err := first(); err != nil {
		return err
	}
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec(`UPDATE rule SET given = TRUE WHERE version = 1`); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE rule_set SET given = TRUE WHERE one = 1`)
		return err
	})
}

func (s *Service) seeded(ctx context.Context) (given bool, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		given, err = db.One(tx, db.Value[bool], `SELECT given FROM rule_set WHERE one = 1`)
		return err
	})
	return given, err
}
