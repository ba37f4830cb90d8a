package app

import (
	"context"
	"net/http"

	"github.com/prometheus/prometheus/rules"

	"mainstay/internal/api"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/worker"
	"mainstay/internal/domain/metricrule"
	"mainstay/internal/edge"
	"mainstay/internal/engine/metricstore/evaluate"
	"mainstay/internal/web/action"
	webmetricrule "mainstay/internal/web/metricrule"
)

// wireMetricRules lets rules see the series, and hear of them as they land.
func (a *App) wireMetricRules() {
	r := &a.Rooms
	query, span := rules.EngineQueryFunc(a.Series.Engine(), a.Series.Queryable()), evaluate.EngineRange(a.Series.Engine(), a.Series.Queryable())
	if a.Options.Series.Cluster.WriteURL != "" {
		query, span = evaluate.Asking(a.Series)
	}
	r.MetricRules = metricrule.New(metricrule.Config{
		DB: a.DB, Metrics: a.Series, Alerts: r.Alerts, BaseURL: a.BaseURL, Log: a.Log,
		Rules: evaluate.New(evaluate.Config{
			Query: query, Range: span, Appendable: evaluate.Into(a.Series),
			Parser: a.Series.Parser(), ExternalURL: a.BaseURL, Log: a.Log,
		}),
	})
	a.Series.Arrived(r.MetricRules.Arrived)
}

// metricRulesWorker evaluates them. Series keep the time on the wall, whatever the records do.
func (a *App) metricRulesWorker() {
	w := worker.New(worker.Config{Name: "metric rules", Step: a.Rooms.MetricRules.Step, Every: lookEvery, Clock: clock.Wall(), Log: a.Log})
	a.workers = append(a.workers, w)
	a.Rooms.MetricRules.OnDue(w.Wake)
}

// stopMetricRules lets another node take them over at once.
func (a *App) stopMetricRules(ctx context.Context) {
	if err := a.Rooms.MetricRules.Release(ctx); err != nil {
		a.Log.WarnContext(ctx, "the leases of metric rules end by themselves", "err", err)
	}
}

// metricRuleRoutes are the pages of metric rules.
func (a *App) metricRuleRoutes() []action.Route {
	return webmetricrule.Routes(webmetricrule.Config{Rules: a.Rooms.MetricRules})
}

// mountMetricRules answers what Prometheus tells of its rules and alerts.
func (a *App) mountMetricRules(mux *http.ServeMux, e *edge.Edge) {
	rules := &api.PrometheusRules{Rules: a.Rooms.MetricRules, Log: a.Log}
	mux.Handle("GET "+api.RulesPath, e.Authenticate(http.HandlerFunc(rules.ServeRules)))
	mux.Handle("GET "+api.AlertsPath, e.Authenticate(http.HandlerFunc(rules.ServeAlerts)))
}
