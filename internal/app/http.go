package app

import (
	"context"
	"encoding/json"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus/collectors"

	"mainstay/internal/api"
	"mainstay/internal/base/errs"
	"mainstay/internal/edge"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/ingest/alertmanager"
	"mainstay/internal/web"
	"mainstay/internal/web/action"
	"mainstay/internal/web/apidoc"
	webincident "mainstay/internal/web/incident"
	webmaintenance "mainstay/internal/web/maintenance"
	websaved "mainstay/internal/web/saved"
	"mainstay/internal/web/ui"
)

// wireHTTP builds everything that the server answers.
func (a *App) wireHTTP() error {
	proxies, err := a.trustedProxies()
	if err != nil {
		return err
	}
	a.site = web.New(a.webConfig())
	e, err := edge.New(edge.Config{
		People: a.Rooms.People, Key: a.Rooms.Catalogue.AuthenticateKey, TrustedProxies: proxies,
		Origins: a.origins(), Headers: ui.Headers, BodyLimit: a.bodyLimit, Fail: a.site.Fail, Log: a.Log,
	})
	if err != nil {
		return err
	}
	a.live = edge.NewLive(edge.LiveConfig{Feed: a.Feed, Clock: a.Clock, Log: a.Log})
	a.Metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))

	a.logMetrics()
	a.Metrics.MustRegister(newSeriesFigures(a.Series), a.Series.Figures()) // our own, and those of the library
	a.syslogMetrics()

	a.api = api.New(a.apiConfig())
	a.alertsIn = alertmanager.New(alertmanager.Config{
		Alerts: a.Rooms.Alerts, Key: a.Rooms.Catalogue.AuthenticateKey,
		Started: a.Clock.Now(), Version: a.Version, Log: a.Log,
	})
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", a.healthz)
	mux.HandleFunc("GET /health", a.healthz) // the name by which clients of the query API know it
	mux.HandleFunc("GET /readyz", a.readyz)
	mux.Handle("GET /metrics", a.metrics(e))
	mux.Handle("GET /static/", ui.Static())
	mux.Handle("GET /live", e.Authenticate(a.live))
	a.mountLogs(mux, e)
	a.mountMetricRules(mux, e)
	a.mountHosts(mux, e)
	a.mountChecks(mux, e)
	mux.Handle("/api/v2/", e.Authenticate(a.alertsIn))
	mux.Handle("/api/", e.Authenticate(a.api))
	mux.Handle("GET /api/docs", e.Authenticate(a.site))
	for pattern, h := range a.Mount {
		mux.Handle(pattern, h)
	}
	mux.Handle("/", e.Otherwise(mux, e.Authenticate(a.site)))
	a.mux, a.handler = mux, e.Handler(mux)
	return nil
}

// Pages are all that the site answers, each with what it needs: for tests that visit them all.
func (a *App) Pages() []action.Route { return a.site.Routes() }

func (a *App) apiConfig() api.Config {
	r := a.Rooms
	return api.Config{
		People: r.People, Calendars: r.Calendars, Catalogue: r.Catalogue, Customers: r.Customers, Maintenance: r.Maintenance, Notify: r.Notify,
		Rosters: r.Rosters, FollowUps: r.FollowUps, Alerts: r.Alerts, Escalation: r.Escalation, Incidents: r.Incidents,
		Hosts: r.Hosts, Drawings: r.Drawings, Health: r.Health,
		Patterns: r.Patterns, Sources: r.Sources, Rules: r.Rules, MetricRules: r.MetricRules, Checks: r.Checks, Saved: r.Saved, Logs: a.logStatus,
		Series:        a.seriesState(),
		Keeping:       api.Keeping{State: a.logKeeping, Run: a.ArchiveLogs, Verify: a.VerifyLogs, Restore: a.RestoreLogs},
		Configuration: r.Config, Tell: webincident.Sentence,
		Verify: func(ctx context.Context, kept ...ledger.Kept) (*ledger.Report, error) {
			return ledger.Verify(ctx, a.DB, kept...)
		},
		Findings: a.findings, Backup: a.Backup,
		BaseURL: a.BaseURL, Version: a.Version, Clock: a.Clock, Log: a.Log,
	}
}

