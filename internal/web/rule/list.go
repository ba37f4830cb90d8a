package rule

import (
	"net/http"
	"net/url"
	"strconv"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/rule"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

type listPage struct {
	rows   []rule.Status
	next   *string
	mayAdd bool
}

func (p pages) list(r *http.Request, by actor.Actor) (action.Answer, error) {
	list, err := p.Rules.List(r.Context(), by, page.Request{Limit: 200, Cursor: r.URL.Query().Get("cursor")})
	if err != nil {
		return action.Answer{}, err
	}
	return action.Show(listOf(listPage{rows: list.Items, next: list.Next, mayAdd: mayAdd(by)})), nil
}

func mayAdd(by actor.Actor) bool {
	return people.Can(by, people.RuleWrite, people.Target{Teams: by.Teams})
}

// badge shows how it stands with a rule.
func badge(s rule.Status) ui.Badge {
	switch s.State {
	case rule.Firing:
		tone := ui.Warn
		if s.Severity() <= 2 {
			tone = ui.Bad
		}
		return ui.Badge{State: tone, Word: "Firing", Note: openAlerts(len(s.Open))}
	case rule.Off:
		return ui.Badge{State: ui.Inactive, Word: "Disabled"}
	case rule.Broken:
		return ui.Badge{State: ui.Bad, Word: "Broken", Note: "sees nothing"}
	case rule.Blind:
		return ui.Badge{State: ui.Unknown, Word: "Blind"}
	case rule.Watching:
		if !s.Waits.IsZero() {
			return ui.Badge{State: ui.Inactive, Word: "Waiting", Note: "until " + s.Waits.Format("Monday 15:04 MST")}
		}
		return ui.Badge{State: ui.OK, Word: "Watching"}
	}
	return ui.Badge{}
}

func openAlerts(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "1 alert open"
	}
	return strconv.Itoa(n) + " alerts open"
}

// short cuts a filter to what a row has room for.
func short(filter string) string {
	const most = 100
	if r := []rune(filter); len(r) > most {
		return string(r[:most]) + "…"
	}
	return filter
}

// ending says in words when its alerts are resolved.
func ending(s rule.Spec) string {
	switch {
	case s.Stays():
		return "by a person, with the incident"
	case s.When == rule.Absent:
		return "when such a line comes"
	case s.When == rule.Volume:
		return "when it is near its normal again"
	}
	return "after " + s.QuietFor().String() + " without such a line"
}

// condition says in words when a rule fires.
func condition(s rule.Spec) string {
	switch s.When {
	case rule.AtLeast:
		return "at least " + amount(int64(s.Count)) + " lines within " + s.Within.String()
	case rule.Absent:
		text := "no line for " + s.Within.String()
		if s.Hours != "" {
			text += " of " + s.Hours
		}
		return text
	case rule.NewPattern:
		return "a line of a pattern that was never seen"
	case rule.Volume:
		return "source " + s.Source + " sends " + map[string]string{"": "far more or less than", rule.Above: "far more than", rule.Below: "far less than"}[s.Direction] + " its normal"
	case rule.Any:
	}
	return "any line"
}

// alertsURL leads to the alerts of a rule, by its name.
func alertsURL(rule string) string { return "/alerts?" + url.Values{"q": {rule}}.Encode() }
