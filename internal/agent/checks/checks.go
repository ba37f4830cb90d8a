// Package checks makes the checks that the server wants from this host, and tells it what they found.
//
// The agent calls the server, never the other way: every few seconds it asks for its checks, which also
// says that it is alive. Results go out within a second; while the server is away they wait on the disk. A
// result that is not ok is looked at again here, so that one lost packet wakes nobody.
//
// What the server can make this host do is what the probes of package small do: look at addresses, files and
// processes that the agent's user may see. Commands run only when this host's own configuration names them.
package checks

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"sync"
	"time"

	"mainstay/internal/agent/ship"
	"mainstay/internal/agent/spool"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/worker"
	"mainstay/internal/probe"
	"mainstay/internal/probe/schedule"
)

// Config is what checks are made with.
type Config struct {
	// Server is the address of the server, Key the key of a source there.
	Server, Key string
	Host        string
	// Every is how often the server is asked.
	Every time.Duration
	// State is the agent's directory; Buffer bounds the results that wait there, in bytes.
	State   string
	Buffer  int64
	Probes  probe.Set
	Scripts map[string]probe.Script
	Clock   clock.Clock
	Log     *slog.Logger
	// Transport carries the requests; nil means the default one.
	Transport http.RoundTripper
}

// Checks makes checks. Make it with New, run it with Run, close it with Close.
type Checks struct {
	Config
	env      probe.Env
	schedule *schedule.Schedule
	sender   *ship.Sender
	spool    *spool.Spool
	http     http.Client

	mu      sync.Mutex
	tasks   map[string]*task
	waiting [][]byte // results that have not been sent, a line each
	trouble string   // why the server gives no checks; "" while it does
}

// task is a check with what came of it here.
type task struct {
	probe.Job
	Nudges int64 `json:"nudges"`
	streak probe.Streak
}

const (
	fetchTime = 20 * time.Second
	sendEvery = time.Second
	maxBatch  = 1000    // results in a request
	maxBytes  = 1 << 20 // of results from the disk in a request
	maxAnswer = 16 << 20
)

// limits are how many probes of a kind are made at once: a host has other things to do.
var limits = map[probe.Kind]int{probe.ScriptKind: 4, probe.ProcessKind: 1, probe.FileKind: 4, probe.LogKind: 4, probe.HTTPKind: 32, probe.TCPKind: 32}

