package calendar

import (
	"context"
	"fmt"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// Uses finds a record that names the calendar, such as `service "payments"`; "" when there
// is none. The rooms above know what names a calendar; app hands their answers down.
type Uses func(tx *db.Tx, calendar string) (string, error)

// Config is what a Service needs.
type Config struct {
	DB *db.DB
	// Uses are asked before a calendar is deleted. Teams and rosters need none: the room
	// sees teams, and rosters refer to a calendar's row.
	Uses []Uses
}

// Service changes and lists calendars.
type Service struct{ Config }

// New returns the room's service.
func New(c Config) *Service { return &Service{c} }

// Named is a calendar in an export.
type Named struct {
	Name string
	Spec Spec
}

// Changed is the payload of calendar.created, calendar.changed and calendar.deleted.
type Changed struct {
	Name string `json:"name"`
	Was  *Spec  `json:"was,omitempty"`
	Is   *Spec  `json:"is,omitempty"`
}

// In is a calendar to be stored.
type In struct {
	Name string
	Spec Spec
	// Version is that of the calendar which the caller saw; the change is refused when there
	// is another one by now. 0 makes the change in any case.
	Version int64
}

// Put makes the calendar, or changes it, and returns it.
func (s *Service) Put(ctx context.Context, by actor.Actor, in In) (e Entry, err error) {
	err = s.DB.Do(ctx, func(tx *db.Tx) error {
		e, err = s.PutIn(tx, by, in)
		return err
	})
	return e, err
}

// PutIn is Put within the caller's transaction.
func (s *Service) PutIn(tx *db.Tx, by actor.Actor, in In) (Entry, error) {
	if err := people.Allow(by, people.CalendarWrite, people.Target{}); err != nil {
		return Entry{}, err
	}
	if in.Version != 0 {
		have, err := ByName(tx, in.Name)
		if err != nil {
			return Entry{}, err
		}
		if have.Version != in.Version {
			return Entry{}, errs.Conflictf("calendar %q has been changed by somebody else: look at it again", in.Name)
		}
	}
	if _, err := s.ApplyIn(tx, by, in.Name, in.Spec); err != nil {
		return Entry{}, err
	}
	return ByName(tx, in.Name)
}

// ApplyIn makes the calendar, or changes it when it differs from the spec.
func (s *Service) ApplyIn(tx *db.Tx, by actor.Actor, name string, spec Spec) (changed bool, err error) {
	if err := people.Allow(by, people.CalendarWrite, people.Target{}); err != nil {
		return false, err
	}
	spec, err = canonical(name, spec)
	if err != nil {
		return false, err
	}
	have, err := ByName(tx, name)
	switch {
	case errs.Is(err, errs.NotFound):
		return true, s.create(tx, by, name, spec)
	case err != nil:
		return false, err
	case db.AsJSON(have.Spec()) == db.AsJSON(spec):
		return false, nil
	}
	if err := update(tx, have.ID, spec); err != nil {
		return false, err
	}
	was := have.Spec()
	return true, ledger.Append(tx, by, Record(have.ID), "calendar.changed", Changed{Name: name, Was: &was, Is: &spec})
}

func (s *Service) create(tx *db.Tx, by actor.Actor, name string, spec Spec) error {
	calendarID, err := insert(tx, name, spec)
	if db.IsDuplicate(err) {
		return errs.Conflictf("calendar %q has just been made by somebody else", name)
	}
	if err != nil {
		return err
	}
	return ledger.Append(tx, by, Record(calendarID), "calendar.created", Changed{Name: name, Is: &spec})
}

// canonical validates a named spec and returns it in its one form.
func canonical(name string, s Spec) (Spec, error) {
	var c errs.Check
	text.Name(&c, "name", name)
	cal := build(&c, s)
	if cal.spec.Title == name {
		cal.spec.Title = ""
	}
	return cal.spec, c.Err(fmt.Sprintf("calendar %q", name))
}

// Get returns a calendar by name.
func (s *Service) Get(ctx context.Context, by actor.Actor, name string) (e Entry, err error) {
	if err := people.Allow(by, people.CalendarRead, people.Target{}); err != nil {
		return Entry{}, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		e, err = ByName(tx, name)
		return err
	})
	return e, err
}

// List returns calendars by name.
func (s *Service) List(ctx context.Context, by actor.Actor, r page.Request) (page.List[Entry], error) {
	if err := people.Allow(by, people.CalendarRead, people.Target{}); err != nil {
		return page.List[Entry]{}, err
	}
	var rows []Entry
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		rows, err = pageOf(tx, r)
		return err
	})
	if err != nil {
		return page.List[Entry]{}, err
	}
	return page.Of(rows, r, func(e Entry) any { return e.Name }), nil
}

// ExportIn returns every calendar as configuration as code.
func (s *Service) ExportIn(tx *db.Tx, by actor.Actor) ([]Named, error) {
	if err := people.Allow(by, people.CalendarRead, people.Target{}); err != nil {
		return nil, err
	}
	all, err := All(tx)
	out := make([]Named, len(all))
	for i, e := range all {
		out[i] = Named{e.Name, e.Spec()}
	}
	return out, err
}

// Delete removes a calendar that nothing names.
func (s *Service) Delete(ctx context.Context, by actor.Actor, name string) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error { return s.DeleteIn(tx, by, name) })
}

// DeleteIn is Delete within the caller's transaction.
func (s *Service) DeleteIn(tx *db.Tx, by actor.Actor, name string) error {
	if err := people.Allow(by, people.CalendarWrite, people.Target{}); err != nil {
		return err
	}
	e, err := ByName(tx, name)
	if err != nil {
		return err
	}
	user, err := s.user(tx, name)
	if err != nil {
		return err
	}
	if user != "" {
		return errs.Conflictf("calendar %q is used by %s: give that another one first", name, user)
	}
	if err := remove(tx, e.ID); err != nil {
		if db.IsReferenced(err) {
			return errs.Conflictf("calendar %q is used by a roster: give that another one first", name)
		}
		return err
	}
	was := e.Spec()
	return ledger.Append(tx, by, Record(e.ID), "calendar.deleted", Changed{Name: name, Was: &was})
}

// user finds a record that names the calendar.
func (s *Service) user(tx *db.Tx, name string) (string, error) {
	teams, err := people.AllTeams(tx)
	if err != nil {
		return "", err
	}
	for _, t := range teams {
		if t.Hours == name {
			return fmt.Sprintf("team %q", t.Name), nil
		}
	}
	for _, uses := range s.Uses {
		if user, err := uses(tx, name); err != nil || user != "" {
			return user, err
		}
	}
	return "", nil
}
