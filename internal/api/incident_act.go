package api

import (
	"context"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/escalation"
	"mainstay/internal/domain/incident"
	"mainstay/internal/domain/people"
	"mainstay/internal/edge"
)

// Reason is the body of acts that say why.
type Reason struct {
	Reason string `json:"reason,omitempty" doc:"Why, for the timeline."`
}

// Because is an act on an incident that may say why; its body may be left out.
type Because struct {
	Keyed
	Body *Reason
}

func (b *Because) reason() string {
	if b.Body == nil {
		return ""
	}
	return b.Body.Reason
}

// on makes a handler of an act on an incident.
func on[I any](a *API, do func(context.Context, actor.Actor, *I) (incident.Incident, error)) func(context.Context, actor.Actor, *I) (Incident, error) {
	return func(ctx context.Context, by actor.Actor, in *I) (Incident, error) {
		i, err := do(ctx, by, in)
		if err != nil {
			return Incident{}, err
		}
		return a.show(i), nil
	}
}

func (a *API) incidentActs() {
	add(a, post("/incidents/{key}/acknowledge", people.IncidentAcknowledge, "Say that you have an incident in hand; doing it twice is no error"),
		on(a, func(ctx context.Context, by actor.Actor, in *Keyed) (incident.Incident, error) {
			return a.Incidents.Acknowledge(ctx, by, in.Key)
		}))
	add(a, post("/incidents/{key}/investigate", people.IncidentAcknowledge, "Say that work has begun"),
		on(a, func(ctx context.Context, by actor.Actor, in *Keyed) (incident.Incident, error) {
			return a.Incidents.Investigate(ctx, by, in.Key)
		}))
	add(a, post("/incidents/{key}/restore", people.IncidentRestore, "Say that users can do their business again"),
		a.restore)
	add(a, post("/incidents/{key}/close", people.IncidentClose, "Say that the paperwork is done"),
		on(a, func(ctx context.Context, by actor.Actor, in *Keyed) (incident.Incident, error) {
			return a.Incidents.Close(ctx, by, in.Key)
		}))
	add(a, post("/incidents/{key}/reopen", people.IncidentOpen, "Take a restored or closed incident up again"),
		on(a, func(ctx context.Context, by actor.Actor, in *Because) (incident.Incident, error) {
			return a.Incidents.Reopen(ctx, by, in.Key, in.reason())
		}))
	add(a, post("/incidents/{key}/comments", people.IncidentWork, "Add a note to the timeline"),
		on(a, func(ctx context.Context, by actor.Actor, in *struct {
			Keyed
			Body struct {
				Text string    `json:"text"`
				At   time.Time `json:"at,omitzero" doc:"When it happened, of what is written down later: not in the future, and at most a day before the incident was detected."`
			}
		}) (incident.Incident, error) {
			return a.Incidents.Comment(ctx, by, in.Key, incident.Comment{Text: in.Body.Text, At: in.Body.At})
		}))
	add(a, post("/incidents/{key}/escalate", people.IncidentEscalate, "Ask for help now"), a.escalate)
	add(a, post("/incidents/{key}/stop-clock", people.IncidentStopClock, "Stop one of the two clocks, by name and reason"), on(a, a.stopClock))
	add(a, post("/incidents/{key}/snooze", people.IncidentAcknowledge, "Pause the response clock for a while"), on(a, a.snooze))
	a.incidentChanges()
}

// Restoration is an incident that was restored, and what speaks against it.
type Restoration struct {
	Incident
	StillFiring []string   `json:"still_firing" doc:"Titles of its alerts that still fire."`
	Reopens     *time.Time `json:"reopens" doc:"When it is reopened and pages again if one of them still fires then; null when none does."`
}

