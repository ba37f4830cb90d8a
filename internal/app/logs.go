package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"mainstay/internal/api"
	"mainstay/internal/base/clock"
	"mainstay/internal/domain/search"
	"mainstay/internal/domain/source"
	"mainstay/internal/edge"
	"mainstay/internal/engine/logstore"
	"mainstay/internal/engine/logstore/archive"
	"mainstay/internal/engine/logstore/child"
	"mainstay/internal/ingest/datadog"
	"mainstay/internal/ingest/elastic"
	"mainstay/internal/ingest/hec"
	"mainstay/internal/ingest/journald"
	"mainstay/internal/ingest/jsonline"
	"mainstay/internal/ingest/loki"
	"mainstay/internal/ingest/otlp"
	"mainstay/internal/ingest/receive"
	"mainstay/internal/ingest/text"
)

// Engine runs this process as the log engine when its parent wants it to be that, and reports
// whether it did. The program's entry asks it first.
func Engine() (code int, ran bool) {
	if !child.Wanted() {
		return 0, false
	}
	return child.Main(), true
}

// openLogs opens the log store, which must be there before sources are.
func (a *App) openLogs() (err error) {
	hold, err := archive.HeldFor(a.keepingDir())
	if err != nil {
		return err
	}
	a.Logs, err = logstore.Open(logstore.Config{
		Margin: a.LogArchive.margin(), Hold: hold,
		Dir: filepath.Join(a.DataDir, "logs"), Cluster: a.LogCluster, Command: a.LogCommand, Retention: a.LogRetention, Classes: a.logClasses(), MaxDisk: a.LogMaxDisk,
		Memory: a.LogMemory, SpoolBytes: a.LogSpool, Readers: []string{rulesReader, patternsReader}, Log: a.Log, Tell: a.logEvent,
	})
	if err != nil {
		return fmt.Errorf("log lines: %w", err)
	}
	return a.openArchive()
}

func (a *App) wireSources() {
	a.sample = newLogSample(a.Logs, filepath.Join(a.DataDir, "logs", "sample.json"), a.Log)
	a.Rooms.Sources = source.New(source.Config{DB: a.DB, Store: a.sample, Ages: a.ages(), Log: a.Log})
	a.Rooms.Search = search.New(search.Config{Logs: a.Logs, Scope: a.Rooms.Sources.Scope})
}

// protocols are the ways in of log lines over HTTP.
var protocols = []func(receive.Config) []receive.Route{
	jsonline.Routes, elastic.Routes, loki.Routes, otlp.Routes, hec.Routes, journald.Routes, datadog.Routes, text.Routes,
}

// mountLogs adds the ways in and out of log lines.
func (a *App) mountLogs(mux *http.ServeMux, e *edge.Edge) {
	in := receive.Config{Sources: a.Rooms.Sources, Edge: e, Stopping: a.stopping, Clock: clock.Wall(), Log: a.Log,
		Parsing: receive.NewGate(receive.AtOnce, receive.Patience)}
	for _, routes := range protocols {
		for _, route := range routes(in) {
			mux.Handle(route.Pattern, route.Handler)
		}
	}
	a.mountSeries(mux, e, in)
	mux.Handle("/select/logsql/", e.Authenticate(e.Require(&api.Select{Logs: a.Logs, Scope: a.Rooms.Sources.Scope, Log: a.Log})))
}

// stopLogs writes what is counted and stops the store.
func (a *App) stopLogs() error {
	ctx, cancel := context.WithTimeout(context.Background(), countTime)
	defer cancel()
	_, err := a.Rooms.Sources.Step(ctx)
	return errors.Join(err, a.Logs.Stop())
}

// countTime is how long writing the last counts may take.
const countTime = 5 * time.Second
