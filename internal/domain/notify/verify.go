package notify

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/id"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/outbox"
)

const (
	codeLife  = 24 * time.Hour
	codePause = time.Minute // between two codes for one method
	codeTries = 10          // wrong ones, then a new code is needed
)

// Verified is the payload of contacts.verified.
type Verified struct {
	Method string `json:"method"`
	Address
}

// SendCode sends another code to a method that is not verified yet.
func (s *Service) SendCode(ctx context.Context, by actor.Actor, login, name string) error {
	return s.DB.Do(ctx, func(tx *db.Tx) error {
		u, m, err := s.one(tx, by, login, name)
		if err != nil {
			return err
		}
		if m.Usable() {
			return errs.Conflictf("contact method %q is verified already", name)
		}
		if m.code != "" && tx.Now().Sub(m.codeSent) < codePause {
			return errs.Conflictf("a code was sent to %q a moment ago: wait a minute before asking for another", name)
		}
		return s.sendCode(tx, u, m)
	})
}

// sendCode makes a new code, stores its signature and sends it.
func (s *Service) sendCode(tx *db.Tx, u people.User, m Method) error {
	code := id.Secret()[:8]
	m.code, m.codeSent, m.codeTries = s.codeSignature(m.ID, code), tx.Now(), 0
	if err := setCode(tx, m); err != nil {
		return err
	}
	shown := code[:4] + "-" + code[4:]
	_, err := outbox.Queue(tx, outbox.Message{
		Dedup: "verify/" + string(m.ID) + "/" + id.New[string](), Channel: m.Channel, Address: m.Address,
		Method: string(m.ID), Person: string(u.ID), Priority: outbox.NoticePriority, Kind: outbox.VerifyKind, Record: Record(u.ID),
		Content: outbox.Content{
			Title: "Confirm this address for Mainstay",
			Text: fmt.Sprintf("%s wants to be paged here. The code is %s. Enter it beside the contact method, or open the link "+
				"and confirm. It works for 24 hours. If you do not know what this is about, do nothing.", u.Name, shown),
			Zone: u.Zone, Code: shown, URL: s.BaseURL + "/verify/" + string(m.ID) + "." + code,
		},
	})
	return err
}

func (s *Service) codeSignature(m MethodID, code string) string {
	return s.Box.Sign("contact code", string(m), code)
}

// Verify confirms a method with the code that was sent to it.
func (s *Service) Verify(ctx context.Context, by actor.Actor, login, name, code string) error {
	var wrong error
	err := s.DB.Do(ctx, func(tx *db.Tx) error {
		_, m, err := s.one(tx, by, login, name)
		if err != nil {
			return err
		}
		wrong, err = s.confirm(tx, by, m, code)
		return err
	})
	if err != nil {
		return err
	}
	return wrong
}

// MethodOfLink returns the method that a verification link is for and its person, for a
// page that asks to confirm; Conflict when the link has expired. It changes nothing: mail
// scanners open links.
func (s *Service) MethodOfLink(ctx context.Context, token string) (m Method, u people.User, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		if m, u, _, err = s.ofLink(tx, token); err != nil || m.Usable() {
			return err
		}
		return m.awaits(tx.Now())
	})
	return m, u, err
}

func (s *Service) ofLink(tx *db.Tx, token string) (m Method, u people.User, code string, err error) {
	method, code, _ := strings.Cut(token, ".")
	m, err = methodByID(tx, MethodID(method))
	if err != nil {
		return m, u, "", db.OrNotFound(err, "this link is not known: ask for a new code")
	}
	u, err = people.UserByID(tx, m.Person)
	return m, u, code, err
}

// VerifyLink confirms a method with the token of its link, which nobody else can know.
func (s *Service) VerifyLink(ctx context.Context, token string) (m Method, err error) {
	var wrong error
	err = s.DB.Do(ctx, func(tx *db.Tx) error {
		method, u, code, err := s.ofLink(tx, token)
		if err != nil {
			return err
		}
		m = method
		by := u.Actor()
		by.Kind, by.Scopes = actor.Link, []string{string(people.ContactWrite)}
		wrong, err = s.confirm(tx, by, m, code)
		return err
	})
	if err == nil {
		err = wrong
	}
	return m, err
}

// awaits returns nil while a code can confirm the method, or why none can.
func (m Method) awaits(now time.Time) error {
	switch {
	case m.code == "" || now.Sub(m.codeSent) > codeLife:
		return errs.Conflictf("the code for %q has expired: ask for a new one", m.Name)
	case m.codeTries >= codeTries:
		return errs.Conflictf("too many wrong codes for %q: ask for a new one", m.Name)
	}
	return nil
}

// confirm checks a code. What is wrong with it is returned apart from err, because the
// count of wrong codes is to be stored.
func (s *Service) confirm(tx *db.Tx, by actor.Actor, m Method, code string) (wrong, err error) {
	code = strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(code))
	if m.Usable() {
		return nil, nil
	}
	if err := m.awaits(tx.Now()); err != nil {
		return err, nil
	}
	if !s.Box.Verify(m.code, "contact code", string(m.ID), code) {
		m.codeTries++
		return &errs.E{Kind: errs.Invalid, Message: "the code is not right",
			Fields: []errs.Field{{Path: "code", Message: "must be the one that was sent last"}}}, setCode(tx, m)
	}
	m.Verified, m.code = tx.Now(), ""
	if err := setCode(tx, m); err != nil {
		return nil, err
	}
	return nil, ledger.Append(tx, by, Record(m.Person), "contacts.verified",
		Verified{m.Name, shownAddress(m.Channel, m.Address)}, people.UserRecord(m.Person))
}
