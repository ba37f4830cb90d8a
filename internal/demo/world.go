package demo

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/client"
)

// Monitor is the endpoint of the desk to which the bank's monitoring sends its alerts.
type Monitor interface {
	SendAlerts(context.Context, []client.PostableAlert) error
}

// WorldConfig describes a World.
type WorldConfig struct {
	Desk  Monitor
	Clock clock.Clock
	Inbox *Inbox
	// Changed is called when a failure begins or ends.
	Changed func()
	Log     *slog.Logger
}

// World is the bank outside the desk: what is broken, and its monitoring. Make it with NewWorld.
type World struct {
	WorldConfig
	failures []Failure

	sending sync.Mutex // one request at a time, so that "resolved" comes last
	mu      sync.Mutex
	active  map[string]*running
	past    map[string]Run
}

// running is a failure that is going on.
type running struct {
	failure Failure
	since   time.Time
	sent    map[int]time.Time // symptom → when monitoring last told of it
}

// NewWorld returns a world in which all is well.
func NewWorld(c WorldConfig) *World {
	if c.Changed == nil {
		c.Changed = func() {}
	}
	return &World{WorldConfig: c, failures: Failures(), active: map[string]*running{}, past: map[string]Run{}}
}

const (
	repeatAfter = time.Minute      // of the desk's time, as Prometheus does
	expireAfter = 15 * time.Minute // monitoring that has fallen silent is no good news
)

// Step sends every symptom that is due. What could not be sent stays due.
func (w *World) Step(ctx context.Context) error {
	w.sending.Lock()
	defer w.sending.Unlock()
	now := w.Clock.Now()
	due, alerts := w.due(now)
	if len(alerts) == 0 {
		return nil
	}
	if err := w.Desk.SendAlerts(ctx, alerts); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range due {
		d.running.sent[d.symptom] = now
	}
	return nil
}

// telling is one symptom that monitoring tells of.
type telling struct {
	running *running
	symptom int
}

func (w *World) due(now time.Time) (due []telling, alerts []client.PostableAlert) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(w.active)) {
		r := w.active[name]
		for i, s := range r.failure.Symptoms {
			last, told := r.sent[i]
			if now.Sub(r.since) < s.After || told && now.Sub(last) < repeatAfter {
				continue
			}
			due = append(due, telling{r, i})
			alerts = append(alerts, s.alert(r.since.Add(s.After), now.Add(expireAfter)))
		}
	}
	return due, alerts
}

// Begin starts a failure; one that is going on goes on.
func (w *World) Begin(name string) error {
	f, err := w.failure(name)
	if err != nil {
		return err
	}
	w.begin(f, w.Clock.Now())
	w.Changed()
	return nil
}

func (w *World) begin(f Failure, since time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.active[f.Name] != nil {
		return
	}
	w.active[f.Name] = &running{failure: f, since: since, sent: map[int]time.Time{}}
	if f.Telephones {
		w.Inbox.SetDead(true)
	}
}

// Repair ends a failure: monitoring says that its alerts have resolved. One that is not
// going on stays as it is.
func (w *World) Repair(ctx context.Context, name string) error {
	if _, err := w.failure(name); err != nil {
		return err
	}
	w.sending.Lock()
	defer w.sending.Unlock()
	if alerts := w.resolved(name); len(alerts) > 0 {
		if err := w.Desk.SendAlerts(ctx, alerts); err != nil {
			return err
		}
	}
	w.end(name)
	w.Changed()
	return nil
}

func (w *World) end(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.active[name]
	if r == nil {
		return
	}
	if r.failure.Telephones {
		w.Inbox.SetDead(false)
	}
	w.past[name] = Run{r.since, w.Clock.Now()}
	delete(w.active, name)
}

// resolved are the alerts of a failure that monitoring has told of, as ended.
func (w *World) resolved(name string) (alerts []client.PostableAlert) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.active[name]
	if r == nil {
		return nil
	}
	for _, i := range slices.Sorted(maps.Keys(r.sent)) {
		s := r.failure.Symptoms[i]
		alerts = append(alerts, s.alert(r.since.Add(s.After), w.Clock.Now()))
	}
	return alerts
}

func (w *World) failure(name string) (Failure, error) {
	i := slices.IndexFunc(w.failures, func(f Failure) bool { return f.Name == name })
	if i < 0 {
		return Failure{}, errs.NotFoundf("there is no failure %q", name)
	}
	return w.failures[i], nil
}

// Run is how long a failure has lasted.
type Run struct {
	Since time.Time
	Until time.Time // zero while it lasts
}

// Runs returns the last run of every failure that has been begun, by name.
func (w *World) Runs() map[string]Run {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := maps.Clone(w.past)
	for name, r := range w.active {
		out[name] = Run{Since: r.since}
	}
	return out
}

// Resume takes up the failures that an earlier run of the demo has left going on.
func (w *World) Resume(runs map[string]Run) {
	for name, r := range runs {
		if f, err := w.failure(name); err == nil && r.Until.IsZero() {
			w.begin(f, r.Since)
		}
	}
}

// alert is the symptom as Alertmanager's API v2 has it.
func (s Symptom) alert(starts, ends time.Time) client.PostableAlert {
	a := client.PostableAlert{Labels: s.Labels, StartsAt: &starts, EndsAt: &ends, Annotations: map[string]string{"summary": s.Summary}}
	if s.Details != "" {
		a.Annotations["description"] = s.Details
	}
	return a
}