func (a *API) restore(ctx context.Context, by actor.Actor, in *struct {
	Keyed
	Body *struct {
		Reason      string `json:"reason,omitempty" doc:"Why, for the timeline."`
		AlertsEnded bool   `json:"alerts_ended,omitempty" doc:"Its alerts are over too, though their sender will not say so: they are resolved."`
	}
}) (Restoration, error) {
	var end incident.Ending
	if in.Body != nil {
		end = incident.Ending{Reason: in.Body.Reason, AlertsEnded: in.Body.AlertsEnded}
	}
	r, err := a.Incidents.End(ctx, by, in.Key, end)
	if err != nil {
		return Restoration{}, err
	}
	out := Restoration{Incident: a.show(r.Incident), StillFiring: []string{}, Reopens: instant(r.Reopens)}
	for _, alert := range r.StillFiring {
		out.StillFiring = append(out.StillFiring, alert.Title)
	}
	return out, nil
}

// Escalated is an incident for which somebody asked for help, and whom that paged.
type Escalated struct {
	Incident
	Paged   []string `json:"paged" doc:"Names of who is paged now."`
	Skipped []string `json:"skipped" doc:"Steps that were passed over, and why."`
}

func (a *API) escalate(ctx context.Context, by actor.Actor, in *struct {
	Keyed
	Body *struct {
		To     *escalation.Target `json:"to,omitempty" doc:"Whom to page: exactly one of person, roster, team, level. The clock's next step when left out."`
		Reason string             `json:"reason,omitempty"`
	}
}) (Escalated, error) {
	var to *escalation.Target
	reason := ""
	if in.Body != nil {
		to, reason = in.Body.To, in.Body.Reason
	}
	e, err := a.Incidents.Escalate(ctx, by, in.Key, to, reason)
	if err != nil {
		return Escalated{}, err
	}
	out := Escalated{Incident: a.show(e.Incident), Paged: append([]string{}, e.Paged()...), Skipped: []string{}}
	for _, step := range e.Steps {
		if len(step.People) == 0 {
			out.Skipped = append(out.Skipped, step.Targets+": "+step.Reason)
		}
	}
	return out, nil
}

func (a *API) stopClock(ctx context.Context, by actor.Actor, in *struct {
	Keyed
	Body struct {
		Clock  string `json:"clock" enum:"response,resolution"`
		Reason string `json:"reason" doc:"Why nobody needs to be paged."`
	}
}) (incident.Incident, error) {
	return a.Incidents.StopClock(ctx, by, in.Key, escalation.Clock(in.Body.Clock), in.Body.Reason)
}

func (a *API) snooze(ctx context.Context, by actor.Actor, in *struct {
	Keyed
	Body struct {
		Until  time.Time `json:"until,omitzero" doc:"Until when, at most a week ahead."`
		For    string    `json:"for,omitempty" example:"30m" doc:"How long, instead of until."`
		Reason string    `json:"reason"`
	}
}) (incident.Incident, error) {
	until := in.Body.Until
	if in.Body.For != "" {
		span, err := time.ParseDuration(in.Body.For)
		var c errs.Check
		c.Require(err == nil && span > 0, "for", "must be a time such as 30m or 2h, not %q", in.Body.For)
		c.Require(until.IsZero(), "for", "and until say the same: give one of them")
		if err := c.Err("the snooze"); err != nil {
			return incident.Incident{}, err
		}
		until = a.Clock.Now().Add(span)
	}
	return a.Incidents.Snooze(ctx, by, in.Key, until, in.Body.Reason)
}