// New opens the buffer. It calls nobody yet.
func New(c Config) (*Checks, error) {
	buffer, err := spool.Open(filepath.Join(c.State, "results"), c.Buffer)
	if err != nil {
		return nil, err
	}
	k := &Checks{Config: c, spool: buffer, tasks: map[string]*task{}, env: probe.Env{Clock: c.Clock, Scripts: c.Scripts},
		http:   http.Client{Transport: c.Transport, Timeout: fetchTime, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		sender: ship.New(ship.Config{Server: c.Server, Key: c.Key, Compression: "none", Clock: c.Clock, Log: c.Log, Transport: c.Transport})}
	k.schedule = schedule.New(schedule.Config{Clock: c.Clock, Do: k.make, Limits: limits})
	return k, nil
}

// Close lets go of the buffer. Results that have not been sent wait in it for the next start.
func (k *Checks) Close() error { return errors.Join(k.keep(), k.spool.Close()) }

// Run makes checks until ctx is done.
func (k *Checks) Run(ctx context.Context) { k.schedule.Run(ctx) }

// Once makes all that is due now: for tests, in which nothing runs.
func (k *Checks) Once(ctx context.Context) int {
	did, _ := k.schedule.Once(ctx)
	return did
}

// Workers ask for checks and send results.
func (k *Checks) Workers() []*worker.Worker {
	return []*worker.Worker{
		worker.New(worker.Config{Name: "ask for checks", Step: k.Ask, Every: k.Every, Clock: k.Clock, Log: k.Log}),
		worker.New(worker.Config{Name: "send results", Step: k.Send, Every: sendEvery, Clock: k.Clock, Log: k.Log}),
	}
}

// query says who calls.
func (k *Checks) query() url.Values {
	return url.Values{"host": {k.Host}, "every": {probe.Span(k.Every).String()}}
}

// Ask fetches the checks of this host. While the server is away the ones that are known are made on.
func (k *Checks) Ask(ctx context.Context) (worker.Result, error) {
	list, err := k.fetch(ctx)
	if err != nil {
		return worker.Result{}, k.noted(err)
	}
	_ = k.noted(nil)
	k.set(list)
	return worker.Result{}, nil
}

// noted logs why there are no checks, once for each reason.
func (k *Checks) noted(err error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	why := ""
	if err != nil {
		why = err.Error()
	}
	if why == k.trouble {
		return nil
	}
	k.trouble = why
	return err
}

func (k *Checks) fetch(ctx context.Context) ([]*task, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, k.Server+"/api/v1/agent/checks?"+k.query().Encode(), http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+k.Key)
	resp, err := k.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("the server gives no checks: %w", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("the server gives no checks: %w", err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server gives no checks: %s %.300s", resp.Status, body)
	}
	var in struct {
		Checks []*task `json:"checks"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, fmt.Errorf("the server's checks cannot be read: %w", err)
	}
	return in.Checks, nil
}

// set takes over what the server wants. Checks that somebody wants at once are due now.
func (k *Checks) set(list []*task) {
	tasks, plan, now := map[string]*task{}, make([]schedule.Task, len(list)), []string{}
	k.mu.Lock()
	for i, t := range list {
		if old := k.tasks[t.ID]; old != nil {
			if t.Nudges > old.Nudges {
				now = append(now, t.ID)
			}
			t.streak = old.streak
		}
		tasks[t.ID] = t
		plan[i] = schedule.Task{Key: t.ID, Kind: t.Spec.Kind(), Every: max(time.Second, t.Every.Duration())}
	}
	k.tasks = tasks
	k.mu.Unlock()
	k.schedule.Set(plan)
	for _, id := range now {
		k.schedule.Soon(id)
	}
}

// line is a result as the server takes it.
type line struct {
	Check   string         `json:"check"`
	At      time.Time      `json:"at"`
	State   probe.State    `json:"state"`
	Message string         `json:"message"`
	Nanos   int64          `json:"duration"`
	Counts  probe.State    `json:"counts,omitempty"`
	Tries   int            `json:"tries,omitempty"`
	Figures []probe.Figure `json:"figures,omitempty"`
}

// make makes a check once.
func (k *Checks) make(ctx context.Context, id string) (again time.Duration) {
	k.mu.Lock()
	t := k.tasks[id]
	k.mu.Unlock()
	if t == nil {
		return 0
	}
	r := k.Probes.Run(ctx, t.Job, k.env)
	if ctx.Err() != nil {
		return 0 // the agent stops: that is nobody's failure
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	counts, more := t.streak.Take(r.State, t.Retries)
	text, err := json.Marshal(line{Check: id, At: k.Clock.Now(), State: r.State, Message: r.Message, Nanos: int64(r.Duration), Counts: counts,
		Tries: t.streak.Bad, Figures: r.Figures})
	if err != nil {
		k.Log.Error("a result cannot be written", "check", t.Name, "err", err)
		return 0
	}
	k.waiting = append(k.waiting, text)
	if more {
		return probe.Pause(t.Every.Duration())
	}
	return 0
}

// Send sends results: those that wait on the disk first.
func (k *Checks) Send(ctx context.Context) (worker.Result, error) {
	if ready := k.sender.Ready(); ready.After(k.Clock.Now()) {
		return worker.Result{Next: ready}, k.keep()
	}
	old, err := k.spool.Peek(maxBytes)
	if err != nil {
		return worker.Result{}, err
	}
	if len(old) > 0 {
		lines := bytes.Split(bytes.TrimSuffix(old, []byte{'\n'}), []byte{'\n'})
		if !k.post(ctx, lines) {
			return worker.Result{Next: k.sender.Ready()}, k.keep()
		}
		return worker.Result{Did: len(lines)}, k.spool.Advance(len(old))
	}
	lines := k.take()
	if len(lines) == 0 {
		return worker.Result{}, nil
	}
	if !k.post(ctx, lines) {
		k.giveBack(lines)
		return worker.Result{Next: k.sender.Ready()}, k.keep()
	}
	return worker.Result{Did: len(lines)}, nil
}

func (k *Checks) take() [][]byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := min(len(k.waiting), maxBatch)
	lines := k.waiting[:n:n]
	k.waiting = k.waiting[n:]
	return lines
}

func (k *Checks) giveBack(lines [][]byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.waiting = append(lines, k.waiting...)
}

// keep puts results that cannot be sent on the disk. Where that is full the oldest there are worth more than
// what comes now: how it began.
func (k *Checks) keep() error {
	k.mu.Lock()
	lines := k.waiting
	k.waiting = nil
	k.mu.Unlock()
	if len(lines) == 0 {
		return nil
	}
	return k.spool.Append(append(bytes.Join(lines, []byte{'\n'}), '\n'))
}

// post sends results and reports whether they are done with. What the server refuses is logged and dropped:
// it would be refused again.
func (k *Checks) post(ctx context.Context, lines [][]byte) bool {
	body := append([]byte(`{"results":[`), bytes.Join(lines, []byte{','})...)
	body = append(body, "]}"...)
	outcome, why := k.sender.Send(ctx, ship.Body{Path: "/api/v1/agent/results", Query: k.query(), Type: "application/json", Open: ship.Bytes(body)})
	switch outcome {
	case ship.Stored:
		return true
	case ship.Later:
		return false
	case ship.TooLarge, ship.Refused:
		k.Log.ErrorContext(ctx, "the server refuses results", "why", why, "results", len(lines))
	}
	return true
}
