package logstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/engine/logstore/spool"
	"mainstay/internal/engine/signal"
)

// Config describes a Store. Only Dir is required.
type Config struct {
	// Dir holds the spool and, without a cluster, the engine's data.
	Dir string
	// Cluster is where a VictoriaLogs cluster is; without one the engine runs as a child.
	Cluster Cluster
	// Command starts a child; nil is this program as "engine logs".
	Command []string
	// Retention is how long standard lines are kept; 0 means 90 days.
	Retention time.Duration
	// Classes are those that are on besides the standard one, each with a process of the engine of
	// its own. Without any there is one process. They do not go with a Cluster.
	Classes map[signal.Class]Keeping
	// Margin is how much longer the engine keeps lines, so that they can be archived at the
	// age of Retention and are still there while archiving fails.
	Margin time.Duration
	// Hold is how long the engine keeps lines of a class at least, for days that were restored; see
	// Part.Keep.
	Hold map[signal.Class]time.Duration
	// MaxDisk is how many bytes standard lines may take before the oldest days go; 0 is no limit.
	MaxDisk int64
	// Memory bounds the engine's process; 0 means 1 GiB. With classes, their processes share it.
	Memory int64
	// SpoolBytes is how much may wait for the engine; 0 means 4 GiB.
	SpoolBytes int64
	// Readers are those that read what arrives, besides the forwarder. Each must call
	// Reader once after Open, or nothing ever leaves the spool.
	Readers []string
	// Tell hears of what people should know; it may be nil.
	Tell func(Event)
	Log  *slog.Logger
}

// Cluster is where a VictoriaLogs cluster takes and finds lines.
type Cluster struct {
	InsertURL, SelectURL string
	User, Password       string
}

// The engine's own limits that ingest must know.
const (
	DefaultRetention = 90 * 24 * time.Hour
	// Ahead is how far in the future a line's instant may be.
	Ahead = 24 * time.Hour

	defaultMemory = 1 << 30
	minFree       = 256 << 20
	queryTime     = time.Minute
	settledChild  = 10 * time.Second
	settledRemote = 5 * time.Minute
)

// Store is the log store of this process.
type Store struct {
	Config
	spool   *spool.Spool
	clock   clock.Clock
	parts   []*Part     // the standard one first
	front   *supervisor // nil without classes
	remote  *remote     // nil without a cluster
	client  *client     // for questions
	buffers sync.Pool   // of *[]byte, for Append

	forwarding  sync.WaitGroup
	engines     sync.WaitGroup
	stopForward context.CancelFunc
	stopEngine  context.CancelFunc
}

// Open opens the spool. Lines can be appended from now on; they reach the engine after Start.
func Open(c Config) (*Store, error) {
	if c.Retention == 0 {
		c.Retention = DefaultRetention
	}
	if c.Memory == 0 {
		c.Memory = defaultMemory
	}
	if c.Tell == nil {
		c.Tell = func(Event) {}
	}
	if c.Command == nil {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		c.Command = []string{self, "engine", "logs"}
	}
	s := &Store{Config: c, clock: clock.Wall()} // signals keep the time on the wall, whatever the records' clock says
	if err := s.open(); err != nil {
		return nil, errors.Join(err, s.closeAll())
	}
	return s, nil
}

func (s *Store) open() (err error) {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return err
	}
	if err := s.planParts(); err != nil {
		return err
	}
	var readers []string
	for _, p := range s.parts {
		readers = append(readers, named(forwarderReader, p.Class))
	}
	s.spool, err = spool.Open(spool.Config{
		Dir: filepath.Join(s.Dir, "spool"), MaxBytes: s.SpoolBytes, Readers: append(readers, s.Readers...),
		Clock: s.clock, Log: s.Log,
	})
	if err != nil {
		return fmt.Errorf("the spool of log lines: %w", err)
	}
	if err := s.openEngines(); err != nil {
		return err
	}
	for _, p := range s.parts {
		if err := s.openForwarder(p); err != nil {
			return err
		}
	}
	return nil
}

// openEngines makes what Start starts: the processes of the engine, or what watches the cluster.
func (s *Store) openEngines() error {
	if s.Cluster.InsertURL != "" {
		s.client = newRemote(s.Cluster)
		s.parts[0].client = s.client
		s.remote = newRemoteState(s.client, s.clock, s.Log)
		return nil
	}
	for _, p := range s.parts {
		if err := s.openEngine(p); err != nil {
			return err
		}
	}
	if s.split() {
		return s.openFront()
	}
	s.client = s.parts[0].client
	return nil
}

