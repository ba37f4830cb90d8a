package look

import (
	"fmt"
	"strings"
	"time"

	"mainstay/internal/domain/health"
	"mainstay/internal/web/ui"
)

// HealthState is the look of a state.
func HealthState(s health.State, twoColours bool) ui.State {
	out := ui.Unknown
	switch s {
	case health.OK:
		out = ui.OK
	case health.Warn:
		out = ui.Warn
	case health.Bad:
		out = ui.Bad
	case health.Unknown:
	}
	if twoColours {
		return out.TwoColours()
	}
	return out
}

// handled are the looks of a trouble that is not new: what follows the state's word, and the icon.
var handled = map[health.Handling][2]string{
	health.Acknowledged: {"acknowledged", "user"},
	health.Snoozed:      {"snoozed", "clock"},
	health.Suppressed:   {"suppressed", "link"},
}

// Part is the badge of a component: how it is, and beside that how its trouble is taken, planned work, and
// hours in which nobody needs it. Trouble of its own shows even then: somebody may be paged for it.
func Part(p health.Part, twoColours bool) ui.Badge {
	b := ui.Badge{State: HealthState(p.Shown(), twoColours)}
	switch {
	case p.Blind && p.State == health.OK, p.Blind && !p.Watched:
		b.Word = "Not watched"
	case p.State != health.OK && p.State != health.Unknown && len(p.Reasons) == 0:
		b.Word = "Affected"
	}
	return quality(b, p.Verdict, p.Work != nil, p.Inactive && len(p.Reasons) == 0)
}

// OfService is the badge of a service.
func OfService(of health.Of) ui.Badge {
	b := ui.Badge{State: HealthState(of.State, of.TwoColours)}
	if of.State != health.OK && of.State != health.Unknown && len(of.Reasons) == 0 {
		b.Word = "Affected"
		if len(of.Because) == 0 {
			b.Word = ""
		}
	}
	return quality(b, of.Verdict, false, of.Inactive && !of.Troubled)
}

// quality adds how a trouble is taken. Hours in which nobody needs it come first, then planned work.
func quality(b ui.Badge, v health.Verdict, work, inactive bool) ui.Badge {
	well := v.State == health.OK || !v.Watched
	word := b.Word
	if word == "" {
		word = b.State.Word()
	}
	switch {
	case inactive:
		b.State, b.Word = ui.Inactive, beside("Closed", word, well)
	case work || !well && v.Handling == health.Planned:
		b.State, b.Word = ui.Maintenance, beside("Planned work", word, well)
	case !well && v.Handling == health.Restored:
		b.Word, b.Icon = "Still firing", "pulse"
	case !well && v.Handling != health.Open:
		how := handled[v.Handling]
		b.Word, b.Icon, b.Handled = word+", "+how[0], how[1], true
	}
	return b
}

func beside(quality, state string, well bool) string {
	if well {
		return quality
	}
	return quality + ", " + strings.ToLower(state)
}

// Why says in a sentence why a service is as it is: its worst cause, and how many more there are.
func Why(of health.Of, causes []health.Cause) string {
	if len(causes) > 0 {
		return causeWords(causes[0]) + more(len(causes)-1)
	}
	switch {
	case of.State == health.Unknown && !of.Heard:
		return "No data yet: nothing sends alerts for it"
	case of.State == health.Unknown:
		return "Its monitoring has fallen silent"
	case of.Inactive && !of.Opens.IsZero():
		return "Outside its hours until " + of.Opens.UTC().Format("Mon 15:04 UTC")
	case of.Inactive:
		return "Outside its hours"
	}
	return ""
}

// causeWords is a cause in words: "Message queues for payments: MQ sessions to Bank B: 0 of 8 up".
func causeWords(c health.Cause) string {
	words := c.Reason.Text
	if len(c.Path) > 0 {
		words = c.Path[len(c.Path)-1] + ": " + words
	}
	if c.Reason.Note != "" {
		words += ", " + c.Reason.Note
	}
	return words
}

func more(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return " (and 1 more)"
	}
	return fmt.Sprintf(" (and %d more)", n)
}

// LogsAround is where the log lines of a service are, from a little before an instant on.
func LogsAround(service string, at time.Time) string {
	const before, after = 5 * time.Minute, 15 * time.Minute
	return address(logsURL, "as", "logsql", "q", `service:="`+service+`"`, "range", "custom",
		"start", at.Add(-before).UTC().Format(time.RFC3339), "end", at.Add(after).UTC().Format(time.RFC3339))
}
