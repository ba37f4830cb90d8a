package metricstore

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/tsdb"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/engine/metricstore/cluster"
)

// Config is what a Store needs. Only Dir is required.
type Config struct {
	// Dir holds the samples and what is kept beside them.
	Dir string
	// Retention is how long samples are kept; 0 means 400 days, so that a month can be held against the same of last year.
	Retention time.Duration
	// MaxDisk is what samples may take on the disk, in bytes, before the oldest go; 0 is no limit.
	MaxDisk int64
	// OutOfOrder is how much older than the newest sample one may be; 0 means 24 hours, for as long as
	// agents keep what they could not send.
	OutOfOrder time.Duration
	// MaxSeries is how many series may be in memory; 0 means two million, at a few KiB each.
	MaxSeries int
	// KeepFree is how many bytes of the disk are left free; 0 means 256 MiB. Then samples are refused, because a
	// write-ahead log that was cut off in the middle is repaired by dropping what comes after.
	KeepFree int64
	// Remote is a cluster that stores and answers; without its WriteURL the TSDB in process does.
	Remote Remote
	// Retry is when opening is tried again; 0 means 10 s.
	Retry time.Duration
	// Limits bound the questions of people.
	Limits Limits
	// Clock is the one of signals, which keep the time on the wall; nil is the wall's.
	Clock clock.Clock
	Log   *slog.Logger
}

// Remote is where a cluster takes and finds samples.
type Remote struct {
	WriteURL string // of remote write, whole, such as http://mimir:9009/api/v1/push
	QueryURL string // of the query API, without /api/v1, such as http://mimir:9009/prometheus
	User     string
	Password string
	// Pause is the first one after a request that failed; 0 means a second.
	Pause time.Duration
}

// Limits bound questions.
type Limits struct {
	Timeout time.Duration // of one question; 0 means a minute
	Samples int           // that one question may hold in memory at once; 0 means 20 million
	AtOnce  int           // how many are worked on at once; 0 means 8
}

const (
	defaultRetention  = 400 * 24 * time.Hour
	defaultOutOfOrder = 24 * time.Hour
	defaultMaxSeries  = 2_000_000
	defaultKeepFree   = 256 << 20

	defaultTimeout = time.Minute
	defaultSamples = 20_000_000
	defaultAtOnce  = 8

	// Ahead is how far ahead of the clock a sample may be.
	Ahead = 10 * time.Minute

	retryOpening = 10 * time.Second
)

// Store keeps samples. Make it with New, open it with Start.
type Store struct {
	Config
	figures    *prometheus.Registry // of all but the TSDB
	parser     parser.Parser
	engine     *promql.Engine // for questions
	rules      *promql.Engine // for rules, which people's questions do not hold up
	asked      *asked
	quarantine *quarantine
	disk       free
	hooks      hooks
	pushes     *pushes
	cluster    *cluster.Cluster // nil for the TSDB in process
	stored     atomic.Int64

	mu      sync.RWMutex
	db      *tsdb.DB // nil while it is not open
	opened  *prometheus.Registry
	down    string // why it is not open
	since   time.Time
	aside   []string // blocks that were set aside
	failed  float64  // attempts to tidy up that failed, when it was looked last
	untidy  time.Time
	changed chan struct{}

	cancel  context.CancelFunc
	running sync.WaitGroup
}

// New returns a store that is not open yet.
func New(c Config) (*Store, error) {
	c = c.withDefaults()
	s := &Store{Config: c, figures: prometheus.NewRegistry(), down: "it has not been started", since: c.Clock.Now(), changed: make(chan struct{})}
	var err error
	if s.quarantine, err = openQuarantine(filepath.Join(c.Dir, "refused.ndjson"), c.Clock); err != nil {
		return nil, fmt.Errorf("samples that were refused: %w", err)
	}
	if s.pushes, err = openPushes(filepath.Join(c.Dir, "pushed")); err != nil {
		return nil, fmt.Errorf("what jobs pushed: %w", err)
	}
	s.disk = free{dir: c.Dir, keep: c.KeepFree, clock: c.Clock}
	if c.Remote.WriteURL != "" {
		if err := s.openCluster(); err != nil {
			return nil, err
		}
	}
	s.parser = parser.NewParser(parser.Options{})
	s.engine = s.newEngine(newPlaces(c.Limits.AtOnce), s.figures)
	s.rules = s.newEngine(nil, nil)
	s.figures.MustRegister(ofTSDB{s})
	s.asked = newAsked(s)
	return s, nil
}

func (c Config) withDefaults() Config {
	c.Retention = or(c.Retention, defaultRetention)
	c.OutOfOrder = or(c.OutOfOrder, defaultOutOfOrder)
	c.MaxSeries = or(c.MaxSeries, defaultMaxSeries)
	c.KeepFree = or(c.KeepFree, defaultKeepFree)
	c.Retry = or(c.Retry, retryOpening)
	c.Limits.Timeout = or(c.Limits.Timeout, defaultTimeout)
	c.Limits.Samples = or(c.Limits.Samples, defaultSamples)
	c.Limits.AtOnce = or(c.Limits.AtOnce, defaultAtOnce)
	if c.Clock == nil {
		c.Clock = clock.Wall()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// Start opens the store in the background, and tries again until it is open or Stop.
func (s *Store) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.running.Go(func() { s.repeat(ctx) })
	if s.cluster != nil {
		s.cluster.Start()
		return
	}
	s.running.Go(func() { s.keepOpening(ctx) })
}

func (s *Store) keepOpening(ctx context.Context) {
	for {
		err := s.open()
		if err == nil {
			return
		}
		s.Log.ErrorContext(ctx, "samples cannot be stored, and are asked for again", "err", err)
		select {
		case <-ctx.Done():
			return
		case <-clock.Wall().After(s.Retry):
		}
	}
}

// Started reports whether the store is meant to be open.
func (s *Store) Started() bool { return s.cancel != nil }

// Ready waits until the store is open.
func (s *Store) Ready(ctx context.Context) error {
	s.mu.RLock()
	changed := s.changed
	s.mu.RUnlock()
	select {
	case <-changed:
	case <-ctx.Done():
	}
	return s.there()
}

// there is why questions cannot be answered, nil when they can.
func (s *Store) there() error {
	if s.cluster != nil {
		return nil
	}
	_, err := s.tsdb()
	return err
}

// Stop closes the store. It may be called without Start.
func (s *Store) Stop() error {
	if s.cancel != nil {
		s.cancel()
		s.running.Wait()
	}
	if s.cluster != nil {
		s.cluster.Stop()
	}
	s.mu.Lock()
	db := s.db
	s.db, s.down, s.since = nil, "it has been stopped", s.Clock.Now()
	s.mu.Unlock()
	err := s.quarantine.Close()
	if db == nil {
		return err
	}
	if closing := db.Close(); closing != nil {
		return fmt.Errorf("closing the samples: %w", closing)
	}
	return err
}

// tsdb is the open TSDB, or why there is none.
func (s *Store) tsdb() (*tsdb.DB, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.db == nil {
		return nil, errs.Unavailablef("samples cannot be stored or asked for: %s", s.down)
	}
	return s.db, nil
}
