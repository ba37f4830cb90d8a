package notify

import (
	"time"

	"mainstay/internal/base/egress"
	"mainstay/internal/base/secret"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/outbox"
	"mainstay/internal/engine/timer"
)

// DefaultFallbackAfter is how long a page waits for a channel before it uses the next too.
const DefaultFallbackAfter = 30 * time.Second

// Config is what a Service needs.
type Config struct {
	DB  *db.DB
	Box *secret.Box // seals the secrets of webhooks, signs links and codes
	// BaseURL is where people reach the desk, without a slash at the end; links start with it.
	BaseURL string
	// FallbackAfter is how long a page may be undelivered before the person's next method
	// is used too; 0 means 30 s.
	FallbackAfter time.Duration
	// Egress says to which addresses webhooks may be sent.
	Egress egress.Rule
	// Channels are those over which messages can leave; nil means every one.
	Channels []outbox.Channel
	// Exhausted is told of a page that no channel could deliver, once, in the transaction
	// that ends it. Set it before anything runs; nil tells nobody.
	Exhausted func(*db.Tx, Page) error
}

// Service is contacts and pages.
type Service struct{ Config }

// New returns a service that is ready to use.
func New(c Config) *Service {
	if c.FallbackAfter == 0 {
		c.FallbackAfter = DefaultFallbackAfter
	}
	return &Service{c}
}

const (
	ruleTimer     timer.Kind = "notify.rule"
	fallbackTimer timer.Kind = "notify.fallback"
)

// Timers returns what happens when each of this room's timers fires.
func (s *Service) Timers() map[timer.Kind]timer.Handler {
	return map[timer.Kind]timer.Handler{
		ruleTimer:     s.onTimer,
		fallbackTimer: s.onTimer,
	}
}

// Hooks returns what the dispatcher is to call.
func (s *Service) Hooks() outbox.Hooks { return outbox.Hooks{Sent: s.onSent, Failed: s.onFailed} }

// readContacts loads a person's methods and rules.
func readContacts(tx *db.Tx, person people.UserID) (Contacts, error) {
	methods, err := methodsOf(tx, person)
	if err != nil {
		return Contacts{}, err
	}
	rules, err := rulesOf(tx, person)
	return Contacts{methods, rules}, err
}
