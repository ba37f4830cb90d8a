// Package audit checks in the running product what must always hold (ARCHITECTURE.md, "Invariants"),
// every minute and after every crash test.
//
// It reads the tables and nothing else, but for log lines, which are in none, so that it does not share the mistakes of the rooms
// that write them. What it finds is logged as an error, shown on the pages, and sent to an
// address of its own, past the outbox: the outbox may be what is broken.
package audit

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mainstay/internal/base/worker"
	"mainstay/internal/engine/db"
)

// Finding is one broken promise.
type Finding struct {
	Invariant int    `json:"invariant"` // its number in ARCHITECTURE.md; 0 for the machinery
	Subject   string `json:"subject"`   // what it is about: "INC-12", a message id
	Text      string `json:"text"`      // a sentence with what to do
	Late      bool   `json:"late"`      // work is behind, nothing is lost: normal right after a crash
}

// Alarm tells somebody past the outbox.
type Alarm func(context.Context, []Finding) error

// Config describes an Auditor.
type Config struct {
	DB    *db.DB
	Alarm Alarm // nil when there is nobody to tell
	// Lines tells of the spool of log lines, and Sample of lines that were taken and should be found;
	// nil where there are none.
	Lines   func() Lines
	Sample  func(context.Context) ([]Finding, error)
	Log     *slog.Logger
	Metrics prometheus.Registerer
}

// Auditor checks the invariants. Make it with New.
type Auditor struct {
	Config
	gauge    prometheus.Gauge
	told     []Finding // those for which the alarm was raised
	verified int64     // position up to which the ledger was checked

	mu       sync.Mutex
	findings []Finding
	suspects []Finding // seen once; a finding counts when it is seen twice in a row
	checked  time.Time
}

// Every is the pause between two checks.
const Every = time.Minute

// New returns an auditor.
func New(c Config) *Auditor {
	a := &Auditor{Config: c, gauge: prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "mainstay_audit_findings", Help: "Invariants that are broken now.",
	})}
	c.Metrics.MustRegister(a.gauge)
	return a
}

// Findings returns what is broken, and when that was last checked.
func (a *Auditor) Findings() ([]Finding, time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.findings), a.checked
}

// Step checks everything once. What is found must be there at two checks in a row before
// anybody is alarmed, because between two transactions work may be on its way.
func (a *Auditor) Step(ctx context.Context) (worker.Result, error) {
	found, err := a.Check(ctx)
	if err != nil {
		return worker.Result{}, err
	}
	confirmed, fresh := a.confirm(found)
	for _, f := range fresh {
		a.Log.ErrorContext(ctx, "invariant broken", "invariant", f.Invariant, "subject", f.Subject, "finding", f.Text)
	}
	a.raise(ctx, confirmed)
	return worker.Result{}, nil
}

// confirm keeps what was found now and at the check before; fresh is what of it is new.
func (a *Auditor) confirm(found []Finding) (confirmed, fresh []Finding) {
	a.mu.Lock()
	defer a.mu.Unlock()
	confirmed = intersect(found, a.suspects)
	fresh = without(confirmed, a.findings)
	a.suspects, a.findings, a.checked = found, confirmed, a.DB.Clock().Now()
	a.gauge.Set(float64(len(confirmed)))
	return confirmed, fresh
}

// raise raises the alarm once for each finding. An alarm that nobody could hear is raised
// again at the next check: when things break, the way to its receiver is often broken too.
func (a *Auditor) raise(ctx context.Context, confirmed []Finding) {
	a.told = intersect(a.told, confirmed)
	untold := without(confirmed, a.told)
	if len(untold) == 0 || a.Alarm == nil {
		return
	}
	if err := a.Alarm(ctx, untold); err != nil {
		a.Log.ErrorContext(ctx, "auditor's alarm could not be raised, trying again at the next check", "err", err)
		return
	}
	a.told = confirmed
}

func without(a, b []Finding) []Finding {
	return slices.DeleteFunc(slices.Clone(a), func(f Finding) bool { return slices.Contains(b, f) })
}

func intersect(a, b []Finding) []Finding {
	var out []Finding
	for _, f := range a {
		if slices.Contains(b, f) {
			out = append(out, f)
		}
	}
	return out
}

// Check returns everything that does not hold at this moment, on one snapshot.
func (a *Auditor) Check(ctx context.Context) (found []Finding, err error) {
	var lines Lines
	if a.Lines != nil {
		lines = a.Lines()
	}
	err = a.DB.View(ctx, func(tx *db.Tx) error {
		found = nil
		for _, r := range rules {
			subjects, err := r.find(tx)
			if err != nil {
				return err
			}
			for _, subject := range subjects {
				found = append(found, Finding{Invariant: r.invariant, Subject: subject, Text: r.text, Late: r.late > 0})
			}
		}
		if a.Lines != nil {
			more, err := shown(tx, lines)
			if err != nil {
				return err
			}
			found = append(found, more...)
		}
		more, err := a.ledger(tx)
		found = append(found, more...)
		return err
	})
	if err != nil || a.Sample == nil {
		return found, err
	}
	more, err := a.Sample(ctx)
	return append(found, more...), err
}
