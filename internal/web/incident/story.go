package incident

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/incident"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/web/look"
	"mainstay/internal/web/ui"
)

// voice is whose doing an event is; the timeline can be narrowed to one.
type voice string

const (
	byPeople voice = "people"
	bySystem voice = "system"
	messages voice = "messages"
)

// entry is one event in plain words.
type entry struct {
	ui.EntryOpts
	voice voice
	text  string // what somebody wrote
	to    string // where the event leads, with its label
	label string
	fold  // what became of a step that paged
}

// tell puts an event of an incident, or about it, into words.
func tell(key string, own ledger.Record, e ledger.Event) (entry, error) {
	out := entry{voice: voiceOf(e)}
	out.ID, out.At, out.Who, out.Source = anchor(own, e), e.At, e.Actor.Name, source(e.Actor)
	if e.Actor.Kind == actor.Token && monitoring[e.Kind] {
		out.Who, out.Source = "Monitoring", e.Actor.Name
	}
	out.Icon, out.What = "", strings.ReplaceAll(strings.ReplaceAll(e.Kind, ".", " "), "-", " ")
	room, what, _ := strings.Cut(e.Kind, ".")
	var err error
	switch room {
	case "incident":
		err = out.incident(key, own, what, e)
	case "alert":
		err = out.alert(what, e)
	case "escalation":
		err = out.escalation(what, e)
	case "page", "message":
		err = out.message(e)
	case "follow-up":
		err = out.followUp(what, e)
	}
	return out, err
}

// monitoring are the events that systems cause, with whatever token they were given.
var monitoring = map[string]bool{"alert.fired": true, "alert.fires-again": true, "alert.resolved": true, "alert.released": true, "alert.flaps": true}

// causeFirst puts what happened in one instant into the order in which people tell it: the alert,
// then the incident that it opened; whom a clock pages, then by which ways.
func causeFirst(events []incident.Entry) []incident.Entry {
	out := make([]incident.Entry, 0, len(events))
	for _, e := range events {
		at := len(out)
		for at > 0 && out[at-1].At.Equal(e.At) && causes(e.Kind, out[at-1].Kind) {
			at--
		}
		out = slices.Insert(out, at, e)
	}
	return out
}

// causes reports whether an event of one kind leads to one of the other in the same instant.
func causes(kind, other string) bool {
	switch kind {
	case "alert.fired", "alert.fires-again":
		return !strings.HasPrefix(other, "alert.")
	case "escalation.paged", "escalation.catch-all", "escalation.skipped":
		return strings.HasPrefix(other, "page.")
	}
	return false
}

// anchor is the permalink's id: events of the incident by their number in it.
func anchor(own ledger.Record, e ledger.Event) string {
	if e.Record == own {
		return fmt.Sprintf("e-%d", e.Seq)
	}
	return "e-" + e.ID
}

func voiceOf(e ledger.Event) voice {
	switch {
	case e.Record.Kind == "page" || strings.HasPrefix(e.Kind, "message."):
		return messages
	case e.Actor.IsPerson(), e.Actor.Kind == actor.Token && e.Record.Kind != "alert": // with a token monitoring speaks too
		return byPeople
	}
	return bySystem
}

// source is how somebody who is not signed in on the web came to act.
func source(by actor.Actor) string {
	switch by.Kind {
	case actor.Token:
		return "API token"
	case actor.Link:
		return "signed link in a message"
	case actor.Integration:
		return "integration key"
	case actor.User, actor.System:
	}
	return ""
}

func (t *entry) say(icon, format string, args ...any) {
	t.Icon, t.What = icon, fmt.Sprintf(format, args...)
}

func (t *entry) tone(s ui.State) { t.Tone, t.Toned = s, true }

// because adds what a person gave as the reason.
func (t *entry) because(reason string) { t.text = reason }

func (t *entry) toIncident(key string) { t.to, t.label = look.IncidentURL(key), key }

func (t *entry) incident(key string, own ledger.Record, what string, e ledger.Event) error {
	if simple, ok := plain[what]; ok && e.Record == own {
		t.say(simple.icon, "%s", simple.words)
		if simple.toned {
			t.tone(simple.state)
		}
		return t.reason(e)
	}
	switch what {
	case "opened":
		return t.opened(e)
	case "restored":
		return t.restored(e)
	case "reopened":
		return t.reopened(e)
	case "detected-earlier":
		var p incident.DetectedEarlier
		err := e.Into(&p)
		t.say("clock", "learned that it began %s (%s): the resolution clock follows", p.To.UTC().Format("15:04 UTC"), p.Alert)
		return err
	case "commented":
		var p incident.Comment
		err := e.Into(&p)
		t.say("comment", "commented")
		t.text = p.Text
		return err
	case "snoozed":
		return t.snoozed(e)
	case "assigned", "role":
		return t.assigned(e)
	case "severity":
		return t.severity(e)
	case "headline":
		var p incident.HeadlineChanged
		err := e.Into(&p)
		t.say("flag", "has the title of a worse alert now: “%s” (was “%s”)", p.Title, p.Was)
		return err
	case "renamed":
		var p incident.Renamed
		err := e.Into(&p)
		t.say("flag", "renamed it to “%s”", p.Title)
		return err
	case "linked", "merged", "absorbed":
		return t.other(key, own, what, e)
	case "attached":
		var p incident.Attached
		err := e.Into(&p)
		t.say("copy", "attached a file (%s)", size(p.Size))
		t.to, t.label = look.IncidentURL(key)+"/files/"+p.File, p.Name
		return err
	case "ack-expired":
		return t.expired(e)
	}
	return nil
}

