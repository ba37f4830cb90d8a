package service

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/domain/escalation"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/ui"
)

// clocks is a policy as two clocks in plain words.
type clocks struct {
	response   []moment
	then       []string // what follows the last step
	ackTimeout string
	ladders    []ladder
	again      string // the pause after which the last step of a ladder comes again
	rated      bool   // callees of a level are known: the policy is shown for a service
}

// moment is a step: when, counted from the start of its clock, and whom it calls.
type moment struct {
	at      string
	callees []callee
}

// known reports whether it can be told who would be called: of a level only for a service.
func (c callee) known(rated bool) bool { return c.address != "" || rated }

// skipped reports whether the step would call nobody now.
func (m moment) skipped(rated bool) bool {
	return !slices.ContainsFunc(m.callees, func(c callee) bool { return len(c.now) > 0 || !c.known(rated) })
}

// ladder is the resolution clock for some severities and hours.
type ladder struct {
	title string
	steps []moment
}

// clocks tells what a policy means; teams are those of the service that it is shown for.
func (d directory) clocks(spec escalation.Spec, teams []people.TeamID) clocks {
	s := spec.Plain()
	c := clocks{ackTimeout: words(s.Response.AckTimeout), again: words(s.Resolution.RepeatEvery), rated: teams != nil}
	after := escalation.Minutes(0)
	for _, step := range s.Response.Steps {
		after += step.After
		c.response = append(c.response, d.moment(after, step, teams))
	}
	c.then = follows(s.Response)
	for _, l := range s.Resolution.Ladders {
		out := ladder{title: title(l, s.Resolution)}
		for _, step := range l.Steps {
			out.steps = append(out.steps, d.moment(step.After, step, teams))
		}
		c.ladders = append(c.ladders, out)
	}
	return c
}

func (d directory) moment(at escalation.Minutes, step escalation.Step, teams []people.TeamID) moment {
	m := moment{at: "at once"}
	if at > 0 {
		m.at = "after " + words(at)
	}
	for _, t := range step.Targets {
		m.callees = append(m.callees, d.callee(t, teams))
	}
	return m
}

// follows says what happens when the last step has not been answered.
func follows(r escalation.ResponseSpec) []string {
	var out []string
	pause := words(r.RepeatAfter)
	switch r.Repeat {
	case 0:
	case 1:
		out = append(out, pause+" later all of it once more")
	default:
		out = append(out, fmt.Sprintf("%s later all of it again, %d times", pause, r.Repeat))
	}
	return append(out, fmt.Sprintf("%s later the catch-all: every support manager, then every admin, every %s until a person stops it",
		pause, ui.Words(escalation.CatchAllEvery)))
}

// title says for which incidents a ladder is.
func title(l escalation.Ladder, r escalation.ResolutionSpec) string {
	who := "Any severity"
	if len(l.Severities) > 0 {
		parts := make([]string, len(l.Severities))
		for i, s := range l.Severities {
			parts[i] = strconv.Itoa(s)
		}
		who = "Severity " + joined(parts)
	}
	switch l.Hours {
	case "business":
		return who + ", in business hours (" + r.BusinessHours + ")"
	case "outside":
		return who + ", outside business hours (" + r.BusinessHours + ")"
	}
	return who
}

// joined writes a list as people say it: "1, 2 and 3".
func joined(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	last := len(parts) - 1
	return strings.Join(parts[:last], ", ") + " and " + parts[last]
}

// words says a pause in whole units: "5 min", "1 h", "1 h 30 min", "2 d".
func words(m escalation.Minutes) string {
	d := m.Duration()
	days, hours, minutes := int(d/(24*time.Hour)), int(d/time.Hour)%24, int(d/time.Minute)%60
	var parts []string
	for _, p := range []struct {
		n    int
		unit string
	}{{days, "d"}, {hours, "h"}, {minutes, "min"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.unit))
		}
	}
	if len(parts) == 0 {
		return "0 min"
	}
	return strings.Join(parts, " ")
}
