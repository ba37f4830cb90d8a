package notify

import (
	"slices"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/outbox"
)

// onSent tells that messages have left, and moves their pages on.
func (s *Service) onSent(tx *db.Tx, v outbox.Delivery) error {
	for _, m := range v.Messages {
		if err := s.note(tx, m, "message.sent"); err != nil {
			return err
		}
	}
	return nil
}

// onFailed tells that a message will not leave, and uses the person's next method.
func (s *Service) onFailed(tx *db.Tx, m outbox.Message) error {
	if err := s.note(tx, m, "message.failed"); err != nil || m.Page != "" {
		return err
	}
	return passOn(tx, m)
}

// note writes the event of a message: on its page, which moves on if it still runs, or on
// the message where there is none. Verifications and tests concern nobody but their owner,
// who sees the message itself.
func (s *Service) note(tx *db.Tx, m outbox.Message, event string) error {
	if m.Page != "" {
		p, err := PageByID(tx, PageID(m.Page))
		if err != nil {
			return err
		}
		if err := tell(tx, PageRecord(p.ID), p.Name, m, event); err != nil || p.State != Running {
			return err
		}
		return s.advance(tx, p)
	}
	if personal(m.Kind) {
		return nil
	}
	name := ""
	if m.Person != "" {
		u, err := people.UserByID(tx, people.UserID(m.Person))
		if err != nil {
			return err
		}
		name = u.Name
	}
	return tell(tx, ledger.Record{Kind: "message", ID: string(m.ID)}, name, m, event)
}

func tell(tx *db.Tx, owner ledger.Record, name string, m outbox.Message, event string) error {
	note := Told{Message: m.ID, Kind: m.Kind, Name: name, Repeat: m.PossibleRepeat, Reason: m.Reason,
		Address: shownAddress(m.Channel, m.Address)}
	return ledger.Append(tx, actor.Mainstay, owner, event, note, about(m.Record)...)
}

func personal(k outbox.Kind) bool { return k == outbox.VerifyKind || k == outbox.TestKind }

// NoticeIn tells a person something that is no page: "your shift starts", "restored". It
// goes to the first verified method, mail before others, and to the next when that fails
// for good. A person without one is not told.
func (s *Service) NoticeIn(tx *db.Tx, person people.UserID, r ledger.Record, kind outbox.Kind, c outbox.Content, dedup string) error {
	u, err := people.UserByID(tx, person)
	if err != nil || u.Disabled {
		return err
	}
	methods, err := methodsOf(tx, person)
	if err != nil {
		return err
	}
	usable := preferred(methods)
	if len(usable) == 0 {
		return nil
	}
	c.Zone = u.Zone
	priority := outbox.NoticePriority
	if kind == outbox.UpdateKind {
		priority = outbox.UpdatePriority
	}
	return queueTo(tx, usable[0], outbox.Message{
		Dedup: dedup, Person: string(person), Priority: priority, Kind: kind, Record: r, Content: c})
}

// passOn sends a notice that failed to the person's next method, if there is one.
func passOn(tx *db.Tx, m outbox.Message) error {
	if m.Person == "" || personal(m.Kind) {
		return nil
	}
	methods, err := methodsOf(tx, people.UserID(m.Person))
	if err != nil {
		return err
	}
	usable := preferred(methods)
	next := slices.IndexFunc(usable, func(u Method) bool { return string(u.ID) == m.Method }) + 1
	if next >= len(usable) {
		return nil
	}
	m.Dedup = strings.TrimSuffix(m.Dedup, "/"+m.Method) + "/" + string(usable[next].ID)
	return queueTo(tx, usable[next], m)
}

func queueTo(tx *db.Tx, to Method, m outbox.Message) error {
	m.Channel, m.Address, m.Method = to.Channel, to.Address, string(to.ID)
	_, err := outbox.Queue(tx, m)
	return err
}
