package incident

import (
	"fmt"
	"strings"

	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/escalation"
	"mainstay/internal/domain/followup"
	"mainstay/internal/domain/notify"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/web/look"
	"mainstay/internal/web/ui"
)

// Here is told what monitoring says, whom the clocks page, what becomes of the messages, and
// what people promise to do later.

func (t *entry) alert(what string, e ledger.Event) error {
	switch what {
	case "fired", "fires-again":
		var p alert.Fired
		err := e.Into(&p)
		verb := map[string]string{"fired": "raised", "fires-again": "raised again"}[what]
		what := p.Name + ": " + p.Title
		if strings.HasPrefix(p.Title, p.Name) {
			what = p.Title // it says so itself
		}
		t.say("triangle", "%s %s (severity %d)", verb, what, p.Severity)
		t.tone(look.SeverityState(p.Severity))
		return err
	case "resolved":
		var p alert.Ended
		err := e.Into(&p)
		t.say("check", "says that it ended: %s", p.Title)
		return err
	case "stale":
		var p alert.Ended
		err := e.Into(&p)
		t.say("question", "has not heard of this alert for too long, so nobody knows: %s", p.Title)
		t.tone(ui.Unknown)
		return err
	case "held":
		var p alert.Held
		err := e.Into(&p)
		t.say("clock", "raised %s, which is held back: %s", p.Title, p.Why)
		return err
	case "released":
		var p alert.Held
		err := e.Into(&p)
		t.say("triangle", "raised %s, which was held back: %s", p.Title, p.Why)
		return err
	case "flaps":
		var p alert.Flaps
		err := e.Into(&p)
		t.say("warn", "fired %d times within an hour and is flapping: %s. It ends when it has been quiet for a while", p.Times, p.Title)
		return err
	case "judged":
		var p alert.Judged
		err := e.Into(&p)
		t.say("flag", "judged the alert %s: %s", p.Verdict, p.Title)
		return err
	}
	return nil
}

func (t *entry) escalation(what string, e ledger.Event) error {
	if what == "stopped" {
		var p escalation.Stopped
		err := e.Into(&p)
		t.say("cross", "stopped the %s clock", p.Clock)
		t.tone(ui.Warn)
		t.because(p.Reason)
		return err
	}
	var p escalation.Paged
	err := e.Into(&p)
	step := fmt.Sprintf("%s clock, %s", p.Clock, p.Step)
	t.step = step // as the pages name it
	switch what {
	case "paged":
		if !strings.HasPrefix(p.Step, "step ") { // the step is what somebody said who asked for help
			t.say("bell", "paged %s (%s), because somebody asked", names(p.People), p.Targets)
			t.brief = fmt.Sprintf("paged %s, because somebody asked", p.Targets)
			return err
		}
		t.say("bell", "paged %s (%s, %s)", names(p.People), step, p.Targets)
		t.brief = fmt.Sprintf("paged %s (%s)", p.Targets, step)
	case "catch-all":
		t.say("bell", "used up the policy and paged %s (%s)", names(p.People), p.Targets)
		t.brief = fmt.Sprintf("used up the policy and paged %s", p.Targets)
		t.tone(ui.Bad)
	case "skipped":
		t.say("warn", "passed over %s (%s): %s", p.Targets, step, p.Reason)
		t.brief = t.What
		t.tone(ui.Warn)
	case "unreachable":
		t.say("warn", "could reach nobody at this step: %s", p.Reason)
		t.tone(ui.Bad)
	}
	return err
}

func names(list []string) string {
	if len(list) == 0 {
		return "nobody"
	}
	return strings.Join(list, ", ")
}

// message is told by the room that sends.
func (t *entry) message(e ledger.Event) error {
	switch e.Kind {
	case "page.started":
		var p notify.Started
		err := e.Into(&p)
		t.say("bell", "%s", calling(p))
		return err
	case "page.fallback":
		var p notify.Fallback
		err := e.Into(&p)
		t.say("warn", "tries %s by %s (%s) too: %s", p.Name, p.Channel, p.Address.Address, p.Reason)
		t.tone(ui.Warn)
		return err
	case "message.sent":
		var p notify.Told
		err := e.Into(&p)
		t.say("mail", "delivered a %s to %s by %s (%s)%s", p.Kind, p.Name, p.Channel, p.Address.Address, repeat(p.Repeat))
		return err
	case "message.failed":
		var p notify.Told
		err := e.Into(&p)
		t.say("cross", "could not deliver to %s by %s (%s): %s", p.Name, p.Channel, p.Address.Address, p.Reason)
		t.tone(ui.Bad)
		return err
	}
	return t.pageEnded(e)
}

func (t *entry) pageEnded(e ledger.Event) error {
	var p notify.Ended
	err := e.Into(&p)
	switch e.Kind {
	case "page.delivered":
		t.say("check", "has reached every address of %s", p.Name)
	case "page.exhausted":
		t.say("cross", "can reach %s on no channel: %s", p.Name, p.Reason)
		t.tone(ui.Bad)
	case "page.stopped":
		t.say("dash", "stopped calling %s: %s", p.Name, p.Reason)
	}
	return err
}

// calling says how a person's own rules begin to reach them.
func calling(p notify.Started) string {
	if len(p.To) == 0 && p.Later == 0 {
		return "has no way to reach " + p.Name
	}
	if len(p.To) == 0 {
		return fmt.Sprintf("waits before it calls %s, as their rules say", p.Name)
	}
	var by []string
	for _, a := range p.To {
		by = append(by, fmt.Sprintf("%s (%s)", a.Channel, a.Address))
	}
	out := fmt.Sprintf("is calling %s by %s", p.Name, strings.Join(by, " and "))
	switch p.Later {
	case 0:
		return out
	case 1:
		return out + "; one more way is left"
	}
	return fmt.Sprintf("%s; %d more ways are left", out, p.Later)
}

func repeat(is bool) string {
	if is {
		return ", possibly for the second time"
	}
	return ""
}

func (t *entry) followUp(what string, e ledger.Event) error {
	var p followup.Changed // the others say less
	err := e.Into(&p)
	switch what {
	case "created":
		t.say("flag", "promised a follow-up, due %s:", p.Due.UTC().Format("2 Jan 2006"))
	case "changed":
		t.say("flag", "changed the follow-up")
	case "done":
		t.say("check", "finished the follow-up")
	case "dropped":
		t.say("cross", "dropped the follow-up")
	case "opened":
		t.say("flag", "took the follow-up up again:")
	case "reminded":
		t.say("bell", "reminded %s of the follow-up", p.Owner)
	}
	t.to, t.label = look.FollowUpURL(e.Record.ID), p.Title
	return err
}
