package metricrule

import (
	"context"
	"slices"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/metricrule/anomaly"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/signal"
)

// State is how it stands with rules.
type State string

// The states, the worst first.
const (
	Failing   State = "failing"  // cannot be evaluated: what fires stays, and nothing new is seen
	Blind     State = "unknown"  // the store does not answer, or nobody evaluates them
	Firing    State = "firing"   //
	WouldFire State = "would"    // in test mode, and it would fire
	Pending   State = "pending"  // waits for its time
	Watching  State = "watching" //
	Off       State = "disabled"
)

// Status is an item and how it stands with it.
type Status struct {
	Item
	State     State
	Why       string // what is wrong when it is failing or unknown
	Rules     []RuleStatus
	Evaluated time.Time // last, on the wall; zero for never
	Took      time.Duration
	Fired     int64 // on the present UTC day
	Would     int64 // would have fired, on that day
}

// RuleStatus is one rule and how it stands with it.
type RuleStatus struct {
	RuleSpec // of an anomaly rule: its name, expression and labels
	RuleHealth
	Alerts []Active
}

// Active is an alert that is pending or firing.
type Active struct {
	Labels      map[string]string
	Annotations map[string]string
	Value       string // as Prometheus writes figures
	Firing      bool
	Raised      bool // the desk has an alert of it
	Active      time.Time
	Fired       time.Time
	Kept        time.Time
}

// Severity is that of its alert at the desk.
func (a Active) Severity() int { return alert.SeverityOf(a.Labels) }

// Worst is the severity of the severest alert that is raised, 4 when there is none.
func (s Status) Worst() int {
	worst := 4
	for _, r := range s.Rules {
		for _, a := range r.Alerts {
			if a.Raised {
				worst = min(worst, a.Severity())
			}
		}
	}
	return worst
}

// Firing counts the alerts of an item that fire.
func (s Status) Firing() (n int) { return s.count(func(a Active) bool { return a.Firing }) }

// Pending counts those that wait for their time.
func (s Status) Pending() (n int) { return s.count(func(a Active) bool { return !a.Firing }) }

func (s Status) count(which func(Active) bool) (n int) {
	for _, r := range s.Rules {
		for _, a := range r.Alerts {
			if which(a) {
				n++
			}
		}
	}
	return n
}

// Editable reports whether by may change the item.
func (s *Service) Editable(ctx context.Context, by actor.Actor, it Item) (may bool, err error) {
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		err := allowOn(tx, by, it.Service, it.Owner)
		may = err == nil
		if errs.Is(err, errs.Forbidden) {
			return nil
		}
		return err
	})
	return may, err
}

// Get returns an item by name.
func (s *Service) Get(ctx context.Context, by actor.Actor, name string) (out Status, err error) {
	if err := people.Allow(by, people.RuleRead, people.Target{}); err != nil {
		return out, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		it, err := ByName(tx, name)
		if err != nil {
			return err
		}
		out, err = s.status(tx, it)
		return err
	})
	return out, err
}

// GetOf returns an item of a kind by name.
func (s *Service) GetOf(ctx context.Context, by actor.Actor, kind Kind, name string) (Status, error) {
	out, err := s.Get(ctx, by, name)
	if err == nil && out.Kind != kind {
		return Status{}, errs.NotFoundf("%q is %s", name, out.Kind.words())
	}
	return out, err
}

// List returns items by name.
func (s *Service) List(ctx context.Context, by actor.Actor, r page.Request) (out page.List[Status], err error) {
	return s.list(ctx, by, r, []any{string(Rules), string(Anomaly)})
}

// ListOf returns the items of a kind by name.
func (s *Service) ListOf(ctx context.Context, by actor.Actor, kind Kind, r page.Request) (out page.List[Status], err error) {
	return s.list(ctx, by, r, []any{string(kind), string(kind)})
}

func (s *Service) list(ctx context.Context, by actor.Actor, r page.Request, kinds []any) (out page.List[Status], err error) {
	if err := people.Allow(by, people.RuleRead, people.Target{}); err != nil {
		return out, err
	}
	after := ""
	if _, err := page.Decode(r.Cursor, &after); err != nil {
		return out, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		items, err := db.All(tx, scan, `SELECT `+columns+` FROM metricrule WHERE kind IN (?, ?) AND name > ? ORDER BY name LIMIT ?`,
			append(kinds, after, r.Size()+1)...)
		if err != nil {
			return err
		}
		rows := make([]Status, len(items))
		for i, it := range items {
			if rows[i], err = s.status(tx, it); err != nil {
				return err
			}
		}
		out = page.Of(rows, r, func(s Status) any { return s.Name })
		return nil
	})
	return out, err
}

func (s *Service) status(tx *db.Tx, it Item) (Status, error) {
	out := Status{Item: it}
	run, err := runningOf(tx, it.ID)
	if err != nil {
		return out, err
	}
	rows, err := rowsOf(tx, it.ID)
	if err != nil {
		return out, err
	}
	out.Evaluated, out.Took = run.evaluated, run.took
	out.Rules = it.statuses(run.health, rows)
	now := s.Clock.Now()
	type day struct{ fired, would int64 }
	d, err := db.One(tx, func(sc db.Scanner) (d day, err error) { return d, sc.Scan(&d.fired, &d.would) }, `
		SELECT COALESCE(SUM(fired), 0), COALESCE(SUM(would), 0) FROM metricrule_day WHERE rule = ? AND day = ?`,
		string(it.ID), now.UTC().Truncate(24*time.Hour))
	out.Fired, out.Would = d.fired, d.would
	out.State, out.Why = out.state(now)
	return out, err
}

