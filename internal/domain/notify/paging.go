package notify

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/id"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/outbox"
	"mainstay/internal/engine/timer"
)

// PageIn pages a person by their rules. The same Dedup gives the page that was started
// before. A person who cannot be reached at all gives a page that is exhausted already;
// Config.Exhausted is not told of it, because the caller is.
func (s *Service) PageIn(tx *db.Tx, in PageIn) (Page, error) {
	u, err := people.UserByID(tx, in.Person)
	if err != nil {
		return Page{}, err
	}
	contacts, err := readContacts(tx, u.ID)
	if err != nil {
		return Page{}, err
	}
	p := Page{
		ID: id.New[PageID](), Dedup: in.Dedup, Person: u.ID, Name: u.Name, About: in.About, Group: in.Group, Urgency: in.Urgency,
		Content: s.address(tx, in, u), Reason: in.Reason, State: Running, Created: tx.Now(),
	}
	if !u.Disabled {
		p.Steps = plan(contacts.Rules[in.Urgency], contacts.Methods)
	}
	return s.start(tx, p, u, contacts.Methods, in.Step)
}

// address completes the content for its reader.
func (s *Service) address(tx *db.Tx, in PageIn, u people.User) outbox.Content {
	c := in.Content
	c.Why, c.Zone = in.Reason, u.Zone
	if in.AckFor.Incident != "" {
		c.AckURL = s.BaseURL + s.AckLink(u.ID, in.AckFor, tx.Now().Add(AckLinkLife))
	}
	return c
}

// start stores a page and uses the steps that have no delay.
func (s *Service) start(tx *db.Tx, p Page, u people.User, methods []Method, step string) (Page, error) {
	first := due(p.Steps, 0)
	for _, i := range first {
		p.Steps[i].Taken = tx.Now()
	}
	isNew, err := insertPage(tx, p)
	if err != nil {
		return p, err
	}
	if !isNew {
		return pageByDedup(tx, p.Dedup)
	}
	note := Started{Login: u.Login, Name: u.Name, Reason: p.Reason, Step: step, Urgency: p.Urgency, Later: len(p.Steps) - len(first)}
	for _, i := range first {
		m := methods[slices.IndexFunc(methods, func(m Method) bool { return m.ID == p.Steps[i].Method })]
		if err := queueStep(tx, p, i, m); err != nil {
			return p, err
		}
		note.To = append(note.To, shownAddress(m.Channel, m.Address))
	}
	if err := ledger.Begin(tx, actor.Mainstay, PageRecord(p.ID), "page.started", note, about(p.About)...); err != nil {
		return p, err
	}
	if len(p.Steps) == 0 {
		return p, end(tx, &p, Exhausted, unreachable(u))
	}
	return p, s.schedule(tx, p, false)
}

func unreachable(u people.User) string {
	if u.Disabled {
		return u.Name + " is disabled"
	}
	return u.Name + " has no verified contact method"
}

// take uses one step of a page. A method that is gone, or is verified no longer, gives the
// zero Method and queues nothing.
func (s *Service) take(tx *db.Tx, p *Page, i int) (Method, error) {
	p.Steps[i].Taken = tx.Now()
	m, err := methodByID(tx, p.Steps[i].Method)
	if errors.Is(err, db.ErrNone) || err == nil && !m.Usable() {
		return Method{}, nil
	}
	if err != nil {
		return Method{}, err
	}
	return m, queueStep(tx, *p, i, m)
}

func queueStep(tx *db.Tx, p Page, i int, m Method) error {
	_, err := outbox.Queue(tx, outbox.Message{
		Dedup:   fmt.Sprintf("page/%s/%d", p.ID, i),
		Channel: m.Channel, Address: m.Address, Method: string(m.ID), Person: string(p.Person), Page: string(p.ID),
		Priority: outbox.PagePriority, Kind: outbox.PageKind, Record: p.About, Content: p.Content,
	})
	return err
}

// advance does what is due for a running page after something happened to it: a message
// arrived or failed, or a timer fired.
func (s *Service) advance(tx *db.Tx, p Page) error {
	for _, i := range due(p.Steps, tx.Now().Sub(p.Created)) {
		if _, err := s.take(tx, &p, i); err != nil {
			return err
		}
	}
	last := lastTaken(p.Steps)
	late := !last.IsZero() && !tx.Now().Before(last.Add(s.FallbackAfter))
	for {
		messages, err := outbox.OfPage(tx, string(p.ID))
		if err != nil {
			return err
		}
		switch judge(p.Steps, messages, late) {
		case wait:
			return s.keepGoing(tx, p, anySent(messages))
		case arrive:
			return s.finish(tx, p, Delivered, "")
		case giveUp:
			return s.finish(tx, p, Exhausted, whyExhausted(messages))
		case more:
			if err := s.fallBack(tx, &p, late); err != nil {
				return err
			}
			late = false
		}
	}
}

// fallBack uses the next step that has not been used.
func (s *Service) fallBack(tx *db.Tx, p *Page, late bool) error {
	m, err := s.take(tx, p, nextOpen(p.Steps))
	if err != nil || m.ID == "" {
		return err
	}
	note := Fallback{Name: p.Name, Reason: "what was tried before has failed", Address: shownAddress(m.Channel, m.Address)}
	if late {
		note.Reason = fmt.Sprintf("nothing has arrived within %v", s.FallbackAfter)
	}
	return ledger.Append(tx, actor.Mainstay, PageRecord(p.ID), "page.fallback", note, about(p.About)...)
}

