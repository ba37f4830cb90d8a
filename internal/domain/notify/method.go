package notify

import (
	"net/mail"
	"net/url"
	"strings"
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/outbox"
)

// MethodID identifies a contact method.
type MethodID string

// Method is one way to reach a person.
type Method struct {
	ID       MethodID
	Person   people.UserID
	Name     string // the person's own name for it: mail, phone-gateway
	Channel  outbox.Channel
	Address  string
	Verified time.Time // zero while it may not be used
	Created  time.Time

	secret    string // sealed; empty for mail
	code      string // signature of the code sent last; empty when none is open
	codeSent  time.Time
	codeTries int
}

// Usable reports whether messages may go there.
func (m Method) Usable() bool { return !m.Verified.IsZero() }

// Urgency chooses which of a person's rules apply.
type Urgency string

// The urgencies.
const (
	High Urgency = "high" // wake me
	Low  Urgency = "low"  // tell me
)

// Urgencies lists them, the most urgent first.
var Urgencies = []Urgency{High, Low}

// Rule uses a method some time after the start of a page.
type Rule struct {
	Method MethodID
	Name   string // of the method
	After  time.Duration
}

// Contacts is how one person is reached.
type Contacts struct {
	Methods []Method // in the person's order
	Rules   map[Urgency][]Rule
}

// Record names the contacts of a person in the ledger.
func Record(person people.UserID) ledger.Record {
	return ledger.Record{Kind: "contacts", ID: string(person)}
}

// Mask shortens an address to what is enough to recognise it: "a…@bank.example",
// "https://hooks.bank.example/…".
func Mask(channel outbox.Channel, address string) string {
	if channel == outbox.Mail {
		user, host, ok := strings.Cut(address, "@")
		if !ok || user == "" {
			return "…"
		}
		return string([]rune(user)[:1]) + "…@" + host
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "…"
	}
	return u.Scheme + "://" + u.Host + "/…"
}

func checkAddress(c *errs.Check, path string, channel outbox.Channel, address string) {
	switch channel {
	case outbox.Mail:
		a, err := mail.ParseAddress(address)
		ok := err == nil && a.Address == address && len(address) <= 254
		c.Require(ok, path, "must be a mail address such as ana@bank.example")
		text.Line(c, path, address)
	case outbox.Webhook:
		c.Require(address != "", path, "must be an address that starts with https:// or http://")
		text.URL(c, path, address)
		u, err := url.Parse(address)
		c.Require(err != nil || u.User == nil, path, "must not hold a password: deliveries are signed instead")
	}
}
