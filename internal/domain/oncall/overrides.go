package oncall

import (
	"context"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/id"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// OverrideIn is an override to be made. A From that has passed means now.
type OverrideIn struct {
	From, To time.Time
	User     string // login of who is on call
	Replaces string // login of in whose place; empty: User alone, whoever else would be on call
	Note     string // why
}

// Overridden is the payload of roster.overridden and roster.override-removed.
type Overridden struct {
	Roster   string    `json:"roster"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	User     string    `json:"user"`
	Replaces string    `json:"replaces,omitempty"`
	Note     string    `json:"note,omitempty"`
}

func (o Override) payload(roster string) Overridden {
	return Overridden{Roster: roster, From: o.From, To: o.To, User: o.User, Replaces: o.Replaces, Note: o.Note}
}

// AddOverride puts somebody on call for a while. Of overrides that hold at the same time
// the one made last applies last.
func (s *Service) AddOverride(ctx context.Context, by actor.Actor, roster string, in OverrideIn) (o Override, err error) {
	err = s.DB.Do(ctx, func(tx *db.Tx) error {
		o, err = s.AddOverrideIn(tx, by, roster, in)
		return err
	})
	return o, err
}

// AddOverrideIn is AddOverride within the caller's transaction.
func (s *Service) AddOverrideIn(tx *db.Tx, by actor.Actor, roster string, in OverrideIn) (Override, error) {
	e, err := s.mayOverride(tx, by, roster)
	if err != nil {
		return Override{}, err
	}
	o := Override{
		ID: id.New[OverrideID](), From: clock.Micro(in.From), To: clock.Micro(in.To), User: in.User, Replaces: in.Replaces,
		Note: strings.TrimSpace(in.Note), Creator: by.Name, Created: tx.Now(),
	}
	if !in.From.IsZero() && o.From.Before(tx.Now()) {
		o.From = tx.Now()
	}
	user, replaces, err := resolveOverride(tx, o)
	if err != nil {
		return o, err
	}
	return o, s.while(tx, e, func() error {
		if err := insertOverride(tx, e.ID, o, user.ID, replaces.ID); err != nil {
			return err
		}
		return ledger.Append(tx, by, Record(e.ID), "roster.overridden", o.payload(e.Name), people.UserRecord(user.ID))
	})
}

func (s *Service) mayOverride(tx *db.Tx, by actor.Actor, roster string) (Entry, error) {
	e, err := ByName(tx, roster)
	if err != nil && !errs.Is(err, errs.NotFound) {
		return e, err
	}
	if denied := people.Allow(by, people.RosterOverride, e.Target()); denied != nil {
		return e, denied // also when there is no such roster
	}
	return e, err
}

// resolveOverride validates an override and looks up its people.
func resolveOverride(tx *db.Tx, o Override) (user, replaces people.User, err error) {
	var c errs.Check
	o.Validate(&c)
	c.Require(o.To.IsZero() || o.To.After(tx.Now()), "to", "must be in the future")
	d := newDirectory(tx)
	if o.User != "" {
		user = d.user(o.User)
		c.Require(user.ID != "", "user", "names %q, who does not exist", o.User)
		c.Require(!user.Disabled, "user", "names %q, who is disabled", o.User)
		c.Require(user.Role != actor.Client, "user", "names %q, who is a client", o.User)
	}
	if o.Replaces != "" {
		replaces = d.user(o.Replaces)
		c.Require(replaces.ID != "", "replaces", "names %q, who does not exist", o.Replaces)
	}
	if d.err != nil {
		return user, replaces, d.err
	}
	return user, replaces, c.Err("the override")
}

// RemoveOverride takes an override back. One that holds now ends now; one that is over stays,
// because it tells who was on call.
func (s *Service) RemoveOverride(ctx context.Context, by actor.Actor, roster string, id OverrideID) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error { return s.RemoveOverrideIn(tx, by, roster, id) })
}

// RemoveOverrideIn is RemoveOverride within the caller's transaction.
func (s *Service) RemoveOverrideIn(tx *db.Tx, by actor.Actor, roster string, id OverrideID) error {
	e, err := s.mayOverride(tx, by, roster)
	if err != nil {
		return err
	}
	o, err := overrideByID(tx, e.ID, id)
	if err != nil {
		return err
	}
	if !o.To.After(tx.Now()) {
		return errs.Conflictf("this override is over: it stays, because it tells who was on call")
	}
	return s.while(tx, e, func() error {
		if err := takeBack(tx, o); err != nil {
			return err
		}
		return ledger.Append(tx, by, Record(e.ID), "roster.override-removed", o.payload(e.Name))
	})
}

func takeBack(tx *db.Tx, o Override) error {
	if o.From.Before(tx.Now()) {
		return endOverride(tx, o.ID, tx.Now())
	}
	return removeOverride(tx, o.ID)
}