// plain are the events that need no more than words, and perhaps a reason.
var plain = map[string]struct {
	icon, words string
	state       ui.State
	toned       bool
}{
	"acknowledged":    {"check", "acknowledged: the response clock waits", ui.OK, true},
	"joined":          {"user", "is on it too", ui.OK, false},
	"investigating":   {"search", "is investigating", ui.OK, false},
	"closed":          {"check", "closed it", ui.OK, false},
	"escalated":       {"up", "asked for help", ui.Warn, true},
	"alerts-resolved": {"info", "saw all alerts resolve; the service wants a person to restore it", ui.Warn, false},
}

func (t *entry) reason(e ledger.Event) error {
	var p incident.Reason
	err := e.Into(&p)
	t.because(p.Reason)
	return err
}

func (t *entry) opened(e ledger.Event) error {
	var p incident.Opened
	err := e.Into(&p)
	t.say("triangle", "opened %s for %s at severity %d", p.Key, cmp.Or(p.ServiceTitle, p.Service), p.Severity)
	if !p.Detected.IsZero() {
		t.What += fmt.Sprintf(": it began %s and was received %s", p.Detected.UTC().Format("2 Jan 15:04"), e.At.UTC().Format("15:04 UTC"))
	}
	t.tone(look.SeverityState(p.Severity))
	return err
}

func (t *entry) restored(e ledger.Event) error {
	var p incident.Ended
	err := e.Into(&p)
	t.say("pulse", "restored: both clocks ended")
	t.tone(ui.OK)
	if len(p.StillFiring) > 0 {
		t.What += fmt.Sprintf(", although it still fires (%s): reopened at %s if it still does",
			strings.Join(p.StillFiring, "; "), p.Reopens.UTC().Format("15:04 UTC"))
		t.tone(ui.Warn)
	}
	t.because(p.Reason)
	return err
}

func (t *entry) reopened(e ledger.Event) error {
	var p incident.Reopened
	err := e.Into(&p)
	t.say("triangle", "reopened it: both clocks start again")
	if p.Was != "" {
		t.What += ", and nobody has it now (it was with " + p.Was + ")"
	}
	t.tone(ui.Bad)
	t.because(p.Reason)
	return err
}

func (t *entry) snoozed(e ledger.Event) error {
	var p incident.Reason
	err := e.Into(&p)
	t.say("clock", "snoozed it until %s; the resolution clock goes on", p.Until.UTC().Format("2 Jan 15:04 UTC"))
	t.because(p.Reason)
	return err
}

func (t *entry) assigned(e ledger.Event) error {
	var p incident.Assigned
	err := e.Into(&p)
	switch {
	case p.Role == "" && p.Person == "":
		t.say("user", "took it from who had it: nobody has it now")
	case p.Role == "":
		t.say("user", "gave it to %s", p.Person)
	case p.Person == "":
		t.say("user", "left the role %s empty", roleName(p.Role))
	default:
		t.say("user", "made %s %s", p.Person, roleName(p.Role))
	}
	return err
}

func (t *entry) severity(e ledger.Event) error {
	var p incident.SeverityChanged
	err := e.Into(&p)
	t.say("flag", "changed the severity from %d to %d", p.From, p.To)
	if p.To < p.From {
		t.tone(look.SeverityState(p.To))
	}
	t.because(p.Reason)
	return err
}

func (t *entry) other(key string, own ledger.Record, what string, e ledger.Event) error {
	var p incident.Other
	err := e.Into(&p)
	t.toIncident(p.Key)
	switch theirs := e.Record != own; { // whether the other incident was linked to this one
	case theirs && p.From == "":
		t.say("link", "linked another incident to %s", key)
		t.to, t.label = "", ""
	case theirs:
		t.say("link", "linked it with")
		if p.How == incident.Follows {
			t.say("link", "opened what follows it:")
		}
		t.toIncident(p.From)
	case p.How == incident.Follows:
		t.say("link", "linked it as what follows")
	case what == "linked":
		t.say("link", "linked it with")
	case what == "merged":
		t.say("arrow", "merged it: it goes on in")
	default:
		t.say("arrow", "merged another incident into this one:")
	}
	return err
}

func (t *entry) expired(e ledger.Event) error {
	var p incident.Expired
	err := e.Into(&p)
	t.tone(ui.Warn)
	if p.Snoozed {
		t.say("clock", "ended the snooze: the response clock starts again")
		return err
	}
	who := p.Acknowledger
	if who == "" {
		who = "whoever had it"
	}
	t.say("clock", "took the incident back from %s after %s without progress: the response clock starts again", who, ui.Words(p.Timeout))
	return err
}
