package scrape

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/discovery"
	library "github.com/prometheus/prometheus/scrape"

	"mainstay/internal/base/clock"
	"mainstay/internal/engine/metricstore"
)

// Config is what Jobs need.
type Config struct {
	// File has the jobs; empty is none.
	File  string
	Store *metricstore.Store
	// Clock is the one of signals; nil is the wall's.
	Clock clock.Clock
	Log   *slog.Logger
	// Soon begins to fetch without waiting for others to be named, too. Only tests set it.
	Soon bool
}

// Jobs fetch samples between Start and Stop.
type Jobs struct {
	Config
	manager    *library.Manager
	discovery  *discovery.Manager
	discovered context.CancelFunc

	mu     sync.Mutex
	text   []byte // of the file when it was read last
	status Status

	cancel  context.CancelFunc
	running sync.WaitGroup
}

// Status is how the jobs are.
type Status struct {
	File   string
	Jobs   int
	Loaded time.Time // when the jobs that run were read; zero when never
	// Problem says why the file as it is now is not used, and since when it is so.
	Problem string
	Since   time.Time
}

// lookEvery is how often the file is looked at.
const lookEvery = 5 * time.Second

// soonest is how long changes of targets are gathered before they are acted on.
const soonest = 100 * time.Millisecond

// New makes jobs that do not run yet, and lets the store's query API show them.
func New(c Config) (*Jobs, error) {
	if c.Clock == nil {
		c.Clock = clock.Wall()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	j := &Jobs{Config: c, status: Status{File: c.File}}
	found, err := discovery.CreateAndRegisterSDMetrics(c.Store.Figures())
	if err != nil {
		return nil, fmt.Errorf("scrape jobs: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	j.discovered = cancel
	options := []func(*discovery.Manager){discovery.Name("scrape")}
	if c.Soon {
		options = append(options, discovery.Updatert(soonest))
	}
	j.discovery = discovery.NewManager(ctx, c.Log, c.Store.Figures(), found, options...)
	j.manager, err = library.NewManager(&library.Options{DiscoveryReloadOnStartup: c.Soon}, slog.New(&overheard{c.Log.Handler(), c.Store, nil}), nil,
		nil, metricstore.Appendable{Store: c.Store, Via: "scrape"}, c.Store.Figures())
	if err != nil || j.discovery == nil {
		cancel()
		return nil, fmt.Errorf("scrape jobs: %w", err)
	}
	c.Store.Show(j.manager)
	return j, nil
}

// Start reads the file and begins to fetch.
func (j *Jobs) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	j.cancel = cancel
	j.running.Go(func() { _ = j.discovery.Run() }) // ends with its context, whose error it returns
	j.running.Go(func() { _ = j.manager.Run(j.discovery.SyncCh()) })
	j.running.Go(func() { j.watch(ctx) })
}

// Stop ends all fetching. It may be called without Start.
func (j *Jobs) Stop() {
	j.discovered()
	if j.cancel == nil {
		return
	}
	j.cancel()
	j.manager.Stop()
	j.running.Wait()
}

func (j *Jobs) watch(ctx context.Context) {
	for {
		j.Look()
		select {
		case <-ctx.Done():
			return
		case <-clock.Wall().After(lookEvery):
		}
	}
}

// Look reads the file when it has changed since it was read last.
func (j *Jobs) Look() {
	if j.File == "" {
		return
	}
	text, err := os.ReadFile(j.File)
	if err != nil {
		j.refuse("the file cannot be read: " + err.Error())
		j.forget()
		return
	}
	j.mu.Lock()
	same := j.text != nil && bytes.Equal(text, j.text)
	j.text = text
	j.mu.Unlock()
	if same {
		return
	}
	if err := j.load(text); err != nil {
		j.refuse(err.Error())
	}
}

// forget has the file read again when it is back, even unchanged.
func (j *Jobs) forget() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.text = nil
}

func (j *Jobs) load(text []byte) error {
	c, err := Parse(text, folder(j.File))
	if err != nil {
		return err
	}
	if err := j.manager.ApplyConfig(c); err != nil {
		return fmt.Errorf("the scrape jobs cannot be begun: %w", err)
	}
	if err := j.discovery.ApplyConfig(discoveriesOf(c)); err != nil {
		return fmt.Errorf("the targets of scrape jobs cannot be found: %w", err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.status = Status{File: j.File, Jobs: len(c.ScrapeConfigs), Loaded: j.Clock.Now()}
	j.Log.Info("scrape jobs were read", "file", j.File, "jobs", len(c.ScrapeConfigs))
	return nil
}

func discoveriesOf(c *config.Config) map[string]discovery.Configs {
	out := map[string]discovery.Configs{}
	for _, job := range c.ScrapeConfigs {
		out[job.JobName] = job.ServiceDiscoveryConfigs
	}
	return out
}

func (j *Jobs) refuse(why string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.status.Problem != why {
		j.Log.Error("the file of scrape jobs is not used; those that ran go on", "file", j.File, "err", why)
	}
	if j.status.Problem == "" {
		j.status.Since = j.Clock.Now()
	}
	j.status.Problem = why
}

// Status looks.
func (j *Jobs) Status() Status {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.status
}
