package followup

import (
	"context"
	"fmt"
	"slices"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/id"
	"mainstay/internal/base/page"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// Config is what a Service needs.
type Config struct {
	DB *db.DB
	// Reminders tells owners what is due; nil tells nobody.
	Reminders Reminders
}

// Service makes, changes and lists follow-ups.
type Service struct {
	db        *db.DB
	reminders Reminders
}

// New returns the room's service.
func New(c Config) *Service { return &Service{c.DB, c.Reminders} }

// Changed is the payload of follow-up.created and follow-up.changed.
type Changed struct {
	Title string    `json:"title"`
	Note  string    `json:"note,omitempty"`
	Owner string    `json:"owner"` // login
	Due   time.Time `json:"due"`
}

// Moved is the payload of follow-up.done, follow-up.dropped and follow-up.opened.
type Moved struct {
	Title string `json:"title"`
	Note  string `json:"note,omitempty"`
}

// Create makes an open follow-up.
func (s *Service) Create(ctx context.Context, by actor.Actor, in In) (f FollowUp, err error) {
	err = s.db.Do(ctx, func(tx *db.Tx) error {
		f, err = s.CreateIn(tx, by, in)
		return err
	})
	return f, err
}

// CreateIn is Create in the caller's transaction.
func (s *Service) CreateIn(tx *db.Tx, by actor.Actor, in In) (FollowUp, error) {
	if err := people.Allow(by, people.FollowUpWrite, people.Target{}); err != nil {
		return FollowUp{}, err
	}
	owner, err := check(tx, in)
	if err != nil {
		return FollowUp{}, err
	}
	f := FollowUp{ID: id.New[ID](), Title: in.Title, Note: in.Note, Owner: owner.ID, Due: clock.Micro(in.Due), State: Open,
		Record: in.Record, Created: tx.Now(), OwnerLogin: owner.Login, OwnerName: owner.Name}
	if err := insert(tx, f); err != nil {
		return FollowUp{}, err
	}
	if err := schedule(tx, f.Owner); err != nil {
		return FollowUp{}, err
	}
	return f, f.event(tx, by, "follow-up.created", f.changed())
}

// Update changes title, note, owner and due instant of an open follow-up; what it came from
// stays.
func (s *Service) Update(ctx context.Context, by actor.Actor, id ID, in In) (f FollowUp, err error) {
	err = s.db.Do(ctx, func(tx *db.Tx) error {
		f, err = s.UpdateIn(tx, by, id, in)
		return err
	})
	return f, err
}

// UpdateIn is Update in the caller's transaction.
func (s *Service) UpdateIn(tx *db.Tx, by actor.Actor, id ID, in In) (FollowUp, error) {
	if err := people.Allow(by, people.FollowUpWrite, people.Target{}); err != nil {
		return FollowUp{}, err
	}
	f, err := ByID(tx, id)
	if err != nil {
		return f, err
	}
	in.Record = f.Record
	owner, err := check(tx, in)
	if err != nil {
		return f, err
	}
	if f.State != Open {
		return f, errs.Conflictf("the follow-up %q is %s: open it again to change it", f.Title, f.State)
	}
	was, before := f.changed(), f.Owner
	f.Title, f.Note, f.Owner, f.Due = in.Title, in.Note, owner.ID, clock.Micro(in.Due)
	f.OwnerLogin, f.OwnerName = owner.Login, owner.Name
	if f.changed() == was {
		return f, nil
	}
	if f.Owner != before {
		f.reminded = time.Time{}
	}
	if err := store(tx, f, before); err != nil {
		return f, err
	}
	return f, f.event(tx, by, "follow-up.changed", f.changed())
}

// Complete marks a follow-up as done. The note says what was done and may be empty.
func (s *Service) Complete(ctx context.Context, by actor.Actor, id ID, note string) (FollowUp, error) {
	return s.move(ctx, by, id, Done, note)
}

// Drop gives a follow-up up; the note says why and is required.
func (s *Service) Drop(ctx context.Context, by actor.Actor, id ID, note string) (FollowUp, error) {
	return s.move(ctx, by, id, Dropped, note)
}

// Reopen opens a follow-up again that was done or dropped.
func (s *Service) Reopen(ctx context.Context, by actor.Actor, id ID, note string) (FollowUp, error) {
	return s.move(ctx, by, id, Open, note)
}

func (s *Service) move(ctx context.Context, by actor.Actor, id ID, to State, note string) (f FollowUp, err error) {
	err = s.db.Do(ctx, func(tx *db.Tx) error {
		f, err = s.MoveIn(tx, by, id, to, note)
		return err
	})
	return f, err
}

// MoveIn takes a follow-up to another state; being there already is a Conflict.
func (s *Service) MoveIn(tx *db.Tx, by actor.Actor, id ID, to State, note string) (FollowUp, error) {
	if err := people.Allow(by, people.FollowUpWrite, people.Target{}); err != nil {
		return FollowUp{}, err
	}
	f, err := ByID(tx, id)
	if err != nil {
		return f, err
	}
	var c errs.Check
	c.Require(to != Dropped || !text.Blank(note), "note", "is required: why it is given up")
	text.Block(&c, "note", note)
	if err := c.Err("the follow-up"); err != nil {
		return f, err
	}
	if !mayMove(f.State, to) {
		return f, errs.Conflictf("the follow-up %q is %s already", f.Title, f.State)
	}
	f.State, f.Finished = to, tx.Now()
	event := "follow-up." + string(to)
	if to == Open {
		f.Finished, f.reminded, event = time.Time{}, time.Time{}, "follow-up.opened"
	}
	if err := store(tx, f, f.Owner); err != nil {
		return f, err
	}
	return f, f.event(tx, by, event, Moved{f.Title, note})
}

// store writes a follow-up and sets the timers of its owner, and of the one before.
func store(tx *db.Tx, f FollowUp, before people.UserID) error {
	if err := update(tx, f); err != nil {
		return err
	}
	if before != f.Owner {
		if err := schedule(tx, before); err != nil {
			return err
		}
	}
	return schedule(tx, f.Owner)
}

// FollowUp returns one follow-up.
func (s *Service) FollowUp(ctx context.Context, by actor.Actor, id ID) (f FollowUp, err error) {
	if err := people.Allow(by, people.FollowUpRead, people.Target{}); err != nil {
		return f, err
	}
	err = s.db.View(ctx, func(tx *db.Tx) error {
		f, err = ByID(tx, id)
		return err
	})
	return f, err
}

// cursor is where a page ends.
type cursor struct {
	Due int64 // microseconds
	ID  ID
}

// List lists follow-ups: the earliest due first, but the latest first when only finished ones
// are asked for.
func (s *Service) List(ctx context.Context, by actor.Actor, filter Filter, r page.Request) (list page.List[FollowUp], err error) {
	if err := people.Allow(by, people.FollowUpRead, people.Target{}); err != nil {
		return list, err
	}
	if filter.State != "" && !slices.Contains(States, filter.State) {
		return list, &errs.E{Kind: errs.Invalid, Message: "the filter is not valid",
			Fields: []errs.Field{{Path: "state", Message: fmt.Sprintf("must be one of %v", States)}}}
	}
	var after cursor
	if _, err := page.Decode(r.Cursor, &after); err != nil {
		return list, err
	}
	var rows []FollowUp
	err = s.db.View(ctx, func(tx *db.Tx) error {
		rows, err = find(tx, filter, after, r.Size()+1)
		return err
	})
	return page.Of(rows, r, func(f FollowUp) any { return cursor{f.Due.UnixMicro(), f.ID} }), err
}

// check validates the input and looks up the owner, who must be able to do something.
func check(tx *db.Tx, in In) (people.User, error) {
	var c errs.Check
	in.Validate(&c)
	if err := c.Err("the follow-up"); err != nil {
		return people.User{}, err
	}
	u, err := people.UserByLogin(tx, in.Owner)
	if err != nil && !errs.Is(err, errs.NotFound) {
		return u, err
	}
	c.Require(err == nil, "owner", "names %q, who does not exist", in.Owner)
	c.Require(!u.Disabled, "owner", "names %q, whose account is disabled", in.Owner)
	return u, c.Err("the follow-up")
}

func (f FollowUp) changed() Changed { return Changed{f.Title, f.Note, f.OwnerLogin, f.Due} }

func (f FollowUp) event(tx *db.Tx, by actor.Actor, kind string, payload any) error {
	var about []ledger.Record
	if f.Record.Kind != "" {
		about = append(about, f.Record)
	}
	return ledger.Append(tx, by, Record(f.ID), kind, payload, about...)
}
