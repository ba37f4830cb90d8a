package escalation

import (
	"fmt"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/notify"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// call is one step to page.
type call struct {
	clock    Clock
	label    string // unique per subject, so that a step pages a person once
	name     string // "step 2 of 4"
	asker    string // name of the person who asks, when somebody does
	urging   string // "not acknowledged for 13 min"
	targets  []Target
	catchAll bool
}

// The targets of the catch-all are roles, which no policy can name.
var (
	supportManagers = Target{Level: "every support manager"}
	admins          = Target{Level: "every admin"}
)

func stepLabel(c Clock, epoch, round, step int) string {
	return fmt.Sprintf("%s/%d/%d/%d", c, epoch, round, step)
}

// describeLabel is the inverse of stepLabel, in words.
func (s Spec) describeLabel(label string) (Clock, string) {
	var epoch, round, step int
	clock, rest, _ := strings.Cut(label, "/")
	if n, err := fmt.Sscanf(rest, "%d/%d/%d", &epoch, &round, &step); err != nil || n != 3 {
		return Clock(clock), "asked for by a person"
	}
	if Clock(clock) == Resolution {
		return Resolution, fmt.Sprintf("step %d", step+1)
	}
	return Response, s.name(stage{round, step})
}

// Paged is the payload of escalation.paged and, with nobody in People, of
// escalation.skipped.
type Paged struct {
	Clock   Clock    `json:"clock"`
	Step    string   `json:"step"`
	Targets string   `json:"targets"`
	People  []string `json:"people,omitempty"`
	// Unreached are those who have no verified contact method.
	Unreached []string `json:"unreached,omitempty"`
	Reason    string   `json:"reason,omitempty"`
}

// page pages everybody whom the targets name now.
func (s *Service) page(tx *db.Tx, sub Subject, c call) (note Paged, err error) {
	found, err := resolve(tx, sub, c.targets)
	if err != nil {
		return note, err
	}
	note = Paged{Clock: c.clock, Step: c.name}
	if note.Targets, err = describe(tx, c.targets); err != nil {
		return note, err
	}
	if c.urging, err = urging(tx, sub, c); err != nil {
		return note, err
	}
	for _, who := range found.people {
		ok, err := s.pageOne(tx, sub, c, who)
		if err != nil {
			return note, err
		}
		if ok {
			note.People = append(note.People, who.Name)
		} else {
			note.Unreached = append(note.Unreached, who.Name)
		}
	}
	kind := "escalation.paged"
	switch {
	case len(found.people) == 0:
		kind, note.Reason = "escalation.skipped", found.why()
	case len(note.People) == 0:
		kind, note.Reason = "escalation.skipped", "none of them has a verified contact method"
	case c.catchAll:
		kind = "escalation.catch-all"
	}
	return note, ledger.Append(tx, actor.Mainstay, sub.Record, kind, note)
}

// urging says what has not happened for how long; empty at the first step.
func urging(tx *db.Tx, sub Subject, c call) (string, error) {
	if c.clock == Resolution {
		return "not restored for " + span(tx.Now().Sub(sub.Since)), nil
	}
	first, err := firstCall(tx, sub.ID, c.label)
	if err != nil || first.IsZero() {
		return "", err
	}
	return "not acknowledged for " + span(tx.Now().Sub(first)), nil
}

// span writes a duration as people do: "13 min", "3 h 05 min".
func span(d time.Duration) string {
	n := int(d / time.Minute)
	if n < 60 {
		return fmt.Sprintf("%d min", n)
	}
	return fmt.Sprintf("%d h %02d min", n/60, n%60)
}

// reason tells somebody why they are called.
func (c call) reason(who called) string {
	switch {
	case c.asker != "":
		return c.asker + " asks for help; " + who.why
	case c.catchAll:
		return c.urging + ", and everybody whom the escalation policy names was called; " + who.why
	case c.urging != "":
		return c.urging + "; " + who.why
	}
	return who.why
}

func (s *Service) pageOne(tx *db.Tx, sub Subject, c call, who called) (bool, error) {
	content := sub.Content
	before, err := callsOf(tx, sub, who.ID)
	if err != nil {
		return false, err
	}
	if before > 0 {
		content.Call, content.Urging = before+1, or(c.urging, "it is still open")
	}
	page, err := s.Notify.PageIn(tx, notify.PageIn{
		Person:  who.ID,
		About:   sub.Record,
		Urgency: urgency(sub.Severity),
		Content: content,
		Group:   string(c.clock),
		Reason:  c.reason(who),
		Step:    fmt.Sprintf("%s clock, %s", c.clock, c.name),
		Dedup:   sub.ID + "/" + c.label + "/" + string(who.ID),
		AckFor:  notify.AckFor{Incident: sub.ID, Opening: sub.Opening},
	})
	if err != nil {
		return false, err
	}
	dead := page.State == notify.Exhausted
	_, err = tx.Exec(`
		INSERT INTO escalation_call (page, subject, step, person, failed, at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (page) DO NOTHING`, string(page.ID), sub.ID, c.label, string(who.ID), dead, tx.Now())
	return !dead, err
}

func urgency(severity int) notify.Urgency {
	if severity <= 2 {
		return notify.High
	}
	return notify.Low
}

// Exhausted is called when no channel reached a person. When that was the last hope of the
// step that the clock waits on, the clock moves on at once.
func (s *Service) Exhausted(tx *db.Tx, p notify.Page) error {
	n, err := tx.Exec(`UPDATE escalation_call SET failed = TRUE WHERE page = ?`, string(p.ID))
	if err != nil || n == 0 {
		return err // not a page of ours, or one that is being started
	}
	type key struct{ subject, step string }
	k, err := db.One(tx, func(sc db.Scanner) (k key, err error) {
		return k, sc.Scan(&k.subject, &k.step)
	}, `SELECT subject, step FROM escalation_call WHERE page = ?`, string(p.ID))
	if err != nil {
		return err
	}
	hope, err := db.One(tx, db.Value[int64], `
		SELECT count(*) FROM escalation_call WHERE subject = ? AND step = ? AND NOT failed`, k.subject, k.step)
	if err != nil || hope > 0 {
		return err
	}
	return s.moveOn(tx, k.subject, k.step)
}

// moveOn leaves a step at which nobody can be reached, if the clock still waits on it.
func (s *Service) moveOn(tx *db.Tx, subject, step string) error {
	e, spec, sub, err := s.load(tx, subject)
	if err != nil || !sub.Open {
		return err
	}
	clock, name := spec.describeLabel(step)
	last, err := lastStep(tx, subject, string(clock))
	if err != nil || last != step {
		return err
	}
	note := Paged{Clock: clock, Step: name, Reason: "no channel reached anybody, moving on"}
	if err := ledger.Append(tx, actor.Mainstay, sub.Record, "escalation.unreachable", note); err != nil {
		return err
	}
	switch {
	case strings.HasPrefix(step, string(Response)) && e.response == running:
		if g := spec.clamp(e.stage); spec.catchAll(g) && g.Step > 1 {
			return nil // the catch-all has asked everybody; its own pause applies
		}
		_, err := s.respond(tx, e, spec, sub)
		return err
	case strings.HasPrefix(step, string(Resolution)) && e.resolution == running:
		l, err := s.ladderFor(tx, spec, sub)
		if err != nil || e.rung >= len(l.Steps) {
			return err
		}
		_, err = s.climb(tx, e, spec, sub)
		return err
	}
	return nil
}
