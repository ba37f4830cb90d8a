package metricstore

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/prometheus/common/route"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/rules"
	v1 "github.com/prometheus/prometheus/web/api/v1"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/signal"
)

// asked answers with Prometheus' own API package.
type asked struct {
	router  *route.Router
	targets Targets // nil without scrape jobs
}

// Targets are the scrape jobs as the query API shows them.
type Targets interface {
	v1.TargetRetriever
	v1.ScrapePoolsRetriever
}

// endpoints are those of the query API that are answered, as far as the store has to do with them. The others
// delete, copy, or tell of the process.
var endpoints = []string{
	"query", "query_range", "query_exemplars", "format_query", "parse_query",
	"series", "labels", "metadata", "targets", "targets/metadata", "scrape_pools", "alertmanagers",
	"status/tsdb", "status/buildinfo",
}

// answered reports whether an endpoint is answered.
func answered(endpoint string) bool {
	if slices.Contains(endpoints, endpoint) {
		return true
	}
	name, ok := strings.CutPrefix(endpoint, "label/")
	name, values := strings.CutSuffix(name, "/values")
	return ok && values && name != "" && !strings.Contains(name, "/")
}

func newAsked(s *Store) *asked {
	a := &asked{router: route.New()}
	api := v1.NewAPI(
		s.engine, front{s}, nil, nil, front{s},
		func(context.Context) v1.ScrapePoolsRetriever { return a.shown() },
		func(context.Context) v1.TargetRetriever { return a.shown() },
		func(context.Context) v1.AlertmanagerRetriever { return noAlertmanagers{} },
		func() config.Config { return config.DefaultConfig }, nil, v1.GlobalURLOptions{},
		func(h http.HandlerFunc) http.HandlerFunc { return h },
		front{s}, "", false, false, 0, s.Log,
		func(context.Context) v1.RulesRetriever { return noRules{} },
		0, 1, 0, false, nil,
		func() (v1.RuntimeInfo, error) { return v1.RuntimeInfo{}, nil },
		&v1.PrometheusVersion{Version: imitated}, nil, nil,
		s.figures, s.figures, nil, false, nil, false, false, false, false,
		0, false, false, nil, nil, v1.OpenAPIOptions{}, s.parser)
	api.Register(a.router)
	return a
}

// imitated is the version of Prometheus whose answers these are. Grafana reads it to know what it may ask.
const imitated = "3.15.0"

// Show lets the query API show scrape jobs. Call it before Start.
func (s *Store) Show(t Targets) { s.asked.targets = t }

func (a *asked) shown() Targets {
	if a.targets == nil {
		return noTargets{}
	}
	return a.targets
}

// SelectSeries answers one question as Prometheus does. It is of signal.Metrics.
func (s *Store) SelectSeries(ctx context.Context, endpoint string, form url.Values) (signal.SeriesAnswer, error) {
	if !answered(endpoint) {
		return signal.SeriesAnswer{}, errs.NotFoundf("the query API has no endpoint %q here", endpoint)
	}
	if err := s.there(); err != nil {
		return signal.SeriesAnswer{}, err
	}
	if form == nil {
		form = url.Values{}
	}
	if s.cluster != nil && !ofScrape(endpoint) {
		return s.cluster.Select(ctx, endpoint, form)
	}
	r := (&http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/" + endpoint}, Header: http.Header{}, Form: form, PostForm: url.Values{}}).WithContext(ctx)
	w := &answer{header: http.Header{}, status: http.StatusOK}
	s.asked.router.ServeHTTP(w, r)
	return signal.SeriesAnswer{Status: w.status, Answer: signal.Answer{
		ContentType: w.header.Get("Content-Type"), Body: io.NopCloser(&w.body),
	}}, ctx.Err()
}

// ofScrape reports whether an endpoint is about the scrape jobs, which run here also when a cluster stores.
func ofScrape(endpoint string) bool {
	return strings.HasPrefix(endpoint, "targets") || endpoint == "scrape_pools" || endpoint == "alertmanagers"
}

// answer takes in what the library writes.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is the answer's.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader takes the status.
func (a *answer) WriteHeader(status int) { a.status = status }

// Write takes a piece.
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

type noAlertmanagers struct{}

// Alertmanagers are none: alerts stay here.
func (noAlertmanagers) Alertmanagers() []*url.URL { return nil }

// DroppedAlertmanagers are none.
func (noAlertmanagers) DroppedAlertmanagers() []*url.URL { return nil }

type noRules struct{}

// RuleGroups are none.
func (noRules) RuleGroups() []*rules.Group { return nil }

// AlertingRules are none.
func (noRules) AlertingRules() []*rules.AlertingRule { return nil }
