package api

import (
	"context"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/metricrule"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/rule"
)

func (a *API) metricRules() {
	configure(a, noun[metricrule.Spec]{
		path: "metric-rules", one: "a group of metric rules", read: people.RuleRead, write: people.RuleWrite,
		list: func(ctx context.Context, by actor.Actor, s search) (page.List[document[metricrule.Spec]], error) {
			list, err := a.MetricRules.ListOf(ctx, by, metricrule.Rules, s.Request)
			return each(list, func(r metricrule.Status) document[metricrule.Spec] { return document[metricrule.Spec]{r.Name, r.Spec} }), err
		},
		get: func(ctx context.Context, by actor.Actor, name string) (metricrule.Spec, error) {
			r, err := a.MetricRules.GetOf(ctx, by, metricrule.Rules, name)
			return r.Spec, err
		},
		put: func(ctx context.Context, by actor.Actor, name string, spec metricrule.Spec) error {
			_, err := a.MetricRules.Put(ctx, by, metricrule.In{Name: name, Spec: spec})
			return err
		},
		remove: func(ctx context.Context, by actor.Actor, name string) error {
			return a.MetricRules.Delete(ctx, by, name)
		},
	})
	configure(a, noun[metricrule.AnomalySpec]{
		path: "anomaly-rules", one: "an anomaly rule", read: people.RuleRead, write: people.RuleWrite,
		list: func(ctx context.Context, by actor.Actor, s search) (page.List[document[metricrule.AnomalySpec]], error) {
			list, err := a.MetricRules.ListOf(ctx, by, metricrule.Anomaly, s.Request)
			return each(list, func(r metricrule.Status) document[metricrule.AnomalySpec] {
				return document[metricrule.AnomalySpec]{r.Name, r.Anomaly}
			}), err
		},
		get: func(ctx context.Context, by actor.Actor, name string) (metricrule.AnomalySpec, error) {
			r, err := a.MetricRules.GetOf(ctx, by, metricrule.Anomaly, name)
			return r.Anomaly, err
		},
		put: func(ctx context.Context, by actor.Actor, name string, spec metricrule.AnomalySpec) error {
			return a.MetricRules.PutAnomaly(ctx, by, name, spec)
		},
		remove: func(ctx context.Context, by actor.Actor, name string) error {
			return a.MetricRules.Delete(ctx, by, name)
		},
	})
	add(a, get("/metric-rule-status", people.RuleRead, "List how it stands with metric rules and anomaly rules, by name"), a.listMetricRuleStatus)
	add(a, post("/metric-rules/preview", people.RuleWrite, "Work out when metric rules would have fired over stored series; nothing is stored"), a.previewMetricRules)
	add(a, post("/anomaly-rules/preview", people.RuleWrite, "Work out when an anomaly rule would have fired over stored series; nothing is stored"), a.previewAnomalyRule)
	act(a, post("/metric-rules/{name}/test", people.RuleWrite, "Put metric rules or an anomaly rule into test mode, or out of it"), a.testMetricRules)
}

// MetricRuleStatus is how it stands with a group of rules or an anomaly rule.
type MetricRuleStatus struct {
	Name      string          `json:"name"`
	Kind      string          `json:"kind" enum:"rules,anomaly"`
	Title     string          `json:"title"`
	State     string          `json:"state" enum:"failing,unknown,firing,would,pending,watching,disabled"`
	Why       string          `json:"why" doc:"What is wrong when it is failing or unknown; empty for others."`
	Test      bool            `json:"test"`
	Evaluated *time.Time      `json:"evaluated" doc:"When it was last evaluated."`
	Seconds   float64         `json:"seconds" doc:"How long that took."`
	Fired     int64           `json:"fired" doc:"Alerts raised on the present UTC day."`
	Would     int64           `json:"would" doc:"What would have been raised on that day, in test mode."`
	Rules     []MetricRuleOne `json:"rules"`
}

// MetricRuleOne is one rule of a group.
type MetricRuleOne struct {
	Name   string            `json:"name" doc:"Of its alerts, or of the series that it records."`
	Record bool              `json:"record"`
	Expr   string            `json:"expr"`
	Health string            `json:"health" enum:"ok,err,unknown"`
	Error  string            `json:"error"`
	Note   string            `json:"note" doc:"What else is to say of the last evaluation; empty mostly."`
	Alerts []MetricRuleAlert `json:"alerts" doc:"Those that are pending or firing."`
}

// MetricRuleAlert is an alert that is pending or firing.
type MetricRuleAlert struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	State       string            `json:"state" enum:"pending,firing"`
	Raised      bool              `json:"raised" doc:"Whether there is an alert of it at the desk: not in test mode, nor outside of active hours."`
	Value       string            `json:"value"`
	Active      time.Time         `json:"active" doc:"Since when its expression gives it."`
	Fired       *time.Time        `json:"fired"`
}

