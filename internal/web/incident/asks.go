package incident

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/escalation"
	"mainstay/internal/domain/incident"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/ui"
)

// ask is the question of one act of the page; its form comes back open when it was refused.
func (d detail) ask(act, label, title, consequence, do string) ui.Ask {
	return ui.Ask{ID: "ask-" + act, Open: ui.Act{Label: label}, Title: title, Consequence: consequence,
		URL: d.url(act), Do: ui.Act{Label: do, Kind: ui.Primary}, Quiet: true, Err: d.err(act)}
}

func (d detail) askRestore() ui.Ask {
	a := d.ask("restore", "Restore …", "Can users do their business again?",
		"Both clocks end and nobody is paged any more. The incident is closed later, when the paperwork is done.", "Restore")
	a.Open.Shortcut, a.Open.Icon = "r", "pulse"
	return a
}

func (d detail) askReopen() ui.Ask {
	a := d.ask("reopen", "Reopen …", "Reopen "+d.Key()+"?", "Both clocks start again: whoever is on call is paged now.", "Reopen and page")
	a.Open.Icon = "triangle"
	return a
}

func (d detail) askEscalate() ui.Ask {
	a := d.ask("escalate", "Escalate …", "Whom do you need?", "", "Page now")
	a.Open.Shortcut, a.Open.Icon = "e", "up"
	return a
}

func (d detail) askSnooze() ui.Ask {
	a := d.ask("snooze", "Snooze …", "Snooze "+d.Key()+"?",
		"The response clock pages nobody until then. The resolution clock goes on: it stands for the users.", "Snooze")
	a.Open.Icon = "clock"
	return a
}

func (d detail) askPeople() ui.Ask {
	a := d.ask("people", "Who does what …", "Who does what", "", "Save")
	a.Open.Icon = "user"
	return a
}

func (d detail) askSeverity() ui.Ask {
	a := d.ask("severity", "Change severity …", "How bad is it?", "The resolution clock follows: a worse severity may page more people at once.", "Change severity")
	a.Open.Icon = "flag"
	return a
}

func (d detail) askRename() ui.Ask {
	a := d.ask("rename", "Edit title …", "Title and description", "", "Save")
	a.Open.Icon = "comment"
	return a
}

func (d detail) askLink() ui.Ask {
	a := d.ask("link", "Link …", "Link with another incident", "", "Link")
	a.Open.Icon = "link"
	return a
}

func (d detail) askMerge() ui.Ask {
	a := d.ask("merge", "Merge …", "Merge "+d.Key()+" into another incident?",
		d.Key()+" is closed and stops paging. Its alerts go on in the other incident, which takes over the worse severity.", "Merge")
	a.Open.Icon = "arrow"
	return a
}

func (d detail) askStopClock() ui.Ask {
	a := d.ask("stop-clock", "Stop a clock …", "Stop paging for "+d.Key()+"?",
		"The clock pages nobody any more, however long it lasts. Your name and the reason are kept on the timeline.", "Stop the clock")
	a.Open.Kind, a.Open.Icon, a.Do.Kind = ui.Danger, "cross", ui.Danger
	return a
}

// mayRestore and the like say which acts are offered: the state must allow them, and the
// reader's role.
func (d detail) mayAcknowledge() bool {
	return d.may(people.IncidentAcknowledge) && d.State.Can("acknowledge")
}

func (d detail) mayJoin() bool {
	mine := d.Acknowledger == d.by.ID
	return d.may(people.IncidentAcknowledge) && d.State.Active() && d.State != incident.Open && !mine
}

func (d detail) mayInvestigate() bool {
	return d.may(people.IncidentAcknowledge) && d.State == incident.Acknowledged
}

func (d detail) mayRestore() bool {
	return d.may(people.IncidentRestore) && d.State.Can("restore")
}

func (d detail) mayClose() bool { return d.may(people.IncidentClose) && d.State.Can("close") }

func (d detail) mayReopen() bool {
	return d.may(people.IncidentOpen) && d.State.Can("reopen") && d.MergedInto == ""
}

// trouble is the alerts that do not say that they ended, the worst first.
func (d detail) trouble() []alert.Alert {
	return slices.DeleteFunc(worstFirst(d.Alerts), func(a alert.Alert) bool { return a.State == alert.Resolved })
}

// regret is for how long after its end an incident is reopened as easily as it was restored.
const regret = 10 * time.Minute

// justEnded reports whether somebody may still be about to notice that it was a mistake.
func (d detail) justEnded() bool {
	return d.mayReopen() && d.now.Sub(latest(d.Restored, d.Closed)) < regret
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// primary is the act that the page is for now. Restoring is not while an alert still speaks
// against it: at night the largest button gets pressed.
func (d detail) primary() string {
	switch {
	case d.mayAcknowledge():
		return "acknowledge"
	case d.mayRestore() && len(d.Alerts) > 0 && len(d.trouble()) == 0:
		return "restore"
	case d.mayInvestigate():
		return "investigate"
	case d.State.Active() && d.mayWork():
		return "comment"
	case d.mayClose() && !d.justEnded():
		return "close"
	}
	return ""
}

// excuse is what the reason to reopen probably is.
func (d detail) excuse() string {
	if d.justEnded() {
		return "Restored by mistake"
	}
	return ""
}

// objection says what speaks against restoring, and what comes of it.
func (d detail) objection() string {
	var firing, silent []string
	for _, a := range d.trouble() {
		if a.State == alert.Firing {
			firing = append(firing, a.Title)
		} else {
			silent = append(silent, a.Title)
		}
	}
	if len(firing) == 0 {
		return "Nobody knows whether this ended, because its sender has fallen silent: " + some(silent) + "."
	}
	what, they := "1 alert still fires: ", "it still fires"
	if len(firing) > 1 {
		what, they = fmt.Sprintf("%d alerts still fire: ", len(firing)), "they still fire"
	}
	return fmt.Sprintf("%s%s. If %s in %s, the incident reopens and pages again.", what, some(firing), they, ui.Words(d.word))
}

// some names the first few of many.
func some(titles []string) string {
	const most = 3
	if more := len(titles) - most; more > 0 {
		return strings.Join(titles[:most], "; ") + fmt.Sprintf("; and %d more", more)
	}
	return strings.Join(titles, "; ")
}

// kind is how much the button of an act asks for attention.
func (d detail) kind(act string) ui.Kind {
	if act == d.primary() {
		return ui.Primary
	}
	return ui.Plain
}

func (d detail) mayEscalate() bool { return d.may(people.IncidentEscalate) && d.State.Active() }

func (d detail) mayWork() bool { return d.may(people.IncidentWork) }

func (d detail) mayStop() bool { return d.may(people.IncidentStopClock) && len(d.running()) > 0 }

// running are the clocks that still may page.
func (d detail) running() []ui.Option {
	var out []ui.Option
	if alive(d.Clocks.Response) {
		out = append(out, ui.Option{Value: string(escalation.Response), Label: "Response clock: pages until somebody acknowledges"})
	}
	if alive(d.Clocks.Resolution) {
		out = append(out, ui.Option{Value: string(escalation.Resolution), Label: "Resolution clock: brings in more people until it is restored"})
	}
	return out
}
