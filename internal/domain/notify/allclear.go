package notify

import (
	"slices"
	"time"

	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/outbox"
)

// AllClearIn tells everybody who was paged about a record since an instant that it is over:
// once, by the method of their first rule for low urgency. Dedup tells one end from the next.
func (s *Service) AllClearIn(tx *db.Tx, r ledger.Record, since time.Time, c outbox.Content, dedup string) error {
	told, err := pagedSince(tx, r, since)
	if err != nil {
		return err
	}
	for _, person := range told {
		u, err := people.UserByID(tx, person)
		if err != nil {
			return err
		}
		contacts, err := readContacts(tx, person)
		if err != nil {
			return err
		}
		steps := plan(contacts.Rules[Low], contacts.Methods)
		if u.Disabled || len(steps) == 0 {
			continue
		}
		i := slices.IndexFunc(contacts.Methods, func(m Method) bool { return m.ID == steps[0].Method })
		c.Zone, c.Why = u.Zone, "you were called about it"
		err = queueTo(tx, contacts.Methods[i], outbox.Message{
			Dedup: dedup + "/" + string(person), Person: string(person),
			Priority: outbox.UpdatePriority, Kind: outbox.UpdateKind, Record: r, Content: c})
		if err != nil {
			return err
		}
	}
	return nil
}

// pagedSince returns the people to whom a page about the record has left, or may have.
func pagedSince(tx *db.Tx, r ledger.Record, since time.Time) (out []people.UserID, err error) {
	messages, err := outbox.OfRecord(tx, r)
	for _, m := range messages {
		left := m.State == outbox.Sent || m.State == outbox.Sending || m.PossibleRepeat
		person := people.UserID(m.Person)
		if m.Kind == outbox.PageKind && left && !m.Created.Before(since) && person != "" && !slices.Contains(out, person) {
			out = append(out, person)
		}
	}
	return out, err
}
