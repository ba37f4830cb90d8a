package escalation

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/notify"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// call is one step to page.
type call struct {
	clock    Clock
	label    string // unique per subject, so that a step pages a person once
	name     string // "step 2 of 4"
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

func describe(targets []Target) string {
	names := make([]string, len(targets))
	for i, t := range targets {
		names[i] = t.String()
		if t == supportManagers || t == admins {
			names[i] = string(t.Level)
		}
	}
	return strings.Join(names, ", ")
}

// Paged is the payload of escalation.paged and, with nobody in People, of
// escalation.skipped.
type Paged struct {
	Clock   Clock    `json:"clock"`
	Step    string   `json:"step"`
	Targets string   `json:"targets"`
	People  []string `json:"people,omitempty"`
	Reason  string   `json:"reason,omitempty"`
}

// page pages everybody whom the targets name now and returns how many may be reached.
func (s *Service) page(tx *db.Tx, sub Subject, c call) (reached int, err error) {
	found, err := resolve(tx, sub, c.targets)
	if err != nil {
		return 0, err
	}
	note := Paged{Clock: c.clock, Step: c.name, Targets: describe(c.targets)}
	for _, u := range found {
		ok, err := s.pageOne(tx, sub, c, u)
		if err != nil {
			return 0, err
		}
		note.People = append(note.People, u.Name)
		if ok {
			reached++
		}
	}
	kind := "escalation.paged"
	switch {
	case len(found) == 0:
		kind, note.Reason = "escalation.skipped", "nobody is on call or belongs to it now"
	case reached == 0:
		kind, note.Reason = "escalation.skipped", "none of them has a verified contact method"
	}
	if c.catchAll && kind == "escalation.paged" {
		kind = "escalation.catch-all"
	}
	return reached, ledger.Append(tx, actor.Mainstay, sub.Record, kind, note)
}

func (s *Service) pageOne(tx *db.Tx, sub Subject, c call, u people.User) (bool, error) {
	page, err := s.Notify.PageIn(tx, notify.PageIn{
		Person:  u.ID,
		About:   sub.Record,
		Urgency: urgency(sub.Severity),
		Content: sub.Content,
		Group:   string(c.clock),
		Reason:  fmt.Sprintf("%s clock, %s", c.clock, c.name),
		Dedup:   sub.ID + "/" + c.label + "/" + string(u.ID),
		AckFor:  notify.AckFor{Incident: sub.ID, Opening: sub.Opening},
	})
	if err != nil {
		return false, err
	}
	dead := page.State == notify.Exhausted
	_, err = tx.Exec(`
		INSERT INTO escalation_call (page, subject, step, person, failed, at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (page) DO NOTHING`, string(page.ID), sub.ID, c.label, string(u.ID), dead, tx.Now())
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
		return s.respond(tx, e, spec, sub)
	case strings.HasPrefix(step, string(Resolution)) && e.resolution == running:
		l, err := s.ladderFor(tx, spec, sub)
		if err != nil || e.rung >= len(l.Steps) {
			return err
		}
		return s.climb(tx, e, spec, sub)
	}
	return nil
}

// resolve returns the people behind the targets now, each once, in order.
func resolve(tx *db.Tx, sub Subject, targets []Target) ([]people.User, error) {
	var out []people.User
	for _, t := range targets {
		found, err := resolveOne(tx, sub, t)
		if err != nil && !errors.Is(err, db.ErrNone) && !isNotFound(err) {
			return nil, err
		}
		for _, u := range found {
			known := slices.ContainsFunc(out, func(o people.User) bool { return o.ID == u.ID })
			if !known && !u.Disabled {
				out = append(out, u)
			}
		}
	}
	return out, nil
}

func resolveOne(tx *db.Tx, sub Subject, t Target) ([]people.User, error) {
	switch {
	case t == supportManagers:
		return people.WithRole(tx, actor.SupportManager)
	case t == admins:
		return people.WithRole(tx, actor.Admin)
	case t.Person != "":
		u, err := people.UserByLogin(tx, t.Person)
		return []people.User{u}, err
	case t.Roster != "":
		r, err := oncall.ByName(tx, t.Roster)
		if err != nil {
			return nil, err
		}
		return r.OnCall(tx, tx.Now())
	case t.Team != "":
		team, err := people.TeamByName(tx, t.Team)
		if err != nil {
			return nil, err
		}
		return ofTeam(tx, team.ID)
	}
	return atLevel(tx, sub.Service, t.Level)
}

// ofTeam pages whoever is on call on the team's rosters, or all of the team when it has
// no roster or nobody is on call on any.
func ofTeam(tx *db.Tx, team people.TeamID) ([]people.User, error) {
	rosters, err := oncall.OfTeam(tx, team)
	if err != nil {
		return nil, err
	}
	var out []people.User
	for _, r := range rosters {
		found, err := r.OnCall(tx, tx.Now())
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	if len(out) > 0 {
		return out, nil
	}
	return people.MembersOf(tx, team)
}

// atLevel pages the service's teams of one level.
func atLevel(tx *db.Tx, service catalogue.Service, level people.Level) ([]people.User, error) {
	var out []people.User
	for _, id := range service.Teams() {
		team, err := people.TeamByID(tx, id)
		if err != nil {
			return nil, err
		}
		if team.Level != level {
			continue
		}
		found, err := ofTeam(tx, id)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}
