package saved

import (
	"fmt"
	"log/slog"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/notify"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/search"
	"mainstay/internal/engine/db"
)

// Config is what a Service needs.
type Config struct {
	DB *db.DB
	// Search answers, within what its asker may see.
	Search *search.Service
	Notify *notify.Service
	// BaseURL is where people reach the desk, without a slash at the end.
	BaseURL string
	Log     *slog.Logger
}

// Service keeps searches and dashboards, and makes reports.
type Service struct {
	Config
	Searches   *Shelf[SearchSpec]
	Dashboards *Shelf[DashboardSpec]
}

// New returns the room's service.
func New(c Config) *Service {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{Config: c}
	s.Searches = &Shelf[SearchSpec]{db: c.DB, kind: searchKind, word: "saved search", check: readers, changed: schedule}
	s.Dashboards = &Shelf[DashboardSpec]{db: c.DB, kind: dashboardKind, word: "dashboard", check: s.shows}
	return s
}

// readers refuses to mail to those who are not there, and to clients, who see no log lines.
func readers(tx *db.Tx, _ actor.Actor, c *errs.Check, s SearchSpec) error {
	if s.Report == nil {
		return nil
	}
	for i, login := range s.Report.To {
		u, err := people.UserByLogin(tx, login)
		if err != nil && !errs.Is(err, errs.NotFound) {
			return err
		}
		at := fmt.Sprintf("report.to[%d]", i)
		c.Require(err == nil, at, "names %q, who does not exist", login)
		c.Require(u.Role != actor.Client, at, "names %q, a client: clients see no log lines", login)
	}
	for i, name := range s.Report.Teams {
		_, err := people.TeamByName(tx, name)
		if err != nil && !errs.Is(err, errs.NotFound) {
			return err
		}
		c.Require(err == nil, fmt.Sprintf("report.teams[%d]", i), "names %q, which does not exist", name)
	}
	return nil
}

// shows refuses panels of searches that are not there for everybody who sees the dashboard.
func (s *Service) shows(tx *db.Tx, by actor.Actor, c *errs.Check, d DashboardSpec) error {
	for i, p := range d.Panels {
		if p.Search == "" {
			continue
		}
		at := fmt.Sprintf("panels[%d].search", i)
		it, err := s.Searches.seen(tx, by, p.Search)
		switch {
		case errs.Is(err, errs.NotFound):
			c.Add(at, "names %q, which does not exist", p.Search)
		case err != nil:
			return err
		default:
			c.Require(!it.Private || d.Private, at, "names %q, which is private: share it first", p.Search)
		}
	}
	return nil
}

// ApplySearchIn makes a shared search be as configured.
func (s *Service) ApplySearchIn(tx *db.Tx, by actor.Actor, name string, spec SearchSpec) (changed bool, err error) {
	return s.Searches.ApplyIn(tx, by, name, spec)
}

// ExportSearchesIn returns the shared searches, by name.
func (s *Service) ExportSearchesIn(tx *db.Tx, by actor.Actor) ([]Named[SearchSpec], error) {
	return s.Searches.ExportIn(tx, by)
}

// ApplyDashboardIn makes a shared dashboard be as configured.
func (s *Service) ApplyDashboardIn(tx *db.Tx, by actor.Actor, name string, spec DashboardSpec) (changed bool, err error) {
	return s.Dashboards.ApplyIn(tx, by, name, spec)
}

// ExportDashboardsIn returns the shared dashboards, by name.
func (s *Service) ExportDashboardsIn(tx *db.Tx, by actor.Actor) ([]Named[DashboardSpec], error) {
	return s.Dashboards.ExportIn(tx, by)
}
