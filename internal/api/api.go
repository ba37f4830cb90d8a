package api

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/config"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/check"
	"mainstay/internal/domain/customer"
	"mainstay/internal/domain/drawing"
	"mainstay/internal/domain/escalation"
	"mainstay/internal/domain/followup"
	"mainstay/internal/domain/health"
	"mainstay/internal/domain/host"
	"mainstay/internal/domain/incident"
	"mainstay/internal/domain/maintenance"
	"mainstay/internal/domain/metricrule"
	"mainstay/internal/domain/notify"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/pattern"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/rule"
	"mainstay/internal/domain/saved"
	"mainstay/internal/domain/source"
	"mainstay/internal/edge"
	"mainstay/internal/engine/ledger"
)

// Config is what an API needs. The rooms may be nil for those who only ask for its Routes.
type Config struct {
	People      *people.Service
	Calendars   *calendar.Service
	Catalogue   *catalogue.Catalogue
	Drawings    *drawing.Service
	Health      *health.Service
	Customers   *customer.Service
	Maintenance *maintenance.Service
	Notify      *notify.Service
	Rosters     *oncall.Service
	FollowUps   *followup.Service
	Alerts      *alert.Service
	Escalation  *escalation.Service
	Incidents   *incident.Service
	Hosts       *host.Service
	Patterns    *pattern.Service
	Sources     *source.Service
	Rules       *rule.Service
	MetricRules *metricrule.Service
	Checks      *check.Service
	Saved       *saved.Service
	// Configuration applies and exports documents.
	Configuration *config.Service

	// Tell puts an event on the timeline of an incident, which has the key and the record, into a
	// sentence, as its page does.
	Tell func(key string, own ledger.Record, e incident.Entry) (string, error)
	// Verify checks the whole ledger.
	Verify func(context.Context, ...ledger.Kept) (*ledger.Report, error)
	// Findings is what the auditor found, and when it last looked.
	Findings func() ([]Finding, time.Time)
	// Logs is how the way of log lines to the engine is.
	Logs func() LogStatus
	// Series tells how the store of time series is.
	Series SeriesState
	// Keeping is what becomes of old log lines.
	Keeping Keeping
	// Backup writes a backup of the running server.
	Backup func(ctx context.Context, by actor.Actor, w io.Writer, withKey bool) error

	// BaseURL is where people reach this server, without a slash at the end.
	BaseURL string
	Version string
	Clock   clock.Clock
	Log     *slog.Logger
}

// API is the handler of everything under /api/. Make it with New.
type API struct {
	Config
	huma   huma.API
	mux    *http.ServeMux
	routes []Route
	// streamed are the routes whose bodies are read by their handlers alone, as "POST /path".
	streamed map[string]bool
}

// strict is JSON as huma writes it and as we read it.
var strict = huma.Format{Marshal: huma.DefaultJSONFormat.Marshal, Unmarshal: decode}

// Root is where the API begins.
const Root = "/api/v1"

// New returns the API. It stands behind edge's Handler and Authenticate.
func New(c Config) *API {
	useOurProblems()
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	a := &API{Config: c, mux: http.NewServeMux()}
	a.huma = humago.New(a.mux, settings(c.Version))
	a.incidents()
	a.alerts()
	a.messages()
	a.oncall()
	a.catalogue()
	a.health()
	a.people()
	a.contacts()
	a.tokens()
	a.customers()
	a.maintenance()
	a.followUps()
	a.calendars()
	a.policies()
	a.sources()
	a.rules()
	a.metricRules()
	a.checks()
	a.saved()
	a.patterns()
	a.seriesStatus()
	a.keeping()
	a.hosts()
	a.configuration()
	a.system()
	return a
}

func settings(version string) huma.Config {
	schemas := huma.NewMapRegistry("#/components/schemas/", schemaName)
	schemas.RegisterTypeAlias(reflect.TypeFor[problem](), reflect.TypeFor[edge.Problem]())
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{Title: "Mainstay", Version: version,
				Description: "The desk from which a production-support team keeps a business running."},
			Components: &huma.Components{
				Schemas: schemas,
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"token":   {Type: "http", Scheme: "bearer", Description: "An API token."},
					"session": {Type: "apiKey", In: "cookie", Name: "mainstay_session", Description: "A person who is signed in."},
				},
			},
			Security: []map[string][]string{{"token": {}}, {"session": {}}},
		},
		OpenAPIPath:                  "/api/openapi",
		Formats:                      map[string]huma.Format{"application/json": strict, "json": strict},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	}
}

// Document is the OpenAPI document, as JSON.
func (a *API) Document() ([]byte, error) { return json.Marshal(a.huma.OpenAPI()) }

// ServeHTTP answers a request, in problem JSON too where there is no such route.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, pattern := a.mux.Handler(r); strings.HasPrefix(r.URL.Path, "/api/openapi") && pattern != "" {
		a.mux.ServeHTTP(w, r)
		return
	}
	if p, refused := a.admit(r); refused {
		edge.Answer(w, r, p)
		return
	}
	a.mux.ServeHTTP(w, r)
}
