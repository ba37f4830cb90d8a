package app

import (
	"context"
	"fmt"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/worker"
	"mainstay/internal/domain/alert"
	"mainstay/internal/engine/logstore"
)

// What is wrong with the store of log lines is said on the board at once, and becomes an alert of
// Mainstay's own when it lasts. Paging needs nothing of that store.

const (
	shownAfter   = 2 * time.Second  // that the engine is down
	alertedAfter = 15 * time.Second // a restart takes less
	unsteadyFrom = 3                // ends in five minutes
	fillingFrom  = 0.8              // of the room for lines on their way
	refreshEvery = time.Minute
)

// condition is something that may be wrong with the log store.
type condition struct {
	name, severity, summary string
	firing                  bool
}

// logConditions are those that are looked at, the present ones firing. The engine counts as down when
// it has been for longer than grace.
func (a *App) logConditions(grace time.Duration) []condition {
	st := a.Logs.Status()
	down := !st.Engine.Up && clock.Wall().Now().Sub(st.Engine.Since) > grace
	out := []condition{
		{"LogEngineDown", "error", "Log lines cannot be searched since " + st.Engine.Since.UTC().Format("15:04") + " UTC: " + st.Engine.Reason +
			". Lines that come in are kept, and log rules go on.", down},
		{"LogClusterIncomplete", "error", "A part of the log cluster does not answer since " + st.Engine.TroubleSince.UTC().Format("15:04") + " UTC: " + st.Engine.Trouble +
			". Searches fail or find less. Lines that come in are kept, and those of the last minutes are sent again when it is back.", st.Engine.Trouble != "" && clock.Wall().Now().Sub(st.Engine.TroubleSince) > grace},
		{"LogLinesWait", "warning", "Log lines cannot be handed to the log engine, and wait: " + st.Failing, st.Engine.Up && st.Failing != "" && clock.Wall().Now().Sub(st.FailingSince) > alertedAfter},
		{"LogEngineUnsteady", "warning", fmt.Sprintf("The log engine has ended %d times in five minutes, so searches come and go: %s", st.Engine.Lately, st.Engine.Reason),
			st.Engine.Lately >= unsteadyFrom},
		{"LogRoomFilling", "warning", fmt.Sprintf("The room for log lines on their way is %.0f %% full; at 100 %% senders have to wait.", 100*a.Logs.Pressure()),
			a.Logs.Pressure() > fillingFrom},
		{"LogLinesRefused", "warning", fmt.Sprintf("The log engine has refused %d lines; the server's log says why.", st.Refused), st.Refused > 0},
		{"LogSpoolDamaged", "error", fmt.Sprintf("%d bytes of log lines on their way could not be read back; they are kept in files beside the spool.", st.Spool.Damage.Bytes),
			st.Spool.Damage.Places > 0},
		{"LogSpoolRemoved", "error", fmt.Sprintf("%d files of log lines on their way were removed by somebody (%d bytes): lines in them that the log engine or the log rules had not read are lost. It goes on behind them; keep other programs out of the folder.",
			st.Spool.Damage.Removed, st.Spool.Damage.RemovedBytes), st.Spool.Damage.Removed > 0},
	}
	if st.Spool.Failure != nil {
		out = append(out, condition{"LogSpoolFails", "critical", "Log lines cannot be stored, and senders are told to wait: " + st.Spool.Failure.Error(), true})
	}
	return append(out, a.keepingConditions()...)
}

// logTroubles are the conditions that everybody at the desk must know of.
func (a *App) logTroubles() (out []string) {
	if !a.Logs.Started() {
		return nil
	}
	for _, c := range a.logConditions(shownAfter) {
		if c.firing {
			out = append(out, c.summary)
		}
	}
	return out
}

// logWatch turns conditions into alerts, and back.
type logWatch struct {
	app    *App
	told   map[string]time.Time // when a firing condition was sent last
	looked bool
}

// step is run every few seconds.
func (w *logWatch) step(ctx context.Context) (worker.Result, error) {
	now := w.app.Clock.Now()
	for _, c := range w.app.logConditions(alertedAfter) {
		last, firing := w.told[c.name]
		switch {
		case c.firing && now.Sub(last) < refreshEvery:
			continue
		case !c.firing && !firing && w.looked:
			continue
		}
		if err := w.app.raise(ctx, c.name, c.severity, c.summary, c.firing); err != nil {
			return worker.Result{}, err
		}
		if delete(w.told, c.name); c.firing {
			w.told[c.name] = now
		}
	}
	w.looked = true
	return worker.Result{}, nil
}

// raise sends an alert about Mainstay itself.
func (a *App) raise(ctx context.Context, name, severity, summary string, firing bool) error {
	in := alert.In{
		Labels:      map[string]string{"alertname": name, "severity": severity, "component": "mainstay-logs"},
		Annotations: map[string]string{"summary": summary},
		Group:       "mainstay-logs", // never in the incident of something else that no service claims
	}
	if !firing {
		in.Ends = a.Clock.Now()
	}
	_, err := a.Rooms.Alerts.Receive(ctx, actor.Mainstay, []alert.In{in})
	return err
}

// logEvent hears from the log store what people should know.
func (a *App) logEvent(e logstore.Event) {
	a.Log.Error(e.Text) //nolint:sloglint // the store says it in a whole sentence
	ctx, cancel := context.WithTimeout(context.Background(), countTime)
	defer cancel()
	if err := a.raise(ctx, "LogDaySetAside", "error", e.Text, true); err != nil {
		a.Log.Error("nobody could be told that a day of log lines was set aside", "err", err)
	}
}