// Start starts the engine and the forwarders.
func (s *Store) Start() {
	var engine, forward context.Context
	engine, s.stopEngine = context.WithCancel(context.Background())
	forward, s.stopForward = context.WithCancel(context.Background())
	for _, p := range s.parts {
		s.forwarding.Go(func() { p.forward.run(forward) })
		if p.engine != nil {
			s.engines.Go(func() { p.engine.run(engine) })
		}
	}
	if s.front != nil {
		s.engines.Go(func() { s.front.run(engine) })
	}
	if s.remote != nil {
		s.engines.Go(func() { s.remote.run(engine) })
	}
}

// Started reports whether Start has been called.
func (s *Store) Started() bool { return s.stopForward != nil }

// Stop stops the forwarders, lets the engine write what it holds, and closes the spool.
func (s *Store) Stop() error {
	var err error
	if s.stopForward != nil {
		s.stopForward()
		s.forwarding.Wait()
		s.stopEngine()
		s.engines.Wait()
		for _, p := range s.parts {
			p.ended()
		}
		err = s.forget()
	}
	return errors.Join(err, s.closeAll())
}

func (s *Store) closeAll() (err error) {
	for _, p := range s.parts {
		err = errors.Join(err, p.close())
	}
	if s.client != nil {
		s.client.close()
	}
	if s.spool != nil {
		err = errors.Join(err, s.spool.Close())
	}
	return err
}

// Append stores standard rows durably; see AppendAs.
func (s *Store) Append(ctx context.Context, rows []signal.Row) error {
	return s.AppendAs(ctx, signal.Standard, rows)
}

// AppendAs stores rows of a class durably; see signal.Appender. Rows of a class that is not on are
// standard ones.
func (s *Store) AppendAs(ctx context.Context, class signal.Class, rows []signal.Row) error {
	if len(rows) == 0 {
		return nil
	}
	if !s.Part(class).On {
		class = signal.Standard
	}
	buf, _ := s.buffers.Get().(*[]byte)
	if buf == nil {
		buf = new([]byte)
	}
	defer s.buffers.Put(buf) // the spool keeps a copy
	*buf = encode((*buf)[:0], rows)
	_, err := s.spool.Append(ctx, spool.Frame{Received: s.clock.Now(), Rows: len(rows), Kind: kindOf(s.Part(class).Class), Payload: *buf})
	return err
}

// Pressure is how full the spool is, from 0 to 1.
func (s *Store) Pressure() float64 {
	return s.spool.Fill()
}

// Endpoints are those that Select knows.
var Endpoints = []string{
	"query", "hits", "facets", "tail", "stats_query", "stats_query_range",
	"streams", "stream_ids", "stream_field_names", "stream_field_values", "field_names", "field_values",
}

// arguments are those that a question may carry to the engine. Tenants are not among them.
var arguments = []string{
	"query", "start", "end", "time", "limit", "timeout", "step", "offset", "field", "fields_limit", "filter",
	"max_values_per_field", "max_value_len", "keep_const_fields", "start_offset", "refresh_interval",
	"extra_filters", "extra_stream_filters",
}

// Select asks the engine; see signal.Logs. The scope goes with every question as a stream filter,
// which the engine applies to all of its subqueries, and which neither stream_context nor another
// pipe can leave.
func (s *Store) Select(ctx context.Context, endpoint string, form url.Values, in signal.Scope) (signal.Answer, error) {
	ask, err := question(endpoint, form, in)
	if err != nil {
		return signal.Answer{}, err
	}
	if s.split() {
		forFront(ask)
		if endpoint == "facets" {
			return s.facets(ctx, ask)
		}
	}
	return s.client.query(ctx, endpoint, ask)
}

// question is what a form may ask for at an endpoint, within a scope.
func question(endpoint string, form url.Values, in signal.Scope) (url.Values, error) {
	if !slices.Contains(Endpoints, endpoint) {
		return nil, errs.NotFoundf("there is no query endpoint %q", endpoint)
	}
	ask := url.Values{}
	for _, name := range arguments {
		if values := form[name]; len(values) > 0 {
			ask[name] = slices.Clone(values)
		}
	}
	if filter := in.Filter(); filter != "" {
		ask.Add("extra_stream_filters", filter)
	}
	return ask, nil
}

// Flush makes what has been sent visible to questions at once. Only tests need it.
func (s *Store) Flush(ctx context.Context) error {
	for _, p := range s.parts {
		if err := p.forward.flush(ctx); err != nil {
			return err
		}
	}
	for s.split() && s.client.health(ctx) != nil {
		select {
		case <-ctx.Done():
			return errs.Unavailablef("the log engine does not answer: %v", ctx.Err())
		case <-s.clock.After(healthEvery):
		}
	}
	return nil
}