// statuses puts together what is known of each rule.
func (it Item) statuses(health []RuleHealth, rows []row) []RuleStatus {
	specs := it.Spec.Rules
	if it.Kind == Anomaly {
		specs = []RuleSpec{{Alert: it.Name, Expr: it.Anomaly.Expr, For: Span(it.Anomaly.Waits()), Labels: it.Anomaly.Labels}}
	}
	out := make([]RuleStatus, len(specs))
	for i, spec := range specs {
		out[i] = RuleStatus{RuleSpec: spec, RuleHealth: RuleHealth{Health: Unknown}}
		if len(health) != len(specs) {
			continue
		}
		out[i].RuleHealth = health[i]
		for _, r := range rows {
			if r.Rule == health[i].Key {
				out[i].Alerts = append(out[i].Alerts, Active{Labels: r.Labels, Annotations: r.Annotations, Value: r.Value, Firing: r.Firing,
					Raised: r.Sent != nil, Active: r.Active, Fired: r.Fired, Kept: r.Kept})
			}
		}
		slices.SortStableFunc(out[i].Alerts, func(a, b Active) int { return a.Active.Compare(b.Active) })
	}
	return out
}

// overdue is when nobody seems to evaluate a group any more.
const overdue = 15 * time.Second

func (s Status) state(now time.Time) (State, string) {
	if s.Disabled() {
		return Off, ""
	}
	if late := now.Sub(s.Evaluated); !s.Evaluated.IsZero() && late > 2*s.Every()+overdue {
		return Blind, "It was not evaluated since " + s.Evaluated.UTC().Format("2006-01-02 15:04:05 UTC") + "."
	}
	for _, want := range []struct {
		health string
		state  State
	}{{Bad, Failing}, {Unknown, Blind}} {
		for _, r := range s.Rules {
			if r.Health == want.health {
				return want.state, r.whyNot(s.Evaluated)
			}
		}
	}
	raised := s.count(func(a Active) bool { return a.Raised })
	switch {
	case raised > 0:
		return Firing, ""
	case s.Firing() > 0 && s.count(func(a Active) bool { return a.Firing && !a.Raised }) > 0:
		return WouldFire, ""
	case s.Pending() > 0:
		return Pending, ""
	}
	return Watching, ""
}

func (r RuleStatus) whyNot(evaluated time.Time) string {
	switch {
	case r.Error != "":
		return r.Key + ": " + r.Error
	case evaluated.IsZero():
		return "It has not been evaluated yet."
	}
	return ""
}

// maxPreview is how long a preview may be, and maxSpans how many firings it tells of.
const (
	maxPreview = 31 * 24 * time.Hour
	maxSpans   = 500
)

// Preview says how rules would have fired over what is stored.
type Preview struct {
	From, To time.Time
	Spans    []signal.RuleSpan // the earliest first, at most 500
	Fired    int               // all of them
	// Note says what the preview cannot tell; empty mostly.
	Note string
}

// Preview works out when rules would have fired between two instants. It stores nothing.
func (s *Service) Preview(ctx context.Context, by actor.Actor, spec Spec, from, to time.Time) (p Preview, err error) {
	if err := s.mayPreview(by, from, to); err != nil {
		return p, err
	}
	var c errs.Check
	spec.Validate(&c)
	if err := c.Err("the rule group"); err != nil {
		return p, err
	}
	it := Item{Kind: Rules, Name: "preview", Spec: spec}
	spans, err := s.Rules.PreviewRules(ctx, it.group(), from.UTC(), to.UTC())
	p = previewOf(spans, from, to)
	for _, r := range spec.Rules {
		if r.Record != "" {
			p.Note = "What its recording rules would have stored counts only as far as it is stored."
		}
	}
	return p, err
}

// PreviewAnomaly works out when an anomaly rule would have fired.
func (s *Service) PreviewAnomaly(ctx context.Context, by actor.Actor, spec AnomalySpec, from, to time.Time) (p Preview, err error) {
	if err := s.mayPreview(by, from, to); err != nil {
		return p, err
	}
	var c errs.Check
	spec.Validate(&c)
	if err := c.Err("the anomaly rule"); err != nil {
		return p, err
	}
	a := anomaly.NewWatch("preview", spec, s.Metrics, nil)
	spans, err := a.Preview(ctx, from.UTC(), to.UTC())
	return previewOf(spans, from, to), err
}

func (s *Service) mayPreview(by actor.Actor, from, to time.Time) error {
	if err := mayWriteSome(by); err != nil {
		return err
	}
	var c errs.Check
	c.Require(to.After(from), "to", "must be after from")
	c.Require(to.Sub(from) <= maxPreview, "from", "must be at most 31 days before to")
	return c.Err("the preview")
}

func previewOf(spans []signal.RuleSpan, from, to time.Time) Preview {
	return Preview{From: from.UTC(), To: to.UTC(), Fired: len(spans), Spans: spans[:min(len(spans), maxSpans)]}
}