func (a *API) incidentChanges() {
	add(a, post("/incidents/{key}/assign", people.IncidentWork, "Give an incident to somebody; an empty login takes it back"),
		on(a, func(ctx context.Context, by actor.Actor, in *struct {
			Keyed
			Body struct {
				Login string `json:"login"`
			}
		}) (incident.Incident, error) {
			return a.Incidents.Assign(ctx, by, in.Key, in.Body.Login)
		}))
	add(a, post("/incidents/{key}/role", people.IncidentWork, "Give a role in an incident to somebody; an empty login takes it back"),
		on(a, func(ctx context.Context, by actor.Actor, in *struct {
			Keyed
			Body struct {
				Role  string `json:"role" enum:"coordinator,comms,scribe"`
				Login string `json:"login"`
			}
		}) (incident.Incident, error) {
			return a.Incidents.SetRole(ctx, by, in.Key, incident.Role(in.Body.Role), in.Body.Login)
		}))
	add(a, post("/incidents/{key}/severity", people.IncidentWork, "Change the severity"),
		on(a, func(ctx context.Context, by actor.Actor, in *struct {
			Keyed
			Body struct {
				Severity int    `json:"severity" doc:"1 (worst) to 4."`
				Reason   string `json:"reason,omitempty"`
			}
		}) (incident.Incident, error) {
			return a.Incidents.SetSeverity(ctx, by, in.Key, in.Body.Severity, in.Body.Reason)
		}))
	add(a, post("/incidents/{key}/rename", people.IncidentWork, "Change title and description"),
		on(a, func(ctx context.Context, by actor.Actor, in *struct {
			Keyed
			Body struct {
				Title       string `json:"title"`
				Description string `json:"description,omitempty"`
			}
		}) (incident.Incident, error) {
			return a.Incidents.Rename(ctx, by, in.Key, in.Body.Title, in.Body.Description)
		}))
	a.incidentLinks()
}

func (a *API) incidentLinks() {
	add(a, post("/incidents/{key}/link", people.IncidentWork, "Link an incident with another one; each shows the other"),
		on(a, func(ctx context.Context, by actor.Actor, in *struct {
			Keyed
			Body struct {
				Other string `json:"other" doc:"Key of the other incident."`
			}
		}) (incident.Incident, error) {
			return a.Incidents.Link(ctx, by, in.Key, in.Body.Other)
		}))
	add(a, post("/incidents/{key}/merge", people.IncidentRestore, "Close an incident and let its alerts go on in another one"),
		on(a, func(ctx context.Context, by actor.Actor, in *struct {
			Keyed
			Body struct {
				Into string `json:"into" doc:"Key of the incident that goes on."`
			}
		}) (incident.Incident, error) {
			return a.Incidents.Merge(ctx, by, in.Key, in.Body.Into)
		}))
}

// Outcome is what became of one incident of several.
type Outcome struct {
	Key      string        `json:"key"`
	Incident *Incident     `json:"incident" doc:"As it is now; null when it was refused."`
	Problem  *edge.Problem `json:"problem" doc:"Why it was refused; null when it was not."`
}

// Several names several incidents.
type Several struct {
	Body struct {
		Keys   []string `json:"keys" minItems:"1" maxItems:"200" nullable:"false" doc:"Keys of the incidents."`
		Reason string   `json:"reason,omitempty"`
	}
}

func (a *API) incidentBulk() {
	add(a, post("/incidents/bulk/acknowledge", people.IncidentAcknowledge, "Acknowledge several incidents; each has an outcome of its own"),
		a.several(func(ctx context.Context, by actor.Actor, key, _ string) (incident.Incident, error) {
			return a.Incidents.Acknowledge(ctx, by, key)
		}))
	add(a, post("/incidents/bulk/restore", people.IncidentRestore, "Restore several incidents; each has an outcome of its own"),
		a.several(a.Incidents.Restore))
}

func (a *API) several(do func(ctx context.Context, by actor.Actor, key, reason string) (incident.Incident, error)) func(context.Context, actor.Actor, *Several) (page.List[Outcome], error) {
	return func(ctx context.Context, by actor.Actor, in *Several) (page.List[Outcome], error) {
		return whole(in.Body.Keys, func(key string) Outcome {
			i, err := do(ctx, by, key, in.Body.Reason)
			if err != nil {
				p := edge.ProblemOf(err)
				return Outcome{Key: key, Problem: &p}
			}
			v := a.show(i)
			return Outcome{Key: v.Key, Incident: &v}
		}), nil
	}
}