func (a *API) listMetricRuleStatus(ctx context.Context, by actor.Actor, in *Paging) (page.List[MetricRuleStatus], error) {
	list, err := a.MetricRules.List(ctx, by, in.request())
	return each(list, func(s metricrule.Status) MetricRuleStatus {
		out := MetricRuleStatus{Name: s.Name, Kind: string(s.Kind), Title: s.Title(), State: string(s.State), Why: s.Why, Test: s.Test(),
			Evaluated: instant(s.Evaluated), Seconds: s.Took.Seconds(), Fired: s.Fired, Would: s.Would, Rules: make([]MetricRuleOne, len(s.Rules))}
		for i, r := range s.Rules {
			out.Rules[i] = metricRuleOne(r)
		}
		return out
	}), err
}

func metricRuleOne(r metricrule.RuleStatus) MetricRuleOne {
	out := MetricRuleOne{Name: r.Alert + r.Record, Record: r.Record != "", Expr: r.Expr, Health: r.Health, Error: r.Error, Note: r.Note,
		Alerts: make([]MetricRuleAlert, len(r.Alerts))}
	for i, al := range r.Alerts {
		out.Alerts[i] = MetricRuleAlert{Labels: orNothing(al.Labels), Annotations: orNothing(al.Annotations), State: stateOf(al), Raised: al.Raised, Value: al.Value,
			Active: al.Active, Fired: instant(al.Fired)}
	}
	return out
}

func stateOf(a metricrule.Active) string {
	if a.Firing {
		return "firing"
	}
	return "pending"
}

func orNothing(pairs map[string]string) map[string]string {
	if pairs == nil {
		return map[string]string{}
	}
	return pairs
}

// MetricRulePreview is how rules would have fired.
type MetricRulePreview struct {
	From    time.Time          `json:"from"`
	To      time.Time          `json:"to"`
	Fired   int                `json:"fired" doc:"How often an alert would have fired."`
	Firings []MetricRuleFiring `json:"firings" doc:"The first 500 of them, the earliest first."`
	Note    string             `json:"note" doc:"What cannot be told; empty mostly."`
}

// MetricRuleFiring is a stretch of time in which an alert would have fired.
type MetricRuleFiring struct {
	Name        string            `json:"name"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	Active      time.Time         `json:"active" doc:"Since when its expression gave it."`
	Start       time.Time         `json:"start"`
	End         *time.Time        `json:"end" doc:"Null when it would still fire at the end."`
}

// previewIn is over what rules are tried.
type previewIn struct {
	From *time.Time `json:"from,omitempty" doc:"A day before the end when left out."`
	To   *time.Time `json:"to,omitempty" doc:"Now when left out."`
}

func (a *API) previewRange(in previewIn) (from, to time.Time) {
	return rule.Range(a.MetricRules.Clock.Now(), given(in.From), given(in.To))
}

func (a *API) previewMetricRules(ctx context.Context, by actor.Actor, in *struct {
	Body struct {
		previewIn
		Rules metricrule.Spec `json:"rules"`
	}
}) (MetricRulePreview, error) {
	from, to := a.previewRange(in.Body.previewIn)
	return firingsOf(a.MetricRules.Preview(ctx, by, in.Body.Rules, from, to))
}

func (a *API) previewAnomalyRule(ctx context.Context, by actor.Actor, in *struct {
	Body struct {
		previewIn
		Rule metricrule.AnomalySpec `json:"rule"`
	}
}) (MetricRulePreview, error) {
	from, to := a.previewRange(in.Body.previewIn)
	return firingsOf(a.MetricRules.PreviewAnomaly(ctx, by, in.Body.Rule, from, to))
}

func firingsOf(p metricrule.Preview, err error) (MetricRulePreview, error) {
	out := MetricRulePreview{From: p.From, To: p.To, Fired: p.Fired, Note: p.Note, Firings: make([]MetricRuleFiring, len(p.Spans))}
	for i, s := range p.Spans {
		out.Firings[i] = MetricRuleFiring{Name: s.Name, Labels: orNothing(s.Labels), Annotations: orNothing(s.Annotations), Active: s.Active, Start: s.Start, End: instant(s.End)}
	}
	return out, err
}

func (a *API) testMetricRules(ctx context.Context, by actor.Actor, in *struct {
	Name string `path:"name"`
	Body struct {
		Test *bool `json:"test,omitempty" doc:"False ends test mode; true when left out."`
	}
}) error {
	return a.MetricRules.SetTest(ctx, by, in.Name, in.Body.Test == nil || *in.Body.Test)
}
