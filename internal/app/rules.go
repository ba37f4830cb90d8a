package app

import (
	"context"
	"errors"

	"mainstay/examples"
	"mainstay/internal/base/actor"
	"mainstay/internal/base/worker"
	"mainstay/internal/config"
	"mainstay/internal/domain/rule"
	"mainstay/internal/engine/logstore"
	"mainstay/internal/engine/logstore/match"
	"mainstay/internal/web/action"
	webrule "mainstay/internal/web/rule"
)

// rulesReader is who reads the spool for log rules.
const rulesReader = "rules"

func (a *App) wireRules() {
	r := &a.Rooms
	r.Rules = rule.New(rule.Config{
		DB: a.DB, Spool: ruleSpool{a.Logs}, Compiler: match.Compiler{}, Logs: a.Logs, Scope: r.Sources.Scope, Alerts: r.Alerts,
		Patterns: r.Patterns,
		Clock:    a.LogClock, BaseURL: a.BaseURL, Log: a.Log,
	})
}

// ruleRoutes are the pages of log rules.
func (a *App) ruleRoutes() []action.Route {
	r := a.Rooms
	return webrule.Routes(webrule.Config{Rules: r.Rules, Catalogue: r.Catalogue, Calendars: r.Calendars, Sources: r.Sources})
}

// openRules lets the log rules go on where they were. A fresh installation gets its first ones.
func (a *App) openRules(ctx context.Context) error {
	if err := a.Rooms.Rules.Seed(ctx, func() error {
		_, err := a.Rooms.Config.Apply(ctx, actor.Mainstay, []config.File{{Name: "rules.yaml", Text: examples.LogRules}})
		return err
	}); err != nil {
		return err
	}
	return a.Rooms.Rules.Open(ctx)
}

// stepRules shows lines to the log rules as they arrive: with nothing left to read it waits for
// more, so that nothing stands between a line and its page.
func (a *App) stepRules(ctx context.Context) (worker.Result, error) {
	r, err := a.Rooms.Rules.Step(ctx)
	if err != nil || r.Did > 0 {
		return r, err
	}
	waiting, cancel := context.WithTimeout(ctx, lookEvery)
	defer cancel()
	if err := a.Rooms.Rules.Wait(waiting); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return worker.Result{}, err
	}
	return worker.Result{Did: 1}, nil
}

// ruleSpool is the log store as the rules see it.
type ruleSpool struct{ *logstore.Store }

// ID identifies the spool that cursors belong to.
func (s ruleSpool) ID() string { return s.SpoolID() }

// Reader reads from a cursor on.
func (s ruleSpool) Reader(cursor int64) rule.Reader {
	return spoolReader{s.Store.Reader(rulesReader, s.SpoolID(), cursor)}
}

type spoolReader struct{ *logstore.Reader }

// Next returns what comes next.
func (r spoolReader) Next(maxBytes int) (rule.Batch, error) {
	b, err := r.Reader.Next(maxBytes)
	out := rule.Batch{Rows: b.Rows, Cursor: b.Cursor, Deliveries: make([]rule.Delivery, len(b.Deliveries))}
	for i, d := range b.Deliveries {
		out.Deliveries[i] = rule.Delivery(d)
	}
	return out, err
}
