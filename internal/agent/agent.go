package agent

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"mainstay/internal/agent/checks"
	"mainstay/internal/agent/eventlog"
	"mainstay/internal/agent/keep"
	"mainstay/internal/agent/settings"
	"mainstay/internal/agent/ship"
	"mainstay/internal/agent/spool"
	"mainstay/internal/agent/tail"
	"mainstay/internal/agent/watch"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/worker"
	"mainstay/internal/probe"
	"mainstay/internal/probe/small"
)

// Options are what an agent is made of.
type Options struct {
	Settings *settings.Settings
	Clock    clock.Clock
	Log      *slog.Logger
	// Transport carries the requests; nil means the default one.
	Transport http.RoundTripper
}

// Agent is one agent. Make it with New, run it with Run, close it with Close.
type Agent struct {
	Options
	lock       *os.File
	spool      *spool.Spool
	tailer     *tail.Tailer
	sender     *ship.Sender
	quarantine ship.Quarantine
	watchers   []*watch.Watcher
	channels   []*channel
	checks     *checks.Checks // nil when the server may have nothing looked at
	batchBytes int
}

// A batch holds at most so much, before it is compressed; its last line may go past the bytes.
const (
	maxBatchBytes = 4 << 20
	maxBatchLines = 10_000
)

// New takes the state directory and opens what is in it. It neither reads logs nor calls anybody.
func New(o Options) (_ *Agent, err error) {
	s := o.Settings
	if err := keep.Dir(s.State); err != nil {
		return nil, err
	}
	a := &Agent{Options: o, batchBytes: maxBatchBytes}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if a.lock, err = keep.Lock(s.State); err != nil {
		return nil, err
	}
	if a.spool, err = spool.Open(filepath.Join(s.State, "spool"), int64(s.Buffer)); err != nil {
		return nil, err
	}
	a.quarantine = ship.Quarantine{Dir: filepath.Join(s.State, "quarantine"), Limit: int64(s.Buffer)}
	a.sender = ship.New(ship.Config{Server: s.Server, Key: s.Key, Compression: s.Compression,
		Clock: o.Clock, Log: o.Log, Transport: o.Transport})
	if a.tailer, err = tail.New(a.tailConfig()); err != nil {
		return nil, err
	}
	for _, e := range s.EventLog {
		a.channels = append(a.channels, &channel{config: eventlog.Config{Host: s.Host, Channel: e.Channel,
			Fields: e.Lines(), Dir: filepath.Join(s.State, "eventlog"), Buffer: a.spool}})
	}
	if err := a.openChecks(); err != nil {
		return a, err
	}
	return a, a.openWatchers()
}

func (a *Agent) tailConfig() tail.Config {
	s := a.Settings
	c := tail.Config{Host: s.Host, Checkpoints: filepath.Join(s.State, "checkpoints.json"), FromEnd: s.From == "end",
		MaxLine: int(s.MaxLine), Buffer: a.spool, Clock: a.Clock, Log: a.Log}
	for _, l := range s.Logs {
		c.Logs = append(c.Logs, logOf(l))
	}
	return c
}

func logOf(l settings.Log) tail.Log {
	return tail.Log{Paths: l.Paths, Exclude: l.Exclude, Fields: l.Lines(), Start: l.Multiline.Expression, Trace: l.Multiline.Trace}
}

func (a *Agent) openWatchers() error {
	for _, f := range a.Settings.Files {
		w, err := watch.New(watch.Config{
			Root: watch.Root{Path: f.Root, Include: f.Include, Exclude: f.Exclude, Every: f.Every, Rate: int64(*f.Rate), Fields: f.Lines()},
			Host: a.Settings.Host, Dir: filepath.Join(a.Settings.State, "files"), Buffer: a.spool, Sender: a.sender, Clock: a.Clock, Log: a.Log})
		if err != nil {
			return err
		}
		a.watchers = append(a.watchers, w)
	}
	return nil
}

func (a *Agent) openChecks() (err error) {
	s := a.Settings
	if s.Checks == nil {
		return nil
	}
	scripts := map[string]probe.Script{}
	for _, one := range s.Checks.Scripts {
		scripts[one.Name] = probe.Script{Command: one.Command, Arguments: one.Expressions}
	}
	a.checks, err = checks.New(checks.Config{Server: s.Server, Key: s.Key, Host: s.Host, Every: s.Checks.Every, State: s.State, Buffer: int64(s.Buffer),
		Probes: small.Set(), Scripts: scripts, Clock: a.Clock, Log: a.Log, Transport: a.Transport})
	return err
}

