package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
)

// Config describes a World.
type Config struct {
	Server string // where the desk listens: http://127.0.0.1:8484
	Token  string // an admin's API token
	Clock  *clock.Scaled
	Inbox  *Inbox
	Log    *slog.Logger
}

// World is the bank outside the desk: its monitoring. Make it with NewWorld.
type World struct {
	Config
	http http.Client

	mu     sync.Mutex
	active map[string]*running
}

// running is a failure that is going on.
type running struct {
	failure Failure
	since   time.Time
	sent    map[int]time.Time // symptom → when monitoring last told of it
}

// NewWorld returns a world in which all is well.
func NewWorld(c Config) *World {
	return &World{Config: c, http: http.Client{Timeout: 10 * time.Second}, active: map[string]*running{}}
}

const (
	lookEvery   = 200 * time.Millisecond // of wall time
	repeatAfter = time.Minute            // of demo time, as Prometheus does
)

// Run plays the failures that are going on until ctx is done.
func (w *World) Run(ctx context.Context) {
	wall := clock.Wall()
	for ctx.Err() == nil {
		if err := w.step(ctx); err != nil && ctx.Err() == nil {
			w.Log.WarnContext(ctx, "the demo's monitoring could not send an alert", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-wall.After(lookEvery):
		}
	}
}

// step sends every symptom that is due.
func (w *World) step(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.Clock.Now()
	var due []wireAlert
	for _, name := range slices.Sorted(maps.Keys(w.active)) {
		r := w.active[name]
		for i, s := range r.failure.Alerts {
			last, told := r.sent[i]
			if now.Sub(r.since) < s.After || told && now.Sub(last) < repeatAfter {
				continue
			}
			due = append(due, s.wire(r.since.Add(s.After), time.Time{}))
			r.sent[i] = now
		}
	}
	return w.send(ctx, due)
}

// Begin starts a failure; one that is going on goes on.
func (w *World) Begin(name string) error {
	i := slices.IndexFunc(failures, func(f Failure) bool { return f.Name == name })
	if i < 0 {
		return errs.NotFoundf("there is no failure %q", name)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.active[name] == nil {
		w.active[name] = &running{failure: failures[i], since: w.Clock.Now(), sent: map[int]time.Time{}}
	}
	return nil
}

// End repairs what failed: monitoring says that its alerts have resolved.
func (w *World) End(ctx context.Context, name string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.active[name]
	if r == nil {
		return nil
	}
	var resolved []wireAlert
	for i := range r.sent {
		s := r.failure.Alerts[i]
		resolved = append(resolved, s.wire(r.since.Add(s.After), w.Clock.Now()))
	}
	if err := w.send(ctx, resolved); err != nil {
		return err
	}
	delete(w.active, name)
	return nil
}

// Since returns when a failure began, the zero time when it is not going on.
func (w *World) Since(name string) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if r := w.active[name]; r != nil {
		return r.since
	}
	return time.Time{}
}

// wireAlert is an alert as Alertmanager's API v2 has it.
type wireAlert struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	StartsAt    time.Time         `json:"startsAt"`
	EndsAt      time.Time         `json:"endsAt,omitzero"`
}

func (s Symptom) wire(starts, ends time.Time) wireAlert {
	return wireAlert{Labels: s.Labels, StartsAt: starts, EndsAt: ends,
		Annotations: map[string]string{"summary": s.Summary, "description": s.Details}}
}

// send speaks to the endpoint that any monitoring would use.
func (w *World) send(ctx context.Context, alerts []wireAlert) error {
	if len(alerts) == 0 {
		return nil
	}
	body, err := json.Marshal(alerts)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.Server+"/api/v2/alerts", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+w.Token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := w.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1000))
		return fmt.Errorf("alerts refused: %s: %s", resp.Status, text)
	}
	return nil
}
