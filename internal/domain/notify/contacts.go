package notify

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/id"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/outbox"
)

// Contacts returns how a person is reached.
func (s *Service) Contacts(ctx context.Context, by actor.Actor, login string) (c Contacts, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		u, err := subject(tx, by, people.ContactRead, login)
		if err != nil {
			return err
		}
		c, err = readContacts(tx, u.ID)
		return err
	})
	return c, err
}

// AddMethod gives a person one more method and sends a code to it, unless m.Verified says
// that an admin vouches for it. An empty name is filled in. The secret of a webhook is
// returned this once.
func (s *Service) AddMethod(ctx context.Context, by actor.Actor, login string, m MethodSpec) (out Method, secret string, err error) {
	err = s.DB.Do(ctx, func(tx *db.Tx) error {
		u, was, err := s.forChange(tx, by, login)
		if err != nil {
			return err
		}
		m := m // the transaction may run again
		if m.Name == "" {
			m.Name = freeName(was, m.Channel)
		}
		if hasMethod(was, m.Name) {
			return errs.Conflictf("%s has a contact method %q already: choose another name", login, m.Name)
		}
		if m.Channel == outbox.Webhook && m.Secret == "" {
			m.Secret = id.Secret()
		}
		was.Methods = append(was.Methods, m)
		if _, err := s.ApplyIn(tx, by, login, was); err != nil {
			return err
		}
		secret = m.Secret
		out, err = methodByName(tx, u.ID, m.Name)
		return err
	})
	return out, secret, err
}

// forChange returns a person and their contacts as a spec that changes nothing.
func (s *Service) forChange(tx *db.Tx, by actor.Actor, login string) (people.User, Spec, error) {
	u, err := subject(tx, by, people.ContactWrite, login)
	if err != nil {
		return u, Spec{}, err
	}
	c, err := readContacts(tx, u.ID)
	return u, c.Spec(), err
}

func hasMethod(s Spec, name string) bool {
	return slices.ContainsFunc(s.Methods, func(m MethodSpec) bool { return m.Name == name })
}

func freeName(s Spec, channel outbox.Channel) string {
	name := string(channel)
	for i := 2; hasMethod(s, name); i++ {
		name = fmt.Sprintf("%s-%d", channel, i)
	}
	return name
}

// RemoveMethod takes a method away, with the rules that use it. It returns how many
// verified methods are left, so that the caller can warn of a person who cannot be reached.
func (s *Service) RemoveMethod(ctx context.Context, by actor.Actor, login, name string) (left int, err error) {
	err = s.DB.Do(ctx, func(tx *db.Tx) error {
		u, was, err := s.forChange(tx, by, login)
		if err != nil {
			return err
		}
		if !hasMethod(was, name) {
			return errs.NotFoundf("%s has no contact method %q", login, name)
		}
		if _, err := s.ApplyIn(tx, by, login, was.without(name)); err != nil {
			return err
		}
		methods, err := methodsOf(tx, u.ID)
		left = len(preferred(methods))
		return err
	})
	return left, err
}

// SetRules replaces a person's notification rules.
func (s *Service) SetRules(ctx context.Context, by actor.Actor, login string, rules RulesSpec) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		_, spec, err := s.forChange(tx, by, login)
		if err != nil {
			return err
		}
		spec.Rules = rules
		_, err = s.ApplyIn(tx, by, login, spec)
		return err
	})
}

// NewSecret gives a webhook another signing secret and returns it this once.
func (s *Service) NewSecret(ctx context.Context, by actor.Actor, login, name string) (secret string, err error) {
	err = s.DB.Do(ctx, func(tx *db.Tx) error {
		_, spec, err := s.forChange(tx, by, login)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(spec.Methods, func(m MethodSpec) bool { return m.Name == name && m.Channel == outbox.Webhook })
		if i < 0 {
			return errs.NotFoundf("%s has no webhook %q", login, name)
		}
		secret = id.Secret()
		spec.Methods[i].Secret = secret
		_, err = s.ApplyIn(tx, by, login, spec)
		return err
	})
	return secret, err
}

// Secret returns the signing secret of a webhook, for the sender.
func (s *Service) Secret(ctx context.Context, method string) (plain string, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		m, err := methodByID(tx, MethodID(method))
		if err != nil {
			return db.OrNotFound(err, "the contact method has been removed")
		}
		plain, err = s.Box.Unseal(place(m.ID), m.secret)
		return err
	})
	return plain, err
}

// Test sends a test message to a verified method; Message tells what became of it.
func (s *Service) Test(ctx context.Context, by actor.Actor, login, name string) (sent outbox.ID, err error) {
	err = s.DB.Do(ctx, func(tx *db.Tx) error {
		u, m, err := s.one(tx, by, login, name)
		if err != nil {
			return err
		}
		if !m.Usable() {
			return errs.Conflictf("contact method %q is not verified yet: confirm the code that was sent to it", name)
		}
		sent, err = outbox.Queue(tx, outbox.Message{
			Dedup: "test/" + string(m.ID) + "/" + id.New[string](), Channel: m.Channel, Address: m.Address,
			Method: string(m.ID), Person: string(u.ID), Priority: outbox.NoticePriority, Kind: outbox.TestKind, Record: Record(u.ID),
			Content: outbox.Content{
				Title: "Test message from Mainstay",
				Text:  fmt.Sprintf("%s asked for this test of %q at %s. Nothing needs to be done.", by.Name, name, When(tx.Now(), u.Zone)),
				Zone:  u.Zone, URL: s.BaseURL,
			},
		})
		return err
	})
	return sent, err
}

// one returns a person and one of their methods, for changing it.
func (s *Service) one(tx *db.Tx, by actor.Actor, login, name string) (people.User, Method, error) {
	u, err := subject(tx, by, people.ContactWrite, login)
	if err != nil {
		return u, Method{}, err
	}
	m, err := methodByName(tx, u.ID, name)
	return u, m, db.OrNotFound(err, "%s has no contact method %q", login, name)
}

// When writes an instant for a reader in a zone: "Mon 2 Nov 09:14 GMT", or "17:14 UTC+8" where
// the zone's hours have no short name. A zone that is not known gives UTC.
func When(at time.Time, zone string) string {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		loc = time.UTC
	}
	at = at.In(loc)
	name, offset := at.Zone()
	if strings.ContainsAny(name, "+-") {
		name = "UTC" + fromUTC(offset)
	}
	return at.Format("Mon 2 Jan 15:04 ") + name
}

// fromUTC writes seconds east of Greenwich: "+8", "-3:30".
func fromUTC(offset int) string {
	sign := '+'
	if offset < 0 {
		sign, offset = '-', -offset
	}
	if minutes := offset / 60 % 60; minutes != 0 {
		return fmt.Sprintf("%c%d:%02d", sign, offset/3600, minutes)
	}
	return fmt.Sprintf("%c%d", sign, offset/3600)
}
