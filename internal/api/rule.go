package api

import (
	"context"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/rule"
)

func (a *API) rules() {
	configure(a, noun[rule.Spec]{
		path: "rules", one: "a log rule", read: people.RuleRead, write: people.RuleWrite,
		list: func(ctx context.Context, by actor.Actor, s search) (page.List[document[rule.Spec]], error) {
			list, err := a.Rules.List(ctx, by, s.Request)
			return each(list, func(r rule.Status) document[rule.Spec] { return document[rule.Spec]{r.Name, r.Spec} }), err
		},
		get: func(ctx context.Context, by actor.Actor, name string) (rule.Spec, error) {
			r, err := a.Rules.Get(ctx, by, name)
			return r.Spec, err
		},
		put: func(ctx context.Context, by actor.Actor, name string, spec rule.Spec) error {
			_, err := a.Rules.Put(ctx, by, rule.In{Name: name, Spec: spec})
			return err
		},
		remove: func(ctx context.Context, by actor.Actor, name string) error { return a.Rules.Delete(ctx, by, name) },
	})
	add(a, get("/rule-status", people.RuleRead, "List how it stands with log rules, by name"), a.listRuleStatus)
	add(a, post("/rules/preview", people.RuleWrite, "Work out when a log rule would have fired over stored lines; nothing is stored"), a.previewRule)
}

// RuleStatus is how it stands with a log rule.
type RuleStatus struct {
	Name     string     `json:"name"`
	Title    string     `json:"title"`
	State    string     `json:"state" enum:"watching,firing,disabled,broken,blind"`
	Why      string     `json:"why" doc:"What is wrong with a rule that is broken or blind; empty for others."`
	Severity int        `json:"severity"`
	Service  *string    `json:"service"`
	Active   int64      `json:"active" doc:"Groups that fire."`
	Groups   int64      `json:"groups" doc:"Groups that are followed."`
	Dropped  int64      `json:"dropped" doc:"Groups that were given up for room."`
	Fired    *time.Time `json:"fired" doc:"When it last fired."`
	Today    int64      `json:"today" doc:"Lines that matched on the present UTC day."`
	Firings  int64      `json:"firings" doc:"How often it fired on the present UTC day."`
	Skipped  int64      `json:"skipped" doc:"Lines that it could not judge, and alerts that could not be stored."`
	Trouble  string     `json:"trouble" doc:"What the last of them did; empty for none."`
}

func (a *API) listRuleStatus(ctx context.Context, by actor.Actor, in *Paging) (page.List[RuleStatus], error) {
	list, err := a.Rules.List(ctx, by, in.request())
	return each(list, func(r rule.Status) RuleStatus {
		return RuleStatus{Name: r.Name, Title: r.Title(), State: string(r.State), Why: r.Why, Severity: r.Severity(), Service: text(r.Spec.Service),
			Active: r.Active, Groups: r.Groups, Dropped: r.Dropped, Fired: instant(r.Fired), Today: r.Today, Firings: r.Firings,
			Skipped: r.Skipped, Trouble: r.Trouble}
	}), err
}

// RulePreview is how a log rule would have fired.
type RulePreview struct {
	From    time.Time    `json:"from"`
	To      time.Time    `json:"to"`
	Matches int64        `json:"matches" doc:"Lines that match."`
	Looked  int          `json:"looked" doc:"How many of them, the latest, were looked at."`
	Fired   int          `json:"fired" doc:"How often it would have fired."`
	Groups  int          `json:"groups" doc:"Groups that would have fired."`
	Firings []RuleFiring `json:"firings" doc:"The first 200 of them, the earliest first."`
	Bars    []RuleBar    `json:"bars" doc:"The range in 60 parts."`
	Note    string       `json:"note" doc:"What cannot be told; empty mostly."`
}

// RuleFiring is a firing that would have been.
type RuleFiring struct {
	At      time.Time  `json:"at"`
	Until   *time.Time `json:"until" doc:"When it would have been resolved; null when it would still fire at the end."`
	Group   []string   `json:"group" doc:"Values of the fields of group_by."`
	Service *string    `json:"service"`
	Count   int64      `json:"count" doc:"Lines that belong to it."`
	Why     string     `json:"why"`
	Line    string     `json:"line" doc:"The line that fired."`
}

// RuleBar is a part of the range of a preview.
type RuleBar struct {
	At      time.Time `json:"at"`
	Matches int64     `json:"matches"`
	Fired   int       `json:"fired"`
}

func (a *API) previewRule(ctx context.Context, by actor.Actor, in *struct {
	Body struct {
		Rule rule.Spec  `json:"rule"`
		From *time.Time `json:"from,omitempty" doc:"A day before the end when left out."`
		To   *time.Time `json:"to,omitempty" doc:"Now when left out."`
	}
}) (RulePreview, error) {
	from, to := rule.Range(a.Rules.Clock.Now(), given(in.Body.From), given(in.Body.To))
	p, err := a.Rules.Preview(ctx, by, in.Body.Rule, from, to)
	out := RulePreview{From: p.From, To: p.To, Matches: p.Matches, Looked: p.Looked, Fired: p.Fired, Groups: p.Groups, Note: p.Note,
		Firings: make([]RuleFiring, len(p.Firings)), Bars: make([]RuleBar, len(p.Bars))}
	for i, f := range p.Firings {
		out.Firings[i] = RuleFiring{At: f.At, Until: instant(f.Until), Group: orEmpty(f.Group), Service: text(f.Service), Count: f.Count, Why: f.Why, Line: f.Line}
	}
	for i, b := range p.Bars {
		out.Bars[i] = RuleBar(b)
	}
	return out, err
}

// given is an instant that may have been left out.
func given(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