// Close lets go of files and of the state directory.
func (a *Agent) Close() error {
	var problems []error
	if a.tailer != nil {
		a.tailer.Close()
	}
	for _, c := range a.channels {
		problems = append(problems, c.close())
	}
	if a.checks != nil {
		problems = append(problems, a.checks.Close())
	}
	if a.spool != nil {
		problems = append(problems, a.spool.Close())
	}
	if a.lock != nil {
		problems = append(problems, a.lock.Close())
	}
	return errors.Join(problems...)
}

// Run works until ctx is done.
func (a *Agent) Run(ctx context.Context) {
	a.Log.InfoContext(ctx, "the agent runs", "server", a.Settings.Server, "host", a.Settings.Host, "state", a.Settings.State)
	var running sync.WaitGroup
	for _, w := range a.workers() {
		running.Go(func() { w.Run(ctx) })
	}
	if a.checks != nil {
		running.Go(func() { a.checks.Run(ctx) })
	}
	running.Wait()
	a.Log.Info("the agent has stopped")
}

func (a *Agent) workers() []*worker.Worker {
	workers := []*worker.Worker{worker.New(worker.Config{Name: "deliver", Step: a.Deliver, Every: a.Settings.Poll, Clock: a.Clock, Log: a.Log})}
	for _, w := range a.watchers {
		step := func(ctx context.Context) (worker.Result, error) {
			next, err := w.Step(ctx)
			return worker.Result{Next: next}, err
		}
		workers = append(workers, worker.New(worker.Config{Name: "watch " + w.Path, Step: step, Every: time.Hour, Clock: a.Clock, Log: a.Log}))
	}
	for _, c := range a.channels {
		workers = append(workers, worker.New(worker.Config{Name: "eventlog " + c.config.Channel, Step: c.step, Every: a.Settings.Poll, Clock: a.Clock, Log: a.Log}))
	}
	if a.checks != nil {
		workers = append(workers, a.checks.Workers()...)
	}
	return workers
}

// Deliver looks at the logs and sends one batch, the disk buffer's first. Did is the number of its
// lines when it is done with, so that the next follows at once.
func (a *Agent) Deliver(ctx context.Context) (worker.Result, error) {
	polled := a.tailer.Poll()
	if ready := a.sender.Ready(); ready.After(a.Clock.Now()) {
		return worker.Result{Next: ready}, polled
	}
	body, err := a.spool.Peek(a.batchBytes)
	if err != nil {
		return worker.Result{}, errors.Join(polled, err)
	}
	done := func() error { return a.spool.Advance(len(body)) }
	if len(body) == 0 {
		b := &tail.Batch{MaxBytes: a.batchBytes, MaxLines: maxBatchLines}
		a.tailer.Fill(b)
		if b.Empty() {
			return worker.Result{}, polled
		}
		body, done = b.Body, func() error { return a.tailer.Commit(b) }
	}
	did, err := a.send(ctx, body, done)
	return worker.Result{Did: did, Next: a.sender.Ready()}, errors.Join(polled, err)
}

// send sends lines and calls done when they need not be sent again.
func (a *Agent) send(ctx context.Context, body []byte, done func() error) (did int, err error) {
	lines := bytes.Count(body, []byte{'\n'})
	if lines == 0 {
		return 0, done()
	}
	outcome, why := a.sender.Send(ctx, ship.Body{Path: "/insert/jsonline", Type: "application/x-ndjson", Open: ship.Bytes(body),
		Query: url.Values{"_time_field": {"_time"}, "_msg_field": {"_msg"}, "_stream_fields": {"host,file"}, "_parse_msg": {"auto"},
			"_zone": {a.Clock.Now().In(time.Local).Format("-07:00")}}})
	switch {
	case outcome == ship.Later:
		return 0, nil
	case outcome == ship.TooLarge && lines > 1:
		a.batchBytes = max(1, min(a.batchBytes, len(body))/2)
		return 1, nil // try half at once
	case outcome != ship.Stored:
		name, err := a.quarantine.Keep(a.Clock.Now(), why, body)
		if err != nil {
			return 0, err
		}
		a.Log.Error("the server refuses lines: they are in quarantine", "why", why, "lines", lines, "file", name)
	default:
		a.batchBytes = min(2*a.batchBytes, maxBatchBytes)
	}
	return lines, done()
}

// channel is a channel of the event log, opened when it can be.
type channel struct {
	config eventlog.Config
	reader *eventlog.Reader
}

func (c *channel) step(context.Context) (worker.Result, error) {
	if c.reader == nil {
		reader, err := eventlog.Open(c.config)
		if err != nil {
			return worker.Result{}, err
		}
		c.reader = reader
	}
	did, err := c.reader.Step()
	if err != nil {
		err = errors.Join(err, c.close())
	}
	return worker.Result{Did: did}, err
}

func (c *channel) close() error {
	if c.reader == nil {
		return nil
	}
	err := c.reader.Close()
	c.reader = nil
	return err
}
