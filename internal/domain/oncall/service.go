package oncall

import (
	"context"
	"fmt"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/id"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/timer"
)

// Uses finds a record that names the roster, such as `policy "standard"`; "" when there is
// none. The rooms above know what names a roster; app hands their answers down.
type Uses func(tx *db.Tx, roster string) (string, error)

// Config is what a Service needs.
type Config struct {
	DB *db.DB
	// Notices tells people that their shift starts; nil tells nobody.
	Notices Notices
	// Uses are asked before a roster is deleted.
	Uses []Uses
}

// Service changes rosters and says who is on call.
type Service struct{ Config }

// New returns the room's service.
func New(c Config) *Service { return &Service{c} }

// Named is a roster in an export.
type Named struct {
	Name string
	Spec Spec
}

// Changed is the payload of roster.created, roster.changed and roster.deleted.
type Changed struct {
	Name string `json:"name"`
	Was  *Spec  `json:"was,omitempty"`
	Is   *Spec  `json:"is,omitempty"`
}

// In is a roster to be stored.
type In struct {
	Name string
	Spec Spec
	// Version is that of the roster which the caller saw; the change is refused when there
	// is another one by now. 0 makes the change in any case.
	Version int64
}

// Put makes the roster, or changes it, and returns it.
func (s *Service) Put(ctx context.Context, by actor.Actor, in In) (e Entry, err error) {
	err = s.DB.Do(ctx, func(tx *db.Tx) error {
		e, err = s.PutIn(tx, by, in)
		return err
	})
	return e, err
}

// PutIn is Put within the caller's transaction.
func (s *Service) PutIn(tx *db.Tx, by actor.Actor, in In) (Entry, error) {
	if err := s.mayWrite(tx, by, in.Name, in.Spec.Team); err != nil {
		return Entry{}, err
	}
	if in.Version != 0 {
		have, err := ByName(tx, in.Name)
		if err != nil {
			return Entry{}, err
		}
		if have.Version != in.Version {
			return Entry{}, errs.Conflictf("roster %q has been changed by somebody else: look at it again", in.Name)
		}
	}
	if _, err := s.ApplyIn(tx, by, in.Name, in.Spec); err != nil {
		return Entry{}, err
	}
	return ByName(tx, in.Name)
}

