package look

import (
	"mainstay/internal/domain/alert"
	"mainstay/internal/web/ui"
)

// Alert is the badge of an alert. One whose sender has fallen silent is unknown, not OK.
func Alert(a alert.Alert) ui.Badge {
	switch a.State {
	case alert.Firing:
		return ui.Badge{State: SeverityState(a.Severity), Word: "Firing"}
	case alert.Resolved:
		return ui.Badge{State: ui.OK, Word: "Resolved"}
	case alert.Stale:
	}
	return ui.Badge{State: ui.Unknown, Word: "Sender silent"}
}
