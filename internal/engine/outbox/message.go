// Package outbox delivers messages at least once.
//
// A message is a row, queued in the transaction of the record that needs it told. A
// Dispatcher claims what is due, most urgent first, and sends it; what was cut off is sent
// again and marked as a possible repeat. Nothing is dropped for volume: messages to one
// address that wait at the same time leave as one delivery that lists them.
//
//	queued ──▶ sending ──▶ sent
//	  ▲           │  ╰───▶ failed     permanently, or tried for too long: Hooks.Failed
//	  ╰── later ◀─╯
//	  ╰───────────────────▶ replaced  no longer needed; the reason says why
//
// Table: message.
package outbox

import (
	"errors"
	"time"

	"mainstay/internal/base/id"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// ID identifies a message.
type ID string

// Channel is a way in which messages leave.
type Channel string

// The channels.
const (
	Mail    Channel = "mail"
	Webhook Channel = "webhook"
)

// Priority orders what waits; lower goes first.
type Priority int

// The priorities.
const (
	PagePriority   Priority = iota // somebody must act
	UpdatePriority                 // somebody wants to know
	NoticePriority                 // verification, shift starts, reports
)

// Kind says what a message is: "page", "notice", "test", "verify".
type Kind string

// State is how far a message is.
type State string

// The states.
const (
	Queued   State = "queued"
	Sending  State = "sending"
	Sent     State = "sent"
	Failed   State = "failed"
	Replaced State = "replaced"
)

// Content is what a message says. Only Title is required.
type Content struct {
	Incident string `json:"incident,omitempty"` // key: INC-2041
	Service  string `json:"service,omitempty"`
	Severity int    `json:"severity,omitempty"` // 1 (worst) to 4
	Title    string `json:"title"`
	Text     string `json:"text,omitempty"`
	URL      string `json:"url,omitempty"`     // the record's page
	AckURL   string `json:"ack_url,omitempty"` // one tap; signed for this person
}

// Message is something to deliver to one address.
type Message struct {
	ID       ID
	Dedup    string // queueing the same key again does nothing
	Channel  Channel
	Address  string
	Method   string // the contact method, empty when there is none
	Person   string // the user it is for, empty when it is for no user
	Page     string // the page that it is a part of, empty when none
	Priority Priority
	Kind     Kind
	Record   ledger.Record // what it is about
	Content  Content

	State          State
	Reason         string // why failed or replaced; otherwise the last error
	Attempts       int
	PossibleRepeat bool // an earlier attempt was cut off and may have arrived
	NextAttempt    time.Time
	Delivery       string // messages that left together share it
	Created        time.Time
	Finished       time.Time // zero while queued or sending
}

// Delivery is one or more messages that leave together to one address.
type Delivery struct {
	ID       string
	Channel  Channel
	Address  string
	Method   string
	Messages []Message // the most urgent first, never empty
	// Repeat says that an earlier attempt at any of them may have arrived.
	Repeat bool
}

// PermanentError says that trying again cannot help: the address does not exist, the
// receiver refuses. Its text is shown to people.
type PermanentError struct{ Err error }

// Error returns the cause's text.
func (e *PermanentError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *PermanentError) Unwrap() error { return e.Err }

// Permanent marks err as one that trying again cannot help.
func Permanent(err error) error { return &PermanentError{err} }

// IsPermanent reports whether trying again cannot help.
func IsPermanent(err error) bool {
	_, ok := errors.AsType[*PermanentError](err)
	return ok
}

// Queue adds a message in the caller's transaction. It returns the id, or "" when the same
// Dedup key was queued before.
func Queue(tx *db.Tx, m Message) (ID, error) {
	m.ID = id.New[ID]()
	n, err := tx.Exec(`
		INSERT INTO message (id, dedup, channel, address, method, person, page, priority, kind,
		                     record_kind, record_id, content, state, next_attempt, created)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?)
		ON CONFLICT (dedup) DO NOTHING`,
		string(m.ID), m.Dedup, string(m.Channel), m.Address, m.Method, m.Person, m.Page, int(m.Priority), string(m.Kind),
		m.Record.Kind, m.Record.ID, db.AsJSON(m.Content), tx.Now(), tx.Now())
	if err != nil || n == 0 {
		return "", err
	}
	return m.ID, nil
}

// Replace takes back messages of a page that have not left yet, for example because the
// incident was acknowledged, and returns how many.
func Replace(tx *db.Tx, page, reason string) (int64, error) {
	return tx.Exec(`
		UPDATE message SET state = 'replaced', reason = ?, finished = ?, next_attempt = NULL
		WHERE page = ? AND page <> '' AND state = 'queued'`, reason, tx.Now(), page)
}

// OfRecord returns the messages about a record, oldest first.
func OfRecord(tx *db.Tx, r ledger.Record) ([]Message, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM message
		WHERE record_kind = ? AND record_id = ? ORDER BY created, id`, r.Kind, r.ID)
}

// OfPage returns the messages of a page, oldest first.
func OfPage(tx *db.Tx, page string) ([]Message, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM message WHERE page = ? ORDER BY created, id`, page)
}

// Latest returns the newest messages, newest first; before, when not empty, is the id
// behind which to go on.
func Latest(tx *db.Tx, before ID, limit int) ([]Message, error) {
	if before == "" {
		before = "~" // after every UUID
	}
	return db.All(tx, scan, `SELECT `+columns+` FROM message WHERE id < ? ORDER BY id DESC LIMIT ?`,
		string(before), limit)
}

const columns = `id, dedup, channel, address, method, person, page, priority, kind, record_kind, record_id,
	content, state, reason, attempts, possible_repeat, next_attempt, delivery, created, finished`

func scan(s db.Scanner) (m Message, err error) {
	return m, s.Scan(db.Text(&m.ID), &m.Dedup, db.Text(&m.Channel), &m.Address, &m.Method, &m.Person, &m.Page,
		&m.Priority, db.Text(&m.Kind), &m.Record.Kind, &m.Record.ID,
		db.JSON(&m.Content), db.Text(&m.State), &m.Reason, &m.Attempts, &m.PossibleRepeat,
		db.Time(&m.NextAttempt), &m.Delivery, db.Time(&m.Created), db.Time(&m.Finished))
}
