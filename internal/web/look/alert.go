package look

import (
	"maps"
	"slices"

	"mainstay/internal/domain/alert"
	"mainstay/internal/web/ui"
)

// Alert is the badge of an alert. One whose sender has fallen silent is unknown, not OK.
func Alert(a alert.Alert) ui.Badge {
	switch {
	case a.State != alert.Firing:
	case a.Held.Kind == alert.ForMaintenance:
		return ui.Badge{State: ui.Maintenance, Word: "In maintenance"}
	case a.Held.Kind == alert.ForDependency:
		return ui.Badge{State: SeverityState(a.Severity), Word: "Suppressed", Handled: true}
	case a.Flapping:
		return ui.Badge{State: SeverityState(a.Severity), Word: "Flapping", Handled: !a.Quiet.IsZero()}
	}
	switch a.State {
	case alert.Firing:
		return ui.Badge{State: SeverityState(a.Severity), Word: "Firing"}
	case alert.Resolved:
		return ui.Badge{State: ui.OK, Word: "Resolved"}
	case alert.Stale:
	}
	return ui.Badge{State: ui.Unknown, Word: "Sender silent"}
}

// Pair is one label or annotation of an alert.
type Pair struct{ Name, Value string }

// Pairs are labels or annotations in the order of their names.
func Pairs(m map[string]string) []Pair {
	var out []Pair
	for _, name := range slices.Sorted(maps.Keys(m)) {
		out = append(out, Pair{name, m[name]})
	}
	return out
}
