package saved

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

// Shelf keeps what is saved of one kind.
type Shelf[S spec[S]] struct {
	db   *db.DB
	kind string
	word string // "saved search"
	// check finds out whether what a spec names is there for by.
	check func(tx *db.Tx, by actor.Actor, c *errs.Check, s S) error
	// changed follows a change in its transaction; nil for nothing.
	changed func(tx *db.Tx, is Item[S]) error
}

// Put saves something, or changes it, and returns it.
func (s *Shelf[S]) Put(ctx context.Context, by actor.Actor, in In[S]) (out Item[S], err error) {
	err = s.db.Do(ctx, func(tx *db.Tx) error {
		if err := mayWriteSome(by); err != nil {
			return err
		}
		have, err := s.byName(tx, in.Name)
		if err != nil && !errs.Is(err, errs.NotFound) {
			return err
		}
		if err := s.fresh(by, in, have); err != nil {
			return err
		}
		if _, err := s.put(tx, by, in.Name, in.Spec, have, true); err != nil {
			return err
		}
		out, err = s.byName(tx, in.Name)
		return err
	})
	return out, err
}

// fresh refuses an edit of what somebody else has made, changed or removed meanwhile.
func (s *Shelf[S]) fresh(by actor.Actor, in In[S], have Item[S]) error {
	switch {
	case have.ID != "" && (in.New || !have.visible(by)):
		return errs.Conflictf("the name %q is taken: choose another one for this %s", in.Name, s.word)
	case in.Version != 0 && have.ID == "":
		return errs.NotFoundf("%s %q is not there any more", s.word, in.Name)
	case in.Version != 0 && in.Version != have.Version:
		return errs.Conflictf("%s %q has been changed by somebody else: look at it again", s.word, in.Name)
	}
	return nil
}

// ApplyIn makes something shared be as configured.
func (s *Shelf[S]) ApplyIn(tx *db.Tx, by actor.Actor, name string, spec S) (changed bool, err error) {
	if err := mayWriteSome(by); err != nil {
		return false, err
	}
	have, err := s.byName(tx, name)
	if err != nil && !errs.Is(err, errs.NotFound) {
		return false, err
	}
	var c errs.Check
	c.Require(!spec.whose().private, "private", "is not for configuration, which everybody shares")
	if err := c.Err(s.what(name)); err != nil {
		return false, err
	}
	if have.Private {
		return false, errs.Conflictf("%s %q is somebody's own: choose another name", s.word, name)
	}
	return s.put(tx, by, name, spec, have, false)
}

// ExportIn returns what is shared, by name.
func (s *Shelf[S]) ExportIn(tx *db.Tx, by actor.Actor) ([]Named[S], error) {
	if err := people.Allow(by, people.ConfigExport, people.Target{}); err != nil {
		return nil, err
	}
	list, err := s.shared(tx)
	out := make([]Named[S], len(list))
	for i, it := range list {
		out[i] = Named[S]{it.Name, it.Spec}
	}
	return out, err
}

// put checks and stores. Somebody who saves a search again whose report was stopped has it made
// again.
func (s *Shelf[S]) put(tx *db.Tx, by actor.Actor, name string, spec S, have Item[S], again bool) (changed bool, err error) {
	if have.ID != "" {
		if err := people.Allow(by, people.SearchWrite, have.target()); err != nil {
			return false, err
		}
	}
	var c errs.Check
	text.Name(&c, "name", name)
	spec = spec.normal(name)
	spec.Validate(&c)
	owner, err := s.owner(tx, by, &c, spec, have)
	if err != nil {
		return false, err
	}
	if err := s.check(tx, by, &c, spec); err != nil {
		return false, err
	}
	if err := c.Err(s.what(name)); err != nil {
		return false, err
	}
	spec = spec.of(whose{owner.Login, spec.whose().private})
	if have.ID != "" && db.AsJSON(have.Spec) == db.AsJSON(spec) && (have.Stopped == "" || !again) {
		return false, nil
	}
	return true, s.change(tx, by, name, have, spec, owner.ID)
}

