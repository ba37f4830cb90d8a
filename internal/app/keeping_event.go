package app

import (
	"context"
	"errors"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/id"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// ArchiveAsked is the payload of log_archive.restore-asked, log_archive.check-asked and
// log_archive.run-asked: the work itself goes on in the background, as the system's own.
type ArchiveAsked struct {
	Day string `json:"day,omitempty"`
	// Hold is for how long a restored day stays, in nanoseconds.
	Hold time.Duration `json:"hold,omitempty"`
}

// ArchiveRefused is the payload of log_archive.refused.
type ArchiveRefused struct {
	Reason string `json:"reason"`
}

// RestoreLogs brings an archived day back for some time. The work goes on in the background.
func (a *App) RestoreLogs(ctx context.Context, by actor.Actor, day string, hold time.Duration) error {
	return a.askArchive(ctx, by, "log_archive.restore-asked", ArchiveAsked{day, hold}, func() error { return a.Archive.Restore(day, hold) })
}

// VerifyLogs reads an archived day back, in the background.
func (a *App) VerifyLogs(ctx context.Context, by actor.Actor, day string) error {
	return a.askArchive(ctx, by, "log_archive.check-asked", ArchiveAsked{Day: day}, func() error { return a.Archive.Verify(day) })
}

// ArchiveLogs archives now what is due, without waiting after a failure, in the background.
func (a *App) ArchiveLogs(ctx context.Context, by actor.Actor) error {
	return a.askArchive(ctx, by, "log_archive.run-asked", ArchiveAsked{}, a.Archive.Now)
}

// askArchive has the archive do what a person asks for, once the ledger knows who asked: no event, no
// work. It is no transaction around both, because the archive may look into a bucket far away.
func (a *App) askArchive(ctx context.Context, by actor.Actor, kind string, what ArchiveAsked, ask func() error) error {
	if err := people.Allow(by, people.SystemWrite, people.Target{}); err != nil {
		return err
	}
	record := ledger.Record{Kind: "log_archive", ID: id.New[string]()}
	if err := a.DB.Do(ctx, func(tx *db.Tx) error { return ledger.Begin(tx, by, record, kind, what) }); err != nil {
		return err
	}
	defer a.archiving.Wake()
	err := ask()
	if err == nil {
		return nil
	}
	// Who breaks off the request does not break off its record.
	return errors.Join(err, a.DB.Do(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		return ledger.Append(tx, by, record, "log_archive.refused", ArchiveRefused{err.Error()})
	}))
}
