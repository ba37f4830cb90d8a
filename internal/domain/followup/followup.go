package followup

import (
	"slices"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/ledger"
)

// ID identifies a follow-up.
type ID string

// State is how far a follow-up is.
type State string

// The states.
const (
	Open    State = "open"
	Done    State = "done"
	Dropped State = "dropped"
)

// States lists every state.
var States = []State{Open, Done, Dropped}

// moves says which state may follow which.
var moves = map[State][]State{
	Open:    {Done, Dropped},
	Done:    {Open},
	Dropped: {Open},
}

// mayMove reports whether a follow-up may go from one state to another.
func mayMove(from, to State) bool { return slices.Contains(moves[from], to) }

// FollowUp is something that somebody promised to do.
type FollowUp struct {
	ID       ID
	Title    string
	Note     string
	Owner    people.UserID
	Due      time.Time
	State    State
	Record   ledger.Record // what it came from; empty when nothing
	Created  time.Time
	Finished time.Time // when it was done or dropped, zero while open

	OwnerLogin, OwnerName string // as they are now

	reminded time.Time // when the owner was last reminded, zero when not yet
}

// Overdue reports whether it is open past its due instant.
func (f FollowUp) Overdue(now time.Time) bool { return f.State == Open && f.Due.Before(now) }

// Record names a follow-up in the ledger.
func Record(id ID) ledger.Record { return ledger.Record{Kind: "follow-up", ID: string(id)} }

// In is a follow-up as people write it.
type In struct {
	Title string
	Note  string
	Owner string // login
	Due   time.Time
	// Record is what it comes from; it is set when it is created and stays.
	Record ledger.Record
}

// Validate collects what is wrong with the input, except that the owner may not exist.
func (in In) Validate(c *errs.Check) {
	c.Require(!text.Blank(in.Title), "title", "is required")
	text.Line(c, "title", in.Title)
	text.Block(c, "note", in.Note)
	c.Require(in.Owner != "", "owner", "is required: the login of who does it")
	c.Require(!in.Due.IsZero(), "due", "is required")
	if !in.Due.IsZero() {
		clock.Check(c, "due", in.Due)
	}
	c.Require((in.Record.Kind == "") == (in.Record.ID == ""), "record", "must have kind and id, or neither")
	text.Line(c, "record.kind", in.Record.Kind)
	text.Line(c, "record.id", in.Record.ID)
}

// Filter narrows a list; its zero value lists the open ones.
type Filter struct {
	Owner   string        // login, "" for everybody's
	OwnerID people.UserID // "" for everybody's
	State   State         // "" for open
	Any     bool          // whatever the state; State is then ignored
	Overdue bool          // only open ones past their due instant
	Record  ledger.Record // only what came from this record
}