func (s *Shelf[S]) change(tx *db.Tx, by actor.Actor, name string, have Item[S], spec S, owner people.UserID) error {
	is, err := s.save(tx, have.ID, name, spec, owner)
	if err != nil {
		return err
	}
	if s.changed != nil {
		if err := s.changed(tx, is); err != nil {
			return err
		}
	}
	event, payload := ".created", Changed[S]{Name: name, Is: &spec}
	if have.ID != "" {
		event, payload.Was = ".changed", &have.Spec
	}
	return ledger.Append(tx, by, s.record(is.ID), s.kind+event, payload)
}

// Delete removes it.
func (s *Shelf[S]) Delete(ctx context.Context, by actor.Actor, name string) error {
	return s.db.Do(ctx, func(tx *db.Tx) error {
		if err := mayWriteSome(by); err != nil {
			return err
		}
		have, err := s.seen(tx, by, name)
		if err != nil {
			return err
		}
		if err := people.Allow(by, people.SearchWrite, have.target()); err != nil {
			return err
		}
		if err := s.remove(tx, have.ID); err != nil {
			return err
		}
		return ledger.Append(tx, by, s.record(have.ID), s.kind+".deleted", Changed[S]{Name: name, Was: &have.Spec})
	})
}

// Get returns it by name. What is somebody else's own is not found.
func (s *Shelf[S]) Get(ctx context.Context, by actor.Actor, name string) (out Item[S], err error) {
	if err := people.Allow(by, people.SearchRead, people.Target{}); err != nil {
		return out, err
	}
	err = s.db.View(ctx, func(tx *db.Tx) error {
		out, err = s.seen(tx, by, name)
		return err
	})
	return out, err
}

// Open is Get, and counts that it was opened.
func (s *Shelf[S]) Open(ctx context.Context, by actor.Actor, name string) (out Item[S], err error) {
	if err := people.Allow(by, people.SearchRead, people.Target{}); err != nil {
		return out, err
	}
	err = s.db.Do(ctx, func(tx *db.Tx) error {
		if out, err = s.seen(tx, by, name); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE saved SET uses = uses + 1, used = ? WHERE id = ?`, tx.Now(), string(out.ID))
		return err
	})
	return out, err
}

// List returns what by may see, by name: what is shared, and what is their own.
func (s *Shelf[S]) List(ctx context.Context, by actor.Actor, r page.Request) (out page.List[Item[S]], err error) {
	if err := people.Allow(by, people.SearchRead, people.Target{}); err != nil {
		return out, err
	}
	after := ""
	if _, err := page.Decode(r.Cursor, &after); err != nil {
		return out, err
	}
	err = s.db.View(ctx, func(tx *db.Tx) error {
		rows, err := s.list(tx, by, after, r.Size()+1)
		out = page.Of(rows, r, func(it Item[S]) any { return it.Name })
		return err
	})
	return out, err
}

// Editable reports whether by may change it.
func (it Item[S]) Editable(by actor.Actor) bool {
	return it.visible(by) && people.Can(by, people.SearchWrite, it.target())
}

// Mine reports whether it is by's own.
func (it Item[S]) Mine(by actor.Actor) bool { return it.Owner != "" && string(it.Owner) == by.ID }

func (it Item[S]) visible(by actor.Actor) bool {
	return !it.Private || it.Mine(by) || by.Kind == actor.System
}

func (it Item[S]) target() people.Target { return people.Target{Owner: string(it.Owner)} }

// seen returns what by may see.
func (s *Shelf[S]) seen(tx *db.Tx, by actor.Actor, name string) (Item[S], error) {
	it, err := s.byName(tx, name)
	if err == nil && !it.visible(by) {
		return Item[S]{}, s.missing(name)
	}
	return it, err
}

func (s *Shelf[S]) missing(name string) error {
	return errs.NotFoundf("there is no %s %q", s.word, name)
}

func (s *Shelf[S]) what(name string) string { return fmt.Sprintf("%s %q", s.word, name) }

func (s *Shelf[S]) record(id ID) ledger.Record { return ledger.Record{Kind: s.kind, ID: string(id)} }

// mayWriteSome refuses those who may save nothing, before anything is told.
func mayWriteSome(by actor.Actor) error {
	return people.Allow(by, people.SearchWrite, people.Target{Owner: by.ID})
}
