package metricrule

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/domain/metricrule"
	"mainstay/internal/engine/signal"
	"mainstay/internal/web/ui"
)

// badge shows how it stands with rules.
func badge(s metricrule.Status) ui.Badge {
	note := ""
	if s.Test() {
		note = "test mode"
	}
	switch s.State {
	case metricrule.Failing:
		return ui.Badge{State: ui.Bad, Word: "Failing", Note: "cannot be evaluated"}
	case metricrule.Firing:
		return ui.Badge{State: tone(s.Worst()), Word: "Firing", Note: counted(s.Firing(), "alert")}
	case metricrule.WouldFire:
		if note == "" {
			note = "not raised now"
		}
		return ui.Badge{State: ui.Inactive, Word: "Would fire", Note: note}
	case metricrule.Pending:
		return ui.Badge{State: ui.OK, Word: "Pending", Note: counted(s.Pending(), "alert")}
	case metricrule.Watching:
		return ui.Badge{State: ui.OK, Word: "Watching", Note: note}
	case metricrule.Off:
		return ui.Badge{State: ui.Inactive, Word: "Disabled"}
	case metricrule.Blind:
	}
	return ui.Badge{State: ui.Unknown, Word: "Unknown"}
}

// health shows how one rule's last evaluation went.
func health(r metricrule.RuleStatus) ui.Badge {
	switch r.Health {
	case metricrule.Good:
		return ui.Badge{State: ui.OK, Word: "Evaluated"}
	case metricrule.Bad:
		return ui.Badge{State: ui.Bad, Word: "Fails"}
	}
	return ui.Badge{State: ui.Unknown}
}

func alertBadge(a metricrule.Active) ui.Badge {
	switch {
	case a.Raised && !a.Kept.IsZero():
		return ui.Badge{State: tone(a.Severity()), Word: "Firing", Note: "kept"}
	case a.Raised:
		return ui.Badge{State: tone(a.Severity()), Word: "Firing"}
	case a.Firing:
		return ui.Badge{State: ui.Inactive, Word: "Would fire"}
	}
	return ui.Badge{State: ui.OK, Word: "Pending"}
}

// tone is how loud a severity is.
func tone(severity int) ui.State {
	if severity <= 2 {
		return ui.Bad
	}
	return ui.Warn
}

// sub is the name of rules whose title is another.
func sub(s metricrule.Status) string {
	if s.Title() == s.Name {
		return ""
	}
	return s.Name
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// kind says in words what an item is.
func kind(s metricrule.Status) string {
	if s.Kind == metricrule.Anomaly {
		return "Anomaly rule"
	}
	return counted(len(s.Rules), "rule")
}

func serviceOf(s metricrule.Status) string {
	if s.Kind == metricrule.Anomaly {
		return s.Anomaly.Service
	}
	return s.Spec.Service
}

func ownerOf(s metricrule.Status) string {
	if s.Kind == metricrule.Anomaly {
		return s.Anomaly.Owner
	}
	return s.Spec.Owner
}

func sopOf(s metricrule.Status) string {
	if s.Kind == metricrule.Anomaly {
		return s.Anomaly.SOP
	}
	return s.Spec.SOP
}

func hoursOf(s metricrule.Status) string {
	if s.Kind == metricrule.Anomaly {
		return s.Anomaly.Hours
	}
	return s.Spec.Hours
}

func descriptionOf(s metricrule.Status) string {
	if s.Kind == metricrule.Anomaly {
		return s.Anomaly.Description
	}
	return s.Spec.Description
}

// pairs writes labels as people do, without those that are said anyway.
func pairs(labels map[string]string) string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if name != "alertname" {
			out = append(out, name+"="+labels[name])
		}
	}
	return strings.Join(out, " ")
}

func times(n int) string {
	switch n {
	case 0:
		return "never"
	case 1:
		return "once"
	}
	return strconv.Itoa(n) + " times"
}

func lasted(s signal.RuleSpan) string {
	if s.End.IsZero() {
		return "still"
	}
	return s.End.Sub(s.Start).Round(time.Second).String()
}

func took(d time.Duration) string { return d.Round(10 * time.Microsecond).String() }

// alertsURL leads to the alerts of a group.
func alertsURL(name string) string { return "/alerts?" + url.Values{"q": {name}}.Encode() }

// shown is how many firings of a preview the page shows.
const shown = 100
