package web

import (
	"context"
	"log/slog"
	"net/http"

	"mainstay/internal/base/clock"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/calendar"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/customer"
	"mainstay/internal/domain/drawing"
	"mainstay/internal/domain/escalation"
	"mainstay/internal/domain/followup"
	"mainstay/internal/domain/health"
	"mainstay/internal/domain/host"
	"mainstay/internal/domain/incident"
	"mainstay/internal/domain/notify"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/pattern"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/rule"
	"mainstay/internal/domain/saved"
	"mainstay/internal/domain/search"
	"mainstay/internal/domain/source"
	"mainstay/internal/web/action"
)

// Config is what the site needs.
type Config struct {
	People     *people.Service
	Calendars  *calendar.Service
	Catalogue  *catalogue.Catalogue
	Drawings   *drawing.Service
	Health     *health.Service
	Customers  *customer.Service
	Notify     *notify.Service
	Rosters    *oncall.Service
	FollowUps  *followup.Service
	Alerts     *alert.Service
	Escalation *escalation.Service
	Incidents  *incident.Service
	Hosts      *host.Service
	Search     *search.Service
	Patterns   *pattern.Service
	Saved      *saved.Service
	Rules      *rule.Service
	Sources    *source.Service

	// Clock is the desk's, which pages show.
	Clock clock.Clock
	// Position is up to where the ledger has been told; pages are at least that new.
	Position func() int64
	// Troubles are what everybody at the desk must know at once, in sentences; nil when nobody
	// can tell.
	Troubles func(context.Context) ([]string, error)
	// Held is set where no message leaves the server.
	Held bool
	// Name of this installation, shown beside the product's; may be empty.
	Name string
	// Zone is the installation's own time zone, such as Europe/London; may be empty.
	Zone string
	// BaseURL is where people reach the desk, without a slash at the end.
	BaseURL string
	// DemoURL is the path of the demo's page, to which every page then leads; empty on a real desk.
	DemoURL string
	// More are the routes of further rooms.
	More []action.Route
	Log  *slog.Logger
}

// Site answers every page.
type Site struct {
	Config
	mux *http.ServeMux
}

// New wires the rooms.
func New(c Config) *Site {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Site{Config: c, mux: http.NewServeMux()}
	for _, route := range s.Routes() {
		s.mux.HandleFunc(route.Method+" "+route.Pattern, s.serve(route))
	}
	s.mux.HandleFunc("/", s.missing)
	return s
}

// ServeHTTP answers one request, whose sender the edge has found out.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }
