package notify

import (
	"context"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/outbox"
)

// Filter narrows the list of messages; empty fields do not.
type Filter struct {
	Incident string // id
	Person   people.UserID
	Channel  outbox.Channel
	Kind     outbox.Kind
	State    outbox.State
}

// Messages returns the delivery history, newest first.
func (s *Service) Messages(ctx context.Context, by actor.Actor, f Filter, r page.Request) (page.List[outbox.Message], error) {
	if err := people.Allow(by, people.MessageRead, people.Target{}); err != nil {
		return page.List[outbox.Message]{}, err
	}
	var before outbox.ID
	if _, err := page.Decode(r.Cursor, &before); err != nil {
		return page.List[outbox.Message]{}, err
	}
	of := outbox.Filter{Person: string(f.Person), Channel: f.Channel, Kind: f.Kind, State: f.State}
	if f.Incident != "" {
		of.Record = ledger.Record{Kind: "incident", ID: f.Incident}
	}
	var rows []outbox.Message
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		rows, err = outbox.Latest(tx, of, before, r.Size()+1)
		return err
	})
	for i := range rows {
		rows[i] = Shown(by, rows[i])
	}
	return page.Of(rows, r, func(m outbox.Message) any { return m.ID }), err
}

// Message returns one message, for example a test, to see what became of it.
func (s *Service) Message(ctx context.Context, by actor.Actor, id outbox.ID) (m outbox.Message, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		m, err = outbox.ByID(tx, id)
		if err != nil {
			return err
		}
		if m.Person != "" && people.Can(by, people.ContactRead, people.Target{Owner: m.Person}) {
			return nil
		}
		return people.Allow(by, people.MessageRead, people.Target{})
	})
	if err != nil {
		return outbox.Message{}, err
	}
	return Shown(by, m), nil
}

// Shown is a message as the actor may see it: never what lets one act as its reader (links,
// codes), and the address only to who may read the person's contacts.
func Shown(by actor.Actor, m outbox.Message) outbox.Message {
	m.Content.AckURL, m.Content.Code, m.Dedup = "", "", ""
	if m.Kind == outbox.VerifyKind {
		m.Content.Text, m.Content.URL = "", ""
	}
	if !people.Can(by, people.ContactRead, people.Target{Owner: m.Person}) {
		m.Address = Mask(m.Channel, m.Address)
	}
	return m
}