func (a *App) webConfig() web.Config {
	r := a.Rooms
	return web.Config{
		People: r.People, Calendars: r.Calendars, Catalogue: r.Catalogue, Customers: r.Customers, Notify: r.Notify,
		Rosters: r.Rosters, FollowUps: r.FollowUps, Alerts: r.Alerts, Escalation: r.Escalation, Incidents: r.Incidents,
		Hosts: r.Hosts, Drawings: r.Drawings, Health: r.Health,
		Search: r.Search, Patterns: r.Patterns, Saved: r.Saved, Rules: r.Rules, Sources: r.Sources,
		Clock: a.Clock, Position: a.Feed.Position, BaseURL: a.BaseURL, DemoURL: a.DemoURL, Log: a.Log,
		Name: a.SiteName, Zone: a.Zone, Held: a.HoldMessages,
		More: slices.Concat(webmaintenance.Routes(webmaintenance.Config{Maintenance: r.Maintenance, Catalogue: r.Catalogue, Clock: a.Clock}), a.adminRoutes(), a.sourceRoutes(), a.keepingRoutes(), a.ruleRoutes(), a.metricRuleRoutes(), a.checkRoutes(), websaved.Routes(websaved.Config{Saved: r.Saved, Clock: r.Search.Clock}), apidoc.Routes(apidoc.Config{Document: func() ([]byte, error) { return a.api.Document() }, BaseURL: a.BaseURL})),
	}
}

// findings hands the auditor's findings to the API, which does not know the auditor.
func (a *App) findings() ([]api.Finding, time.Time) {
	found, at := a.status(context.Background())
	out := make([]api.Finding, len(found))
	for i, f := range found {
		out[i] = api.Finding(f)
	}
	return out, at
}

func (a *App) trustedProxies() ([]netip.Prefix, error) {
	var c errs.Check
	var out []netip.Prefix
	for _, text := range a.TrustedProxies {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			c.Add("trusted_proxies", "has %q, which is no network such as 10.0.0.0/8", text)
			continue
		}
		out = append(out, p)
	}
	return out, c.Err("the configuration")
}

// origins are the addresses from which a browser may post forms besides the one that it
// reached us by: a proxy in front may have another.
func (a *App) origins() []string {
	scheme, rest, _ := strings.Cut(a.BaseURL, "://")
	host, _, _ := strings.Cut(rest, "/")
	return []string{scheme + "://" + host}
}

// healthz says that the process answers.
func (a *App) healthz(w http.ResponseWriter, _ *http.Request) {
	writeStatus(w, http.StatusOK, "ok", nil)
}

// behind is how long a worker may be without a good step before the server is not ready.
const behind = 30 * time.Second

// readyz says whether the server can do its work: the database answers and every worker
// has lately done its own.
func (a *App) readyz(w http.ResponseWriter, r *http.Request) {
	var problems []string
	if err := a.DB.View(r.Context(), func(*db.Tx) error { return nil }); err != nil {
		problems = append(problems, "the database does not answer")
	}
	for _, wk := range a.workers {
		if last, err := wk.Health(); err != nil && a.Clock.Now().Sub(last) > behind {
			problems = append(problems, "the "+wk.Name+" worker fails")
		}
	}
	if len(problems) > 0 {
		writeStatus(w, http.StatusServiceUnavailable, "not ready", problems)
		return
	}
	writeStatus(w, http.StatusOK, "ready", nil)
}

func writeStatus(w http.ResponseWriter, code int, status string, problems []string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	// An answer that cannot be written has lost its reader.
	_ = json.NewEncoder(w).Encode(struct {
		Status   string   `json:"status"`
		Problems []string `json:"problems,omitempty"`
	}{status, problems})
}
