package look

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"mainstay/internal/domain/health"
	"mainstay/internal/domain/incident"
	"mainstay/internal/web/ui"
)

// Service is the badge of a service with these active incidents, and why it is so where no incident says
// it. While there is an incident its words say more than the state, which may be milder: a quorum may hold.
func Service(active []incident.Incident, of health.Of, causes []health.Cause) (ui.Badge, string) {
	if len(active) == 0 {
		return OfService(of), Why(of, causes)
	}
	b := incidents(active)
	switch of.State {
	case health.OK:
		b.State = ui.Warn
	case health.Warn, health.Bad:
		b.State = HealthState(of.State, of.TwoColours)
	case health.Unknown:
	}
	return b, ""
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
