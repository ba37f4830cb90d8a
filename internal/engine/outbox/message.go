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
// A message that is no longer needed while it is being sent is not repeated: should the
// attempt fail or be cut off, it is replaced.
//
// Invariants: a queued message has a next attempt; a message being sent has a lease, after
// which it is repeated; one delivery at a time is under way from a node to an address.
//
// Table: message.
package outbox

import (
	"fmt"
	"strconv"
	"strings"
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

// Kind says what a message is. Rooms may have kinds of their own; they leave alone.
type Kind string

// The kinds. Pages and updates that wait for one address leave together, others alone.
const (
	PageKind   Kind = "page"
	UpdateKind Kind = "update"
	NoticeKind Kind = "notice"
	TestKind   Kind = "test"
	VerifyKind Kind = "verify"
)

// bundled reports whether messages of the kind may leave together.
func (k Kind) bundled() bool { return k == PageKind || k == UpdateKind }

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
	Service  string `json:"service,omitempty"`  // name: payments
	// ServiceTitle is what people call the service.
	ServiceTitle string `json:"service_title,omitempty"`
	Severity     int    `json:"severity,omitempty"` // 1 (worst) to 4
	Title        string `json:"title"`
	Text         string `json:"text,omitempty"`
	Why          string `json:"why,omitempty"`     // why this person: "step 2 of 4, roster payments-l2"
	Zone         string `json:"zone,omitempty"`    // IANA, in which the reader wants to see times
	URL          string `json:"url,omitempty"`     // the record's page
	AckURL       string `json:"ack_url,omitempty"` // one tap; signed for this person
	Code         string `json:"code,omitempty"`    // of a verification
	Call         int    `json:"call,omitempty"`    // 2 when the person was called about it before, and so on
	Urging       string `json:"urging,omitempty"`  // why again: "not acknowledged for 13 min"
	More         int    `json:"more,omitempty"`    // alerts besides the one of the title
}

// Headline is the title with how often the reader was called and how much there is:
// "2nd call: Payments: Queue depth and 4 more alerts".
func (c Content) Headline() string {
	out := c.Title
	if c.Call > 1 {
		out = ordinal(c.Call) + " call: " + out
	}
	switch {
	case c.More == 1:
		out += " and 1 more alert"
	case c.More > 1:
		out += fmt.Sprintf(" and %d more alerts", c.More)
	}
	return out
}

// Body is the text, and before it why the reader is called again.
func (c Content) Body() string {
	if c.Call < 2 {
		return c.Text
	}
	return strings.TrimSpace(ordinal(c.Call) + " call: " + c.Urging + ".\n" + c.Text)
}

func ordinal(n int) string {
	suffix := "th"
	if n/10%10 != 1 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
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
	// Withdrawn says why the message is no longer needed while it is being sent.
	Withdrawn string
	Created   time.Time
	Finished  time.Time // zero while queued or sending
}

// Queue adds a message in the caller's transaction. It returns the id, or "" when the same
// Dedup key was queued before.
func Queue(tx *db.Tx, m Message) (ID, error) {
	tx.Signal(db.MessagesQueued)
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

// Rewrite changes what the messages of a page say that have not left yet.
func Rewrite(tx *db.Tx, page string, c Content) error {
	_, err := tx.Exec(`UPDATE message SET content = ? WHERE page = ? AND page <> '' AND state = 'queued'`, db.AsJSON(c), page)
	return err
}

// Replace takes back messages of a page that have not left yet, for example because the
// incident was acknowledged, and returns how many. What is being sent this moment may still
// arrive, but is not tried again.
func Replace(tx *db.Tx, page, reason string) (int64, error) {
	_, err := tx.Exec(`
		UPDATE message SET withdrawn = ? WHERE page = ? AND page <> '' AND state = 'sending'`, reason, page)
	if err != nil {
		return 0, err
	}
	return tx.Exec(`
		UPDATE message SET state = 'replaced', reason = ?, finished = ?, next_attempt = NULL
		WHERE page = ? AND page <> '' AND state = 'queued'`, reason, tx.Now(), page)
}
