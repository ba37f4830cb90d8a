package app

import (
	"context"
	"time"

	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/outbox"
	"mainstay/internal/engine/timer"
	"mainstay/internal/web/action"
	"mainstay/internal/web/admin"
)

// adminRoutes are the pages of administration, which show what only app knows.
func (a *App) adminRoutes() []action.Route {
	r := a.Rooms
	database, backup := "SQLite", a.Backup
	if a.DB.Postgres() {
		database, backup = "PostgreSQL", nil // it has its own tools
	}
	return admin.Routes(admin.Config{
		Configuration: r.Config, People: r.People, Contacts: r.Notify, Rosters: r.Rosters, Alerts: r.Alerts,
		Clock: a.Clock, BaseURL: a.BaseURL,
		System: admin.System{
			Version: a.Version, Database: database, Started: a.Clock.Now(),
			Workers: a.workersHealth, Findings: a.adminFindings, Queues: a.queues, Head: a.lastSeal,
			Verify: func(ctx context.Context) (*ledger.Report, error) { return ledger.Verify(ctx, a.DB) },
			Backup: backup,
		},
	})
}

func (a *App) workersHealth() []admin.Worker {
	out := make([]admin.Worker, len(a.workers))
	for i, w := range a.workers {
		last, err := w.Health()
		out[i] = admin.Worker{Name: w.Name, LastOK: last}
		if err != nil {
			out[i].Err = err.Error()
		}
	}
	return out
}

func (a *App) adminFindings() ([]admin.Finding, time.Time) {
	found, at := a.status(context.Background())
	out := make([]admin.Finding, len(found))
	for i, f := range found {
		out[i] = admin.Finding(f)
	}
	return out, at
}

func (a *App) queues(ctx context.Context) (q admin.Queues, err error) {
	err = a.DB.View(ctx, func(tx *db.Tx) error {
		m, err := outbox.BacklogSince(tx, tx.Now().AddDate(0, 0, -1))
		if err != nil {
			return err
		}
		t, err := timer.BacklogNow(tx)
		q = admin.Queues{Messages: m.Waiting, MessagesOverdue: m.Overdue, Failed: m.Failed,
			Timers: t.Pending, TimersLate: t.Late, TimersOverdue: t.Overdue}
		return err
	})
	return q, err
}

func (a *App) lastSeal(ctx context.Context) (s ledger.Seal, err error) {
	err = a.DB.View(ctx, func(tx *db.Tx) error {
		s, err = ledger.LastSeal(tx)
		return err
	})
	return s, err
}
