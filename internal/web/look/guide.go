package look

import (
	"slices"

	"mainstay/internal/base/text"
	"mainstay/internal/domain/alert"
)

// Guide is a page elsewhere that helps with an incident.
type Guide struct{ Label, Icon, URL string }

// guides are the annotations by which senders name such pages.
var guides = []struct{ annotation, label, icon string }{
	{"runbook_url", "Runbook", "book"}, {"runbook", "Runbook", "book"},
	{"dashboard_url", "Graph", "chart"}, {"dashboard", "Graph", "chart"}, {"dashboardURL", "Graph", "chart"},
}

// maxGuides is for how many there is room beside the acts.
const maxGuides = 4

// Guides are the runbooks and graphs of an incident: those of its alerts, as they come, before
// the runbook of its service. What is no web address is left out.
func Guides(alerts []alert.Alert, runbook string) []Guide {
	var out []Guide
	add := func(g Guide) {
		known := slices.ContainsFunc(out, func(o Guide) bool { return o.URL == g.URL })
		if text.ValidURL(g.URL) && !known && len(out) < maxGuides {
			out = append(out, g)
		}
	}
	for _, a := range alerts {
		for _, kind := range guides {
			add(Guide{kind.label, kind.icon, a.Annotations[kind.annotation]})
		}
	}
	label := "Runbook"
	if slices.ContainsFunc(out, func(g Guide) bool { return g.Label == label }) {
		label = "Service runbook"
	}
	add(Guide{label, "book", runbook})
	return out
}
