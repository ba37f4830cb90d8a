package api

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"mainstay/internal/base/page"
	"mainstay/internal/domain/metricrule"
	"mainstay/internal/edge"
)

// PrometheusRules answers /prometheus/api/v1/rules and /alerts as Prometheus does, of the rules of the desk.
type PrometheusRules struct {
	Rules *metricrule.Service
	Log   *slog.Logger
}

// The two endpoints.
const (
	RulesPath  = SeriesPath + "rules"
	AlertsPath = SeriesPath + "alerts"
)

// promGroup, promRule and promAlert are shaped as Prometheus shapes them.
type promGroup struct {
	Name           string     `json:"name"`
	File           string     `json:"file"`
	Rules          []promRule `json:"rules"`
	Interval       float64    `json:"interval"`
	Limit          int        `json:"limit"`
	EvaluationTime float64    `json:"evaluationTime"`
	LastEvaluation time.Time  `json:"lastEvaluation"`
}

type promRule struct {
	State          string            `json:"state,omitempty"`
	Name           string            `json:"name"`
	Query          string            `json:"query"`
	Duration       *float64          `json:"duration,omitempty"`
	KeepFiringFor  *float64          `json:"keepFiringFor,omitempty"`
	Labels         map[string]string `json:"labels"`
	Annotations    map[string]string `json:"annotations,omitempty"`
	Alerts         *[]promAlert      `json:"alerts,omitempty"`
	Health         string            `json:"health"`
	LastError      string            `json:"lastError,omitempty"`
	EvaluationTime float64           `json:"evaluationTime"`
	LastEvaluation time.Time         `json:"lastEvaluation"`
	Type           string            `json:"type"`
}

type promAlert struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	State       string            `json:"state"`
	ActiveAt    time.Time         `json:"activeAt"`
	KeepSince   *time.Time        `json:"keepFiringSince,omitempty"`
	Value       string            `json:"value"`
}

// ServeRules answers with all groups; type=alert and type=record leave out the other kind.
func (p *PrometheusRules) ServeRules(w http.ResponseWriter, r *http.Request) {
	all, err := p.all(r)
	if err != nil {
		(&Series{Log: p.Log}).fail(w, r, err)
		return
	}
	kind := map[string]string{"alert": "alerting", "record": "recording"}[r.URL.Query().Get("type")]
	groups := []promGroup{}
	for _, s := range all {
		if g := groupOf(s, kind); len(g.Rules) > 0 {
			groups = append(groups, g)
		}
	}
	success(w, map[string][]promGroup{"groups": groups})
}

// ServeAlerts answers with all alerts that are pending or firing.
func (p *PrometheusRules) ServeAlerts(w http.ResponseWriter, r *http.Request) {
	all, err := p.all(r)
	if err != nil {
		(&Series{Log: p.Log}).fail(w, r, err)
		return
	}
	alerts := []promAlert{}
	for _, s := range all {
		for _, one := range s.Rules {
			alerts = append(alerts, promAlerts(one.Alerts)...)
		}
	}
	success(w, map[string][]promAlert{"alerts": alerts})
}

// all are the rules of the desk, page by page.
func (p *PrometheusRules) all(r *http.Request) (out []metricrule.Status, err error) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return nil, &edge.WrongMethod{Allow: []string{http.MethodGet}}
	}
	by := edge.Actor(r.Context())
	for next := ""; ; {
		list, err := p.Rules.List(r.Context(), by, page.Request{Limit: page.MaxLimit, Cursor: next})
		if err != nil {
			return nil, err
		}
		out = append(out, list.Items...)
		if list.Next == nil {
			return out, nil
		}
		next = *list.Next
	}
}

func success(w http.ResponseWriter, data any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	// An answer that cannot be written has lost its reader.
	_ = json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": data})
}

func groupOf(s metricrule.Status, kind string) promGroup {
	g := promGroup{Name: s.Title(), File: s.Name, Rules: []promRule{}, Interval: s.Every().Seconds(), Limit: s.Spec.Limit,
		EvaluationTime: s.Took.Seconds(), LastEvaluation: s.Evaluated}
	for _, r := range s.Rules {
		one := promRule{Name: r.Record + r.Alert, Query: r.Expr, Labels: orNothing(r.Labels), Health: r.Health, LastError: r.Error,
			EvaluationTime: r.Took.Seconds(), LastEvaluation: s.Evaluated, Type: "recording"}
		if r.Alert != "" {
			one.alerting(r)
		}
		if kind == "" || kind == one.Type {
			g.Rules = append(g.Rules, one)
		}
	}
	return g
}

func (one *promRule) alerting(r metricrule.RuleStatus) {
	wait, keep, alerts := r.For.Duration().Seconds(), r.KeepFiringFor.Duration().Seconds(), promAlerts(r.Alerts)
	one.Type, one.State = "alerting", "inactive"
	one.Duration, one.KeepFiringFor, one.Annotations, one.Alerts = &wait, &keep, orNothing(r.Annotations), &alerts
	for _, a := range alerts {
		if one.State != "firing" {
			one.State = a.State
		}
	}
}

func promAlerts(list []metricrule.Active) []promAlert {
	out := make([]promAlert, len(list))
	for i, a := range list {
		out[i] = promAlert{Labels: orNothing(a.Labels), Annotations: orNothing(a.Annotations), State: stateOf(a), ActiveAt: a.Active, KeepSince: instant(a.Kept), Value: a.Value}
	}
	return out
}
