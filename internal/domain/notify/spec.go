package notify

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/text"
	"mainstay/internal/engine/outbox"
)

// Kept stands in a spec for a stored secret that is to stay as it is. Exports hold it
// instead of secrets.
const Kept = "kept"

// Spec is how one person is reached, as people write it, under the login as its name.
type Spec struct {
	Methods []MethodSpec `json:"methods,omitempty" yaml:"methods,omitempty"`
	Rules   RulesSpec    `json:"rules,omitzero" yaml:"rules,omitempty"`
}

// MethodSpec is one way to reach the person.
type MethodSpec struct {
	// Name is the person's own name for it, such as mail or phone-gateway.
	Name    string         `json:"name" yaml:"name"`
	Channel outbox.Channel `json:"channel" yaml:"channel"`
	// Address is a mail address, or the URL that a webhook posts to.
	Address string `json:"address" yaml:"address"`
	// Secret signs the deliveries of a webhook. Empty and "kept" leave the stored one as it
	// is; a new webhook without a secret gets a random one.
	Secret string `json:"secret,omitempty" yaml:"secret,omitempty"`
	// Verified true says that an admin vouches for the address; false leaves it as it is.
	Verified bool `json:"verified,omitempty" yaml:"verified,omitempty"`
}

// RulesSpec says by urgency when to use which method. Without rules every verified method
// is used at once.
type RulesSpec struct {
	High []RuleSpec `json:"high,omitempty" yaml:"high,omitempty"`
	Low  []RuleSpec `json:"low,omitempty" yaml:"low,omitempty"`
}

// RuleSpec uses a method some time after the start of a page.
type RuleSpec struct {
	Method string `json:"method" yaml:"method"` // its name
	After  Delay  `json:"after" yaml:"after"`
}

// Delay is a time span in whole seconds, written "0s", "90s", "5m".
type Delay time.Duration

// MarshalText writes the delay as people do: "5m" and not "5m0s".
func (d Delay) MarshalText() ([]byte, error) { return []byte(text.Duration(time.Duration(d))), nil }

// UnmarshalText reads "0", "90s", "5m" or "1h30m".
func (d *Delay) UnmarshalText(b []byte) error {
	span, err := time.ParseDuration(string(b))
	if err != nil || span%time.Second != 0 {
		return fmt.Errorf("%q must be a time such as 0s, 90s or 5m", b)
	}
	*d = Delay(span)
	return nil
}

const (
	maxMethods = 10
	maxRules   = 20
	maxDelay   = Delay(24 * time.Hour)
	minSecret  = 8
	maxSecret  = 200
)

func (r RulesSpec) of(u Urgency) []RuleSpec {
	if u == High {
		return r.High
	}
	return r.Low
}

// Validate records what cannot be stored.
func (s Spec) Validate(c *errs.Check) {
	c.Require(len(s.Methods) <= maxMethods, "methods", "must be at most %d", maxMethods)
	names := map[string]bool{}
	for i, m := range s.Methods {
		at := fmt.Sprintf("methods[%d].", i)
		m.validate(c, at)
		c.Require(!names[m.Name], at+"name", "%q stands twice", m.Name)
		names[m.Name] = true
	}
	for _, u := range Urgencies {
		validateRules(c, "rules."+string(u), s.Rules.of(u), names)
	}
}

func (m MethodSpec) validate(c *errs.Check, at string) {
	text.Name(c, at+"name", m.Name)
	known := m.Channel == outbox.Mail || m.Channel == outbox.Webhook
	c.Require(known, at+"channel", `must be "mail" or "webhook", not %q`, m.Channel)
	checkAddress(c, at+"address", m.Channel, m.Address)
	if m.Secret == "" || m.Secret == Kept {
		return
	}
	c.Require(m.Channel == outbox.Webhook, at+"secret", "is only for webhooks")
	odd := strings.ContainsFunc(m.Secret, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsGraphic(r) })
	c.Require(!odd && len(m.Secret) >= minSecret && len(m.Secret) <= maxSecret,
		at+"secret", "must be %d to %d printable ASCII characters", minSecret, maxSecret)
}

func validateRules(c *errs.Check, path string, rules []RuleSpec, methods map[string]bool) {
	c.Require(len(rules) <= maxRules, path, "must be at most %d", maxRules)
	last := Delay(0)
	for i, r := range rules {
		at := fmt.Sprintf("%s[%d].", path, i)
		c.Require(methods[r.Method], at+"method", "names %q, which is not among the methods", r.Method)
		c.Require(r.After >= 0 && r.After <= maxDelay, at+"after", "must be 0s to 24h")
		c.Require(r.After >= last, at+"after", "must not be sooner than the rule before it")
		last = r.After
	}
}

func (s Spec) clone() Spec {
	s.Methods = slices.Clone(s.Methods)
	s.Rules.High, s.Rules.Low = slices.Clone(s.Rules.High), slices.Clone(s.Rules.Low)
	return s
}

// without returns the spec with one method less, and without the rules that use it.
func (s Spec) without(name string) Spec {
	s = s.clone()
	uses := func(r RuleSpec) bool { return r.Method == name }
	s.Methods = slices.DeleteFunc(s.Methods, func(m MethodSpec) bool { return m.Name == name })
	s.Rules.High, s.Rules.Low = slices.DeleteFunc(s.Rules.High, uses), slices.DeleteFunc(s.Rules.Low, uses)
	return s
}
