package demo

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"mainstay/internal/base/clock"
)

// Channel is how something arrived.
type Channel string

// The channels.
const (
	Mail      Channel = "mail"
	Telephone Channel = "telephone" // an app on it, which takes webhooks
)

// Arrival is a mail or webhook as it arrived at somebody's mailbox or telephone.
type Arrival struct {
	Number  int       // from 1, in order of arrival
	At      time.Time // on the desk's clock
	Channel Channel
	To      string // login of whom it reached; the address when it is nobody's
	Kind    string // page bundle update notice …
	Subject string
	Text    string
	Why     string // why this person
	// Incidents are the keys that it is about, the worst first.
	Incidents []string
	// Links acknowledge, one for each incident that this person may.
	Links  []Link
	Signed bool // a webhook whose signature is right
	Repeat bool // it may have arrived before
}

// Link acknowledges one incident.
type Link struct {
	Incident string // key; empty when the message does not say
	URL      string
}

const remembered = 200 // arrivals

// InboxConfig describes an Inbox.
type InboxConfig struct {
	Clock  clock.Clock
	Secret string // with which the desk signs every webhook
	// Changed is called after each arrival; nil is called by nobody.
	Changed func()
	Log     *slog.Logger
}

// Inbox receives what the desk sends. Make it with OpenInbox.
type Inbox struct {
	InboxConfig

	mail  *smtp.Server
	hooks *http.Server
	mailL net.Listener
	hookL net.Listener

	mu       sync.Mutex
	arrivals []Arrival // oldest first
	count    int
	owners   map[string]string // mail address → login
	dead     bool              // the telephones
}

// OpenInbox starts both receivers on free loopback ports.
func OpenInbox(c InboxConfig) (*Inbox, error) {
	if c.Changed == nil {
		c.Changed = func() {}
	}
	b := &Inbox{InboxConfig: c, owners: map[string]string{}}
	var err error
	if b.mailL, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("mailbox: %w", err)
	}
	if b.hookL, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, errors.Join(fmt.Errorf("telephones: %w", err), b.mailL.Close())
	}
	b.mail = newMailServer(b)
	b.hooks = &http.Server{Handler: http.HandlerFunc(b.receiveHook), ReadHeaderTimeout: 5 * time.Second}
	go func() { b.report("mailbox", b.mail.Serve(b.mailL), smtp.ErrServerClosed) }()
	go func() { b.report("telephones", b.hooks.Serve(b.hookL), http.ErrServerClosed) }()
	return b, nil
}

func (b *Inbox) report(what string, err, normal error) {
	if err != nil && !errors.Is(err, normal) && !errors.Is(err, net.ErrClosed) {
		b.Log.Error("a receiver of the demo stopped", "receiver", what, "err", err)
	}
}

// Close stops both receivers.
func (b *Inbox) Close() error { return errors.Join(b.mail.Close(), b.hooks.Close()) }

// SMTPURL is where the desk sends mail.
func (b *Inbox) SMTPURL() string {
	return fmt.Sprintf("smtp://%s?from=desk@bank.example&starttls=off", b.mailL.Addr())
}

// HookURL is where the desk sends webhooks for a person.
func (b *Inbox) HookURL(login string) string {
	return fmt.Sprintf("http://%s/%s", b.hookL.Addr(), login)
}

// Own tells whose a mail address is.
func (b *Inbox) Own(address, login string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.owners[address] = login
}

// Arrivals returns what arrived, the newest first.
func (b *Inbox) Arrivals() []Arrival {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := slices.Clone(b.arrivals)
	slices.Reverse(out)
	return out
}

// Clear forgets what has arrived; numbers go on.
func (b *Inbox) Clear() {
	b.mu.Lock()
	b.arrivals = nil
	b.mu.Unlock()
	b.Changed()
}

// SetDead makes every connection to a telephone break before it answers, or work again.
func (b *Inbox) SetDead(dead bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dead = dead
}

func (b *Inbox) isDead() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.dead
}

func (b *Inbox) add(a Arrival) {
	b.mu.Lock()
	b.count++
	a.Number, a.At = b.count, b.Clock.Now()
	if login, ok := b.owners[a.To]; ok {
		a.To = login
	}
	b.arrivals = append(b.arrivals, a)
	if len(b.arrivals) > remembered {
		b.arrivals = slices.Clone(b.arrivals[len(b.arrivals)-remembered:])
	}
	b.mu.Unlock()
	b.Changed()
}
