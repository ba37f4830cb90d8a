package look

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/incident"
	"mainstay/internal/web/ui"
)

// Service is the badge of a service with these active incidents, and why it is so where no
// incident says it. Heard is whether monitoring has said anything about it, ever.
func Service(active []incident.Incident, input alert.Input, heard bool) (ui.Badge, string) {
	switch {
	case len(active) > 0:
		return incidents(active), ""
	case input.Stale > 0:
		return ui.Badge{State: ui.Unknown}, "Its monitoring has fallen silent"
	case input.Firing == 1:
		return ui.Badge{State: ui.Warn, Word: "Still firing"}, "Restored by a person, but 1 alert did not end"
	case input.Firing > 0:
		return ui.Badge{State: ui.Warn, Word: "Still firing"}, fmt.Sprintf("Restored by a person, but %d alerts did not end", input.Firing)
	case !heard:
		return ui.Badge{State: ui.Unknown}, "No data yet: nothing sends alerts for it"
	}
	return ui.Badge{State: ui.OK}, ""
}

// incidents: as bad as the worst, and open as long as nobody has one of them.
func incidents(list []incident.Incident) ui.Badge {
	worst := slices.MinFunc(list, func(a, b incident.Incident) int { return cmp.Compare(a.Severity, b.Severity) })
	b := ui.Badge{State: SeverityState(worst.Severity), Word: fmt.Sprintf("Sev %d open", worst.Severity)}
	if !slices.ContainsFunc(list, func(i incident.Incident) bool { return i.State == incident.Open }) {
		b = inHand(list, b)
		b.Word = fmt.Sprintf("Sev %d %s", worst.Severity, strings.ToLower(b.Word))
	}
	if n := len(list); n > 1 {
		b.Note = fmt.Sprintf("%d incidents", n)
	}
	return b
}

// inHand is the badge of incidents that all have somebody: acknowledged, until work has begun on
// each of them.
func inHand(list []incident.Incident, b ui.Badge) ui.Badge {
	begun := incident.Investigating
	for _, i := range list {
		if i.State != begun {
			begun = incident.Acknowledged
		}
	}
	said := Incident(incident.Incident{State: begun}, time.Time{})
	b.Word, b.Icon, b.Handled = said.Word, said.Icon, true
	return b
}