// keepGoing stores a running page and sets its timers.
func (s *Service) keepGoing(tx *db.Tx, p Page, arrived bool) error {
	if err := savePage(tx, p); err != nil {
		return err
	}
	return s.schedule(tx, p, arrived)
}

// schedule sets the timers of a running page: for the next rule, and for the next method in
// case nothing arrives.
func (s *Service) schedule(tx *db.Tx, p Page, arrived bool) error {
	if !timed(p.Steps) {
		return nil
	}
	if after, ok := nextRule(p.Steps); ok {
		if err := timer.Schedule(tx, ruleTimer, string(p.ID), p.Created.Add(after), struct{}{}); err != nil {
			return err
		}
	}
	last := lastTaken(p.Steps)
	if arrived || last.IsZero() || nextOpen(p.Steps) < 0 {
		return timer.Cancel(tx, fallbackTimer, string(p.ID))
	}
	return timer.Schedule(tx, fallbackTimer, string(p.ID), last.Add(s.FallbackAfter), struct{}{})
}

// finish ends a page and its timers, and tells who must know.
func (s *Service) finish(tx *db.Tx, p Page, to State, reason string) error {
	if to == Exhausted {
		reason = "no channel reached " + p.Name + reason
	}
	if err := end(tx, &p, to, reason); err != nil {
		return err
	}
	if to == Exhausted && s.Exhausted != nil {
		return s.Exhausted(tx, p)
	}
	return nil
}

func end(tx *db.Tx, p *Page, to State, reason string) error {
	p.State, p.StateReason, p.Finished = to, reason, tx.Now()
	if err := savePage(tx, *p); err != nil {
		return err
	}
	if timed(p.Steps) {
		for _, kind := range []timer.Kind{ruleTimer, fallbackTimer} {
			if err := timer.Cancel(tx, kind, string(p.ID)); err != nil {
				return err
			}
		}
	}
	var shows []ledger.Record
	if to != Delivered { // message.sent has said so already
		shows = about(p.About)
	}
	return ledger.Append(tx, actor.Mainstay, PageRecord(p.ID), "page."+string(to), Ended{p.Name, reason}, shows...)
}

func whyExhausted(messages []outbox.Message) string {
	var parts []string
	for _, m := range messages {
		if m.State == outbox.Failed {
			parts = append(parts, fmt.Sprintf("%s: %s", m.Channel, m.Reason))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, "; ")
}

// GrowsIn tells the running pages about a record how many more alerts it has by now. What has
// not left yet says so.
func (s *Service) GrowsIn(tx *db.Tx, r ledger.Record, more int) error {
	return rewrite(tx, r, func(c *outbox.Content) { c.More = more })
}

// RewordIn lets what has not left yet of the running pages about a record say its title, text and severity
// as they are now.
func (s *Service) RewordIn(tx *db.Tx, r ledger.Record, now outbox.Content) error {
	return rewrite(tx, r, func(c *outbox.Content) { c.Title, c.Text, c.Severity = now.Title, now.Text, now.Severity })
}

func rewrite(tx *db.Tx, r ledger.Record, change func(*outbox.Content)) error {
	pages, err := runningAbout(tx, r)
	if err != nil {
		return err
	}
	for _, p := range pages {
		change(&p.Content)
		if _, err := tx.Exec(`UPDATE page SET content = ? WHERE id = ?`, db.AsJSON(p.Content), string(p.ID)); err != nil {
			return err
		}
		if err := outbox.Rewrite(tx, string(p.ID), p.Content); err != nil {
			return err
		}
	}
	return nil
}

// StopIn ends the running pages of a group about a record, or of every group when it is
// empty: no further messages leave. What is being sent this moment may still arrive.
func (s *Service) StopIn(tx *db.Tx, r ledger.Record, group, reason string) error {
	pages, err := runningAbout(tx, r)
	if err != nil {
		return err
	}
	for _, p := range pages {
		if group != "" && p.Group != group {
			continue
		}
		if _, err := outbox.Replace(tx, string(p.ID), reason); err != nil {
			return err
		}
		if err := s.finish(tx, p, Stopped, reason); err != nil {
			return err
		}
	}
	return nil
}

// onTimer runs for both timers of a page.
func (s *Service) onTimer(tx *db.Tx, t timer.Timer) error {
	p, err := PageByID(tx, PageID(t.Subject))
	if err != nil || p.State != Running {
		return err
	}
	return s.advance(tx, p)
}

// Stuck returns the running pages that nothing will ever move: no timer and no message
// under way. There are none unless something is broken.
func Stuck(tx *db.Tx) ([]Page, error) {
	running, err := db.All(tx, scanPage, `SELECT `+pageColumns+` FROM page WHERE state = 'running' ORDER BY id`)
	if err != nil {
		return nil, err
	}
	var stuck []Page
	for _, p := range running {
		timers, err := timer.Of(tx, string(p.ID))
		if err != nil {
			return nil, err
		}
		messages, err := outbox.OfPage(tx, string(p.ID))
		if err != nil {
			return nil, err
		}
		if len(timers) == 0 && !anyPending(messages) {
			stuck = append(stuck, p)
		}
	}
	return stuck, nil
}