// mayWrite wants permission on the roster as it is and as it will be, so that nobody takes
// a roster from, or gives one to, a team that is not theirs.
func (s *Service) mayWrite(tx *db.Tx, by actor.Actor, name, team string) error {
	will := Entry{}
	t, err := people.TeamByName(tx, team)
	if err != nil && !errs.Is(err, errs.NotFound) {
		return err
	}
	will.Team = t.ID
	if err := people.Allow(by, people.RosterWrite, will.Target()); err != nil {
		return err
	}
	have, err := ByName(tx, name)
	if errs.Is(err, errs.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return people.Allow(by, people.RosterWrite, have.Target())
}

// ApplyIn makes the roster, or changes it when it differs from the spec. Who comes on call
// by that is told at once.
func (s *Service) ApplyIn(tx *db.Tx, by actor.Actor, name string, spec Spec) (changed bool, err error) {
	if err := s.mayWrite(tx, by, name, spec.Team); err != nil {
		return false, err
	}
	want, err := resolve(tx, name, spec)
	if err != nil {
		return false, err
	}
	have, err := ByName(tx, name)
	switch {
	case errs.Is(err, errs.NotFound):
		return true, s.create(tx, by, want)
	case err != nil:
		return false, err
	case db.AsJSON(have.Spec) == db.AsJSON(want.Spec):
		return false, nil
	}
	want.ID = have.ID
	return true, s.while(tx, have, func() error {
		if err := update(tx, want); err != nil {
			return err
		}
		return ledger.Append(tx, by, Record(have.ID), "roster.changed", Changed{Name: name, Was: &have.Spec, Is: &want.Spec})
	})
}

func (s *Service) create(tx *db.Tx, by actor.Actor, e Entry) error {
	e.ID = id.New[RosterID]()
	err := insert(tx, e)
	if db.IsDuplicate(err) {
		return errs.Conflictf("roster %q has just been made by somebody else", e.Name)
	}
	if err != nil {
		return err
	}
	if err := ledger.Append(tx, by, Record(e.ID), "roster.created", Changed{Name: e.Name, Is: &e.Spec}); err != nil {
		return err
	}
	return s.settle(tx, e, nil)
}

// resolve validates a spec and looks up what it names.
func resolve(tx *db.Tx, name string, spec Spec) (Entry, error) {
	r, err := Parse(name, spec)
	if err != nil {
		return Entry{}, err
	}
	e := Entry{Name: name, Spec: r.Spec()}
	var c errs.Check
	if e.Spec.Team != "" {
		t, err := people.TeamByName(tx, e.Spec.Team)
		if err := missing(&c, "team", e.Spec.Team, err); err != nil {
			return e, err
		}
		e.Team = t.ID
	}
	if e.Spec.Hours != "" {
		cal, err := calendar.ByName(tx, e.Spec.Hours)
		if err := missing(&c, "hours", e.Spec.Hours, err); err != nil {
			return e, err
		}
		e.Calendar = cal.ID
	}
	if err := checkUsers(tx, &c, e.Spec); err != nil {
		return e, err
	}
	return e, c.Err(fmt.Sprintf("roster %q", name))
}

// missing turns NotFound into a refused field and returns other errors.
func missing(c *errs.Check, path, name string, err error) error {
	if errs.Is(err, errs.NotFound) {
		c.Add(path, "names %q, which does not exist", name)
		return nil
	}
	return err
}

// checkUsers refuses people who do not exist or are clients. Disabled people may stay, so
// that a roster can be applied again after somebody left; the coverage shows their gaps.
func checkUsers(tx *db.Tx, c *errs.Check, s Spec) error {
	d := newDirectory(tx)
	check := func(path, login string) {
		u := d.user(login)
		c.Require(u.ID != "", path, "names %q, who does not exist", login)
		c.Require(u.Role != actor.Client, path, "names %q, who is a client", login)
	}
	if s.Fallback != "" {
		check("fallback", s.Fallback)
	}
	for i, l := range s.Layers {
		for j, slot := range l.Slots {
			for _, login := range slot {
				check(fmt.Sprintf("layers[%d].slots[%d]", i, j), login)
			}
		}
	}
	return d.err
}

// Get returns a roster by name.
func (s *Service) Get(ctx context.Context, by actor.Actor, name string) (e Entry, err error) {
	if err := people.Allow(by, people.RosterRead, people.Target{}); err != nil {
		return Entry{}, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		e, err = ByName(tx, name)
		return err
	})
	return e, err
}

// List returns rosters by name.
func (s *Service) List(ctx context.Context, by actor.Actor, r page.Request) (page.List[Entry], error) {
	if err := people.Allow(by, people.RosterRead, people.Target{}); err != nil {
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

// ExportIn returns every roster as configuration as code, without overrides.
func (s *Service) ExportIn(tx *db.Tx, by actor.Actor) ([]Named, error) {
	if err := people.Allow(by, people.RosterRead, people.Target{}); err != nil {
		return nil, err
	}
	all, err := All(tx)
	out := make([]Named, len(all))
	for i, e := range all {
		out[i] = Named{e.Name, e.Spec}
	}
	return out, err
}

// Delete removes a roster that nothing names, with its overrides.
func (s *Service) Delete(ctx context.Context, by actor.Actor, name string) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error { return s.DeleteIn(tx, by, name) })
}

// DeleteIn is Delete within the caller's transaction.
func (s *Service) DeleteIn(tx *db.Tx, by actor.Actor, name string) error {
	e, err := ByName(tx, name)
	if err != nil && !errs.Is(err, errs.NotFound) {
		return err
	}
	if denied := people.Allow(by, people.RosterWrite, e.Target()); denied != nil {
		return denied // also when there is none: who may not write learns nothing
	}
	if err != nil {
		return err
	}
	for _, uses := range s.Uses {
		user, err := uses(tx, name)
		if err != nil {
			return err
		}
		if user != "" {
			return errs.Conflictf("roster %q is used by %s: give that another one first", name, user)
		}
	}
	for _, kind := range []timer.Kind{shiftTimer, gapTimer} {
		if err := timer.Cancel(tx, kind, string(e.ID)); err != nil {
			return err
		}
	}
	if err := remove(tx, e.ID); err != nil {
		return err
	}
	return ledger.Append(tx, by, Record(e.ID), "roster.deleted", Changed{Name: name, Was: &e.Spec})
}
