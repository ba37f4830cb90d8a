package notify

import (
	"time"

	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/outbox"
)

// PageID identifies a page.
type PageID string

// State is how far a page is.
type State string

// The states.
const (
	Running   State = "running"
	Delivered State = "delivered"
	Exhausted State = "exhausted"
	Stopped   State = "stopped"
)

// PageIn says whom to page, about what.
type PageIn struct {
	Person  people.UserID
	About   ledger.Record
	Urgency Urgency
	Content outbox.Content
	// Group names pages about one record that end together, such as those of one clock.
	Group string
	// Reason says why this person: "you are on call for Payments first line".
	Reason string
	// Step names what pages, for timelines: "response clock, step 2 of 3".
	Step string
	// Dedup pages once, however often it is asked for.
	Dedup string
	// AckFor is what the message's ack link acknowledges; the zero AckFor leaves the link out.
	AckFor AckFor
}

// Page is the attempt to reach one person about one record.
type Page struct {
	ID          PageID
	Dedup       string
	Person      people.UserID
	Name        string // of the person
	About       ledger.Record
	Group       string
	Urgency     Urgency
	Content     outbox.Content
	Reason      string
	Steps       []Step
	State       State
	StateReason string // why exhausted or stopped
	Created     time.Time
	Finished    time.Time // zero while running
}

// PageRecord names a page in the ledger.
func PageRecord(id PageID) ledger.Record { return ledger.Record{Kind: "page", ID: string(id)} }

// about lists the records on whose timelines an event of the page shows.
func about(r ledger.Record) []ledger.Record {
	if r.Kind == "" {
		return nil
	}
	return []ledger.Record{r}
}

// Address is where a message goes, as far as a timeline may show it.
type Address struct {
	Channel outbox.Channel `json:"channel"`
	Address string         `json:"address"` // masked
}

func shownAddress(channel outbox.Channel, address string) Address {
	return Address{channel, Mask(channel, address)}
}

// Started is the payload of page.started.
type Started struct {
	Login   string    `json:"login"`
	Name    string    `json:"name"`
	Reason  string    `json:"reason,omitempty"`
	Step    string    `json:"step,omitempty"`
	Urgency Urgency   `json:"urgency"`
	To      []Address `json:"to,omitempty"` // used at once
	Later   int       `json:"later"`        // methods that rules or failures may use later
}

// Fallback is the payload of page.fallback: the next method was used before its time.
type Fallback struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
	Address
}

// Told is the payload of message.sent and message.failed.
type Told struct {
	Message outbox.ID   `json:"message"`
	Kind    outbox.Kind `json:"kind"`
	Name    string      `json:"name,omitempty"`   // of the person
	Repeat  bool        `json:"repeat,omitempty"` // it may have arrived before
	Reason  string      `json:"reason,omitempty"` // why it failed
	Address
}

// Ended is the payload of page.delivered, page.exhausted and page.stopped.
type Ended struct {
	Name   string `json:"name,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// PageByID returns a page, or NotFound.
func PageByID(tx *db.Tx, id PageID) (Page, error) {
	p, err := db.One(tx, scanPage, `SELECT `+pageColumns+` FROM page WHERE id = ?`, string(id))
	return p, db.OrNotFound(err, "there is no page with id %q", id)
}

func runningAbout(tx *db.Tx, r ledger.Record) ([]Page, error) {
	return db.All(tx, scanPage, `
		SELECT `+pageColumns+` FROM page
		WHERE record_kind = ? AND record_id = ? AND state = 'running' ORDER BY id`, r.Kind, r.ID)
}

func pageByDedup(tx *db.Tx, dedup string) (Page, error) {
	return db.One(tx, scanPage, `SELECT `+pageColumns+` FROM page WHERE dedup = ?`, dedup)
}

const pageColumns = `id, dedup, person, (SELECT u.name FROM app_user u WHERE u.id = page.person), record_kind, record_id, part, urgency, content, reason, steps,
	state, state_reason, created, finished`

func scanPage(s db.Scanner) (p Page, err error) {
	return p, s.Scan(db.Text(&p.ID), &p.Dedup, db.Text(&p.Person), &p.Name, &p.About.Kind, &p.About.ID, &p.Group,
		db.Text(&p.Urgency), db.JSON(&p.Content), &p.Reason, db.JSON(&p.Steps),
		db.Text(&p.State), &p.StateReason, db.Time(&p.Created), db.Time(&p.Finished))
}

// insertPage reports whether the page is new: no other has its Dedup.
func insertPage(tx *db.Tx, p Page) (bool, error) {
	n, err := tx.Exec(`
		INSERT INTO page (id, dedup, person, record_kind, record_id, part, urgency, content, reason, steps, state, created)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (dedup) DO NOTHING`,
		string(p.ID), p.Dedup, string(p.Person), p.About.Kind, p.About.ID, p.Group, string(p.Urgency),
		db.AsJSON(p.Content), p.Reason, db.AsJSON(p.Steps), string(p.State), p.Created)
	return n > 0, err
}

func savePage(tx *db.Tx, p Page) error {
	_, err := tx.Exec(`UPDATE page SET steps = ?, state = ?, state_reason = ?, finished = ? WHERE id = ?`,
		db.AsJSON(p.Steps), string(p.State), p.StateReason, p.Finished, string(p.ID))
	return err
}
