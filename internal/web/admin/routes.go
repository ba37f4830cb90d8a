// Package admin is the pages about the desk itself: whether it keeps its promises, its
// configuration as code, what could not be delivered, and every token.
package admin

import (
	"context"
	"io"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/config"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/notify"
	"mainstay/internal/domain/oncall"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/web/action"
)

// Config is what the pages need.
type Config struct {
	Configuration *config.Service
	People        *people.Service
	Contacts      *notify.Service
	Rosters       *oncall.Service
	Alerts        *alert.Service
	Clock         clock.Clock
	// BaseURL is where people reach the desk, without a slash at the end, for examples.
	BaseURL string
	System  System
}

// System is what the server knows about itself.
type System struct {
	Version  string
	Database string // "SQLite", "PostgreSQL"
	Started  time.Time
	// Workers is how the background work goes.
	Workers func() []Worker
	// Findings are the broken promises that the auditor has found, and when it last looked;
	// zero before the first time.
	Findings func() ([]Finding, time.Time)
	// Queues is what waits: timers and messages.
	Queues func(context.Context) (Queues, error)
	// Head is the last seal of the ledger, zero before the first.
	Head func(context.Context) (ledger.Seal, error)
	// Verify checks the whole ledger.
	Verify func(context.Context) (*ledger.Report, error)
	// Backup writes a backup, with the key file or without; nil where the database has its
	// own tools for it.
	Backup func(ctx context.Context, by actor.Actor, w io.Writer, withKey bool) error
}

// Worker is one kind of background work.
type Worker struct {
	Name   string
	LastOK time.Time
	Err    string // of the last step, empty when it went well
}

// Finding is one broken promise.
type Finding struct {
	Invariant     int // its number in ARCHITECTURE.md; 0 for the machinery
	Subject, Text string
	Late          bool // work is behind, nothing is lost
}

// Queues is what waits to be done.
type Queues struct {
	Messages        int64         // waiting or being sent
	MessagesOverdue time.Duration // of the one that has waited longest past its time
	Failed          int64         // that nobody could deliver, in the last day
	Timers          int64         // to come
	TimersLate      int64
	TimersOverdue   time.Duration // of the latest one
}

type pages struct{ Config }

// Routes are the pages of administration.
func Routes(c Config) []action.Route {
	p := pages{c}
	return []action.Route{
		action.Get("/admin", people.SystemRead, p.overview),
		action.Post("/admin/verify", people.SystemRead, p.verify),
		action.Post("/admin/backup", people.SystemWrite, p.backup),
		action.Get("/admin/messages", people.SystemRead, p.messages),
		action.Get("/admin/tokens", people.SystemRead, p.tokens),
		action.Post("/admin/tokens/{token}/revoke", people.TokenWrite, p.revokeToken),
		action.Get("/admin/configuration", people.ConfigExport, p.configuration),
		action.Get("/admin/configuration/export", people.ConfigExport, p.export),
		action.Post("/admin/configuration/plan", people.ConfigApply, p.plan),
		action.Post("/admin/configuration/apply", people.ConfigApply, p.apply),
	}
}
