package notify

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/id"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/outbox"
)

// Named is a person's contacts under the login in configuration as code.
type Named struct {
	Name string
	Spec Spec
}

// Changed is the payload of contacts.changed.
type Changed struct {
	Login   string         `json:"login"`
	Methods []MethodChange `json:"methods,omitempty"`
	Rules   *RulesSpec     `json:"rules,omitempty"` // as they are now, when they changed
}

// MethodChange is what happened to one method.
type MethodChange struct {
	Name   string `json:"name"`
	Change string `json:"change"` // added changed removed
	// Vouched says that an admin declared the address verified without a code.
	Vouched bool `json:"vouched,omitempty"`
	Address
}

// Apply is ApplyIn in a transaction of its own.
func (s *Service) Apply(ctx context.Context, by actor.Actor, login string, spec Spec) (changed bool, err error) {
	err = s.DB.Do(ctx, func(tx *db.Tx) error {
		changed, err = s.ApplyIn(tx, by, login, spec)
		return err
	})
	return changed, err
}

// ApplyIn makes a person's contacts what the spec says and reports whether that changed
// anything. A new address that nobody vouches for gets a code.
func (s *Service) ApplyIn(tx *db.Tx, by actor.Actor, login string, spec Spec) (changed bool, err error) {
	u, err := subject(tx, by, people.ContactWrite, login)
	if err != nil {
		return false, err
	}
	what := "contacts of " + login
	var check errs.Check
	spec.Validate(&check)
	if err := check.Err(what); err != nil {
		return false, err
	}
	was, err := readContacts(tx, u.ID)
	if err != nil {
		return false, err
	}
	m := merge{Service: s, now: tx.Now(), check: &check, mayVouch: people.Can(by, people.ContactWrite, people.Target{})}
	is, err := m.contacts(u.ID, was, spec)
	if err != nil {
		return false, err
	}
	if err := check.Err(what); err != nil {
		return false, err
	}
	note := difference(was, is)
	if len(note.Methods) == 0 && note.Rules == nil && slices.Equal(was.Methods, is.Methods) {
		return false, nil
	}
	note.Login = login
	return true, s.store(tx, by, u, was, is, note)
}

// subject returns the user whose contacts are meant, if the actor may do act to them.
func subject(tx *db.Tx, by actor.Actor, act people.Action, login string) (people.User, error) {
	u, err := people.UserByLogin(tx, login)
	if errs.Is(err, errs.NotFound) {
		// Who may not act on everybody must not learn which logins exist.
		if denied := people.Allow(by, act, people.Target{}); denied != nil {
			return u, denied
		}
	}
	if err != nil {
		return u, err
	}
	return u, people.Allow(by, act, u.Target())
}

// merge makes new contacts from stored ones and a spec.
type merge struct {
	*Service
	now      time.Time
	check    *errs.Check
	mayVouch bool
}

func (g merge) contacts(person people.UserID, was Contacts, spec Spec) (Contacts, error) {
	is := Contacts{Rules: map[Urgency][]Rule{}}
	ids := map[string]MethodID{}
	for i, ms := range spec.Methods {
		old := Method{ID: newMethodID(), Person: person, Name: ms.Name, Created: g.now}
		if stored := named(was.Methods, ms.Name); stored.ID != "" {
			old = stored
		}
		m, err := g.method(fmt.Sprintf("methods[%d].", i), old, ms)
		if err != nil {
			return is, err
		}
		is.Methods = append(is.Methods, m)
		ids[m.Name] = m.ID
	}
	for _, u := range Urgencies {
		for _, r := range spec.Rules.of(u) {
			is.Rules[u] = append(is.Rules[u], Rule{ids[r.Method], r.Method, time.Duration(r.After)})
		}
	}
	return is, nil
}

func (g merge) method(at string, m Method, ms MethodSpec) (Method, error) {
	if m.Channel != ms.Channel || m.Address != ms.Address {
		if ms.Channel == outbox.Webhook {
			g.Egress.Check(g.check, at+"address", ms.Address)
		}
		m.Channel, m.Address = ms.Channel, ms.Address
		m.Verified, m.code, m.codeSent, m.codeTries = time.Time{}, "", time.Time{}, 0
	}
	if ms.Verified && !m.Usable() {
		g.check.Require(g.mayVouch, at+"verified", "may be set only by an admin, who vouches for the address: leave it out and confirm the code")
		m.Verified, m.code = g.now, ""
	}
	return g.secret(at, m, ms)
}

