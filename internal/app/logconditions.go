package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/domain/source"
	"mainstay/internal/engine/logstore"
	"mainstay/internal/engine/logstore/archive"
)

// condition is something that may be wrong with the log store.
type condition struct {
	name, severity, summary string
	firing                  bool
	// unknown says that nothing can be told yet: what was said before holds.
	unknown bool
}

// logState is what conditions are told by.
type logState struct {
	now      time.Time
	grace    time.Duration // for which the engine may be down
	store    logstore.Status
	pressure float64
	aside    []string // folders of days that were set aside
	asideErr error    // why they cannot be listed
	asideDir string

	limited []string // sources whose daily limit keeps lines out
	counted bool     // whether limited is known

	looked    bool // at the disk
	forecast  logstore.Forecast
	archiving bool // is wanted
	archive   archive.Status
	margin    time.Duration
}

// logState looks. The engine counts as down when it has been for longer than grace.
func (a *App) logState(grace time.Duration) logState {
	s := logState{now: clock.Wall().Now(), grace: grace, store: a.Logs.Status(), pressure: a.Logs.Pressure(),
		asideDir: a.asideDir(), archiving: a.LogArchive.To != "", margin: a.LogArchive.Margin}
	s.aside, s.asideErr = foldersIn(s.asideDir)
	a.disk.mu.Lock()
	defer a.disk.mu.Unlock()
	s.looked = !a.disk.seen.IsZero() || !a.Logs.Inside()
	s.forecast, s.archive = a.disk.forecast, a.disk.archive
	return s
}

// withLimits looks at the limits of sources, too, for which it asks the database.
func (s logState) withLimits(ctx context.Context, sources *source.Service) logState {
	var err error
	s.limited, err = sources.Limited(ctx)
	s.counted = err == nil
	return s
}

// conditions are all that there are, whatever the state: one that is left out could never end.
func (s logState) conditions() []condition {
	return append(append(s.engineConditions(), s.spoolConditions()...), s.keepingConditions()...)
}

func (s logState) engineConditions() []condition {
	st, e := s.store, s.store.Engine
	down := !e.Up && s.now.Sub(e.Since) > s.grace
	return []condition{
		{name: "LogEngineDown", severity: "error", firing: down, unknown: !e.Up && !down,
			summary: "Log lines cannot be searched since " + e.Since.UTC().Format("15:04") + " UTC: " + e.Reason +
				". Lines that come in are kept, and log rules go on."},
		{name: "LogClusterIncomplete", severity: "error", firing: e.Trouble != "" && s.now.Sub(e.TroubleSince) > s.grace,
			summary: "A part of the log cluster does not answer since " + e.TroubleSince.UTC().Format("15:04") + " UTC: " + e.Trouble +
				". Searches fail or find less. Lines that come in are kept, and those of the last minutes are sent again when it is back."},
		{name: "LogEngineUnsteady", severity: "warning", firing: e.Lately >= unsteadyFrom,
			summary: fmt.Sprintf("The log engine has ended %d times in five minutes, so searches come and go: %s", e.Lately, e.Reason)},
		{name: "LogLinesWait", severity: "warning", firing: e.Up && st.Failing != "" && s.now.Sub(st.FailingSince) > alertedAfter,
			summary: "Log lines cannot be handed to the log engine, and wait: " + st.Failing},
		{name: "LogLinesRefused", severity: "error", firing: st.Refused > 0,
			summary: fmt.Sprintf("The log engine refuses %d lines, which no search finds. They are kept in %s; the server's log says why. It ends when the files are taken away.",
				st.Refused, st.RefusedIn)},
		{name: "LogDaySetAside", severity: "error", firing: len(s.aside) > 0, unknown: s.asideErr != nil,
			summary: fmt.Sprintf("Days of log lines cannot be read and were set aside in %s: %s. All other days serve on; the server's log has what the engine said. It ends when the folders are taken away.",
				s.asideDir, strings.Join(s.aside, ", "))},
	}
}

func (s logState) spoolConditions() []condition {
	damage, failure := s.store.Spool.Damage, ""
	if err := s.store.Spool.Failure; err != nil {
		failure = err.Error()
	}
	return []condition{
		{name: "LogRoomFilling", severity: "warning", firing: s.pressure > fillingFrom,
			summary: fmt.Sprintf("The room for log lines on their way is %.0f %% full; at 100 %% senders have to wait.", 100*s.pressure)},
		{name: "LogSourceLimited", severity: "warning", firing: len(s.limited) > 0, unknown: !s.counted,
			summary: "Log lines are kept out until midnight UTC by the daily limit of " + strings.Join(s.limited, ", ") + ": raise it, or have less sent."},
		{name: "LogSpoolFails", severity: "critical", firing: failure != "",
			summary: "Log lines cannot be stored, and senders are told to wait: " + failure},
		{name: "LogSpoolDamaged", severity: "error", firing: damage.Places > 0,
			summary: fmt.Sprintf("%d bytes of log lines on their way could not be read back; they are kept in files beside the spool.", damage.Bytes)},
		{name: "LogSpoolRemoved", severity: "error", firing: damage.Removed > 0,
			summary: fmt.Sprintf("%d files of log lines on their way were removed by somebody (%d bytes): lines in them that the log engine or the log rules had not read are lost. It goes on behind them; keep other programs out of the folder.",
				damage.Removed, damage.RemovedBytes)},
	}
}

// keepingConditions are what may be wrong with keeping log lines.
func (s logState) keepingConditions() []condition {
	st := s.archive
	left, ok := s.forecast.Left(s.now)
	unknown := s.archiving && st.Target == "" // it has not been looked at, or cannot be
	return []condition{
		{name: "LogDiskFillsUp", severity: "warning", firing: ok && left < soonFull, unknown: !s.looked,
			summary: "At its present growth the disk of log lines is full on " + s.forecast.Full.Format("Monday 2 January") +
				": shorten the retention, set a limit, or give it more room."},
		{name: "LogArchiveBehind", severity: "warning", firing: st.Target != "" && st.Behind > s.margin/4, unknown: unknown, summary: behindText(st, s.margin)},
		{name: "LogDaysWillBeLost", severity: "critical", firing: st.Target != "" && (st.Behind > s.margin/2 || st.Crowded), unknown: unknown, summary: behindText(st, s.margin)},
		{name: "LogArchiveUnreadable", severity: "error", firing: len(st.Bad) > 0, unknown: unknown,
			summary: "Manifests of archived days cannot be read: " + strings.Join(st.Bad, ", ") + " in " + st.Target + "."},
	}
}

// asideDir is where days of log lines are moved that the engine cannot read.
func (a *App) asideDir() string { return filepath.Join(a.DataDir, "logs", "set-aside") }

// daysSetAside are the folders to which corrupt days were moved; none where nothing ever was.
func (a *App) daysSetAside() []string {
	names, _ := foldersIn(a.asideDir()) //nolint:errcheck // a page shows what there is; the alert stays as it is
	return names
}

// foldersIn are the names in a folder; none when it is not there.
func foldersIn(dir string) (names []string, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}
