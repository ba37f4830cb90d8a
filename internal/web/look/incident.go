package look

import (
	"time"

	"mainstay/internal/domain/incident"
	"mainstay/internal/web/ui"
)

// SeverityState is how loud a severity is: 1 and 2 are bad, 3 and 4 are a warning.
func SeverityState(severity int) ui.State {
	if severity <= 2 {
		return ui.Bad
	}
	return ui.Warn
}

// Incident is the badge of an incident at now: filled while nobody has it, outlined when
// somebody does, quiet once it is restored.
func Incident(i incident.Incident, now time.Time) ui.Badge {
	b := ui.Badge{State: SeverityState(i.Severity)}
	switch i.State {
	case incident.Open:
		b.Word = "Open"
	case incident.Acknowledged:
		b.Word, b.Handled, b.Icon = "Acknowledged", true, "user"
	case incident.Investigating:
		b.Word, b.Handled, b.Icon = "Investigating", true, "search"
	case incident.Restored:
		b.State, b.Word, b.Icon = ui.OK, "Restored", "pulse"
	case incident.Closed:
		b.State, b.Word = ui.Inactive, "Closed"
	}
	if i.MergedInto != "" {
		b.Word, b.Note = "Merged", "into "+incident.Key(i.MergedNumber)
	}
	if i.State.Active() && i.SnoozedUntil.After(now) {
		b.Word, b.Handled, b.Icon = "Snoozed", true, "clock"
		b.Note = "until " + i.SnoozedUntil.UTC().Format("15:04 UTC")
	}
	return b
}

// IncidentURL is the page of an incident.
func IncidentURL(key string) string { return "/incidents/" + key }

// Holder is who has the incident, in words; empty when nobody does.
func Holder(i incident.Incident) string { return i.Holder() }