func (g merge) secret(at string, m Method, ms MethodSpec) (Method, error) {
	if m.Channel != outbox.Webhook {
		m.secret = ""
		return m, nil
	}
	plain := ms.Secret
	switch {
	case plain == Kept && m.secret == "":
		g.check.Add(at+"secret", `is "kept", but none is stored: write one`)
		return m, nil
	case plain == Kept, plain == "" && m.secret != "":
		return m, nil
	case plain == "":
		plain = id.Secret()
	}
	stored, err := g.Box.Unseal(place(m.ID), m.secret)
	if err == nil && stored != plain {
		m.secret = g.Box.Seal(place(m.ID), plain)
	}
	return m, err
}

// place names where a secret is stored, so that it opens nowhere else.
func place(id MethodID) string { return "contact_method/" + string(id) }

func sameRule(a, b Rule) bool { return a.Name == b.Name && a.After == b.After }

// difference says what changed, for the event.
func difference(was, is Contacts) (note Changed) {
	for _, m := range is.Methods {
		old := named(was.Methods, m.Name)
		if old == m {
			continue
		}
		change := MethodChange{Name: m.Name, Change: "changed", Address: shownAddress(m.Channel, m.Address)}
		if old.ID == "" {
			change.Change = "added"
		}
		change.Vouched = m.Usable() && (!old.Usable() || old.Channel != m.Channel || old.Address != m.Address)
		note.Methods = append(note.Methods, change)
	}
	for _, m := range was.Methods {
		if named(is.Methods, m.Name).ID == "" {
			note.Methods = append(note.Methods,
				MethodChange{Name: m.Name, Change: "removed", Address: shownAddress(m.Channel, m.Address)})
		}
	}
	for _, u := range Urgencies {
		if !slices.EqualFunc(was.Rules[u], is.Rules[u], sameRule) {
			rules := rulesSpec(is.Rules)
			note.Rules = &rules
		}
	}
	return note
}

// named returns the method of that name, the zero Method when there is none.
func named(list []Method, name string) Method {
	for _, m := range list {
		if m.Name == name {
			return m
		}
	}
	return Method{}
}

func (s *Service) store(tx *db.Tx, by actor.Actor, u people.User, was, is Contacts, note Changed) error {
	if err := deleteRules(tx, u.ID); err != nil {
		return err
	}
	for _, m := range was.Methods {
		if named(is.Methods, m.Name).ID != "" {
			continue
		}
		if err := deleteMethod(tx, m.ID); err != nil {
			return err
		}
	}
	for i, m := range is.Methods {
		if err := saveMethod(tx, m, i); err != nil {
			return err
		}
		if !m.Usable() && m.code == "" {
			if err := s.sendCode(tx, u, m); err != nil {
				return err
			}
		}
	}
	if err := saveRules(tx, u.ID, is.Rules); err != nil {
		return err
	}
	return ledger.Append(tx, by, Record(u.ID), "contacts.changed", note, people.UserRecord(u.ID))
}

// ExportIn returns everybody's contacts as configuration as code, without secrets.
func (s *Service) ExportIn(tx *db.Tx, by actor.Actor) ([]Named, error) {
	if err := people.Allow(by, people.ContactRead, people.Target{}); err != nil {
		return nil, err
	}
	ids, err := reached(tx)
	if err != nil {
		return nil, err
	}
	out := make([]Named, 0, len(ids))
	for _, id := range ids {
		u, err := people.UserByID(tx, id)
		if err != nil {
			return nil, err
		}
		c, err := readContacts(tx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, Named{u.Login, c.Spec()})
	}
	slices.SortFunc(out, func(a, b Named) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

// Spec returns the contacts as people write them, without secrets.
func (c Contacts) Spec() (s Spec) {
	for _, m := range c.Methods {
		ms := MethodSpec{Name: m.Name, Channel: m.Channel, Address: m.Address, Verified: m.Usable()}
		if m.secret != "" {
			ms.Secret = Kept
		}
		s.Methods = append(s.Methods, ms)
	}
	s.Rules = rulesSpec(c.Rules)
	return s
}

func rulesSpec(rules map[Urgency][]Rule) (s RulesSpec) {
	spec := func(list []Rule) (out []RuleSpec) {
		for _, r := range list {
			out = append(out, RuleSpec{r.Name, Delay(r.After)})
		}
		return out
	}
	return RulesSpec{High: spec(rules[High]), Low: spec(rules[Low])}
}
