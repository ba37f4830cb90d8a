package app

import (
	"context"
	"io"
	"net/http"

	"mainstay/internal/api"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/check"
	"mainstay/internal/edge"
	"mainstay/internal/ingest/receive"
	"mainstay/internal/probe/full"
	"mainstay/internal/web/action"
	webcheck "mainstay/internal/web/check"
)

func (a *App) wireChecks() {
	r := &a.Rooms
	r.Checks = check.New(check.Config{
		DB: a.DB, Box: a.box, Alerts: r.Alerts, Samples: a.Series, Probes: full.Set(), Egress: a.egress(),
		Clock: a.LogClock, BaseURL: a.BaseURL, Log: a.Log,
	})
}

func (a *App) checkWorkers() {
	steps := a.worker("checks", lookEvery, a.Rooms.Checks.Step)
	a.Rooms.Checks.OnWork(steps.Wake)
	a.worker("check series", lookEvery, a.Rooms.Checks.Flush)
}

// runChecks makes checks until ctx is done.
func (a *App) runChecks(ctx context.Context) {
	a.Rooms.Checks.Run(ctx)
	if err := a.Rooms.Checks.Leave(context.WithoutCancel(ctx)); err != nil {
		a.Log.Warn("the other servers take over the checks only when they miss this one", "err", err)
	}
}

// checkRoutes are the pages of checks.
func (a *App) checkRoutes() []action.Route {
	r := a.Rooms
	return webcheck.Routes(webcheck.Config{Checks: r.Checks, BaseURL: a.BaseURL})
}

// mountChecks adds the ways in of agents and of jobs. Those of agents are the API's, and open to the keys of
// sources, which the API's own gate does not know.
func (a *App) mountChecks(mux *http.ServeMux, e *edge.Edge) {
	in := receive.Config{Sources: a.Rooms.Sources, Edge: e, Clock: a.Clock, Log: a.Log}
	agent := func(w http.ResponseWriter, r *http.Request) {
		from, err := in.Sender(r, receive.Ways{})
		if err != nil {
			edge.WriteProblem(w, r, err)
			return
		}
		a.api.ServeHTTP(w, r.WithContext(edge.WithActor(r.Context(), from.By)))
	}
	mux.HandleFunc("POST "+api.Root+"/agent/checks", agent)
	mux.HandleFunc("POST "+api.Root+"/agent/results", agent)
	for _, method := range []string{"GET ", "POST "} {
		mux.HandleFunc(method+"/heartbeat/{key}", a.heartbeat)
		mux.HandleFunc(method+"/heartbeat/{key}/{said}", a.heartbeat)
	}
}

// maxBeat is how much of what a job says is read.
const maxBeat = 4 << 10

// heartbeat takes the call of a job. Its key proves it.
func (a *App) heartbeat(w http.ResponseWriter, r *http.Request) {
	said := check.Said(r.PathValue("said"))
	if said == "" {
		said = check.Succeeded
	}
	message := ""
	if r.Method == http.MethodPost {
		body, err := io.ReadAll(io.LimitReader(r.Body, maxBeat))
		if err != nil {
			edge.Answer(w, r, edge.Malformed(err))
			return
		}
		message = string(body)
	}
	if err := a.Rooms.Checks.Beat(r.Context(), r.PathValue("key"), said, message); err != nil {
		if !errs.Is(err, errs.NotFound) {
			a.Log.Error("the call of a job could not be stored", "err", err)
		}
		edge.WriteProblem(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ok\n") // who does not read the answer has called in all the same
}
