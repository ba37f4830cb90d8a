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
	"mainstay/internal/engine/logstore/child"
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
	// Retention is how long lines are kept; 0 means 90 days.
	Retention time.Duration
	// Margin is how much longer the engine keeps lines, so that they can be archived at the
	// age of Retention and are still there while archiving fails.
	Margin time.Duration
	// Hold is how long the engine keeps lines at least, for days that were restored; see Keep.
	Hold time.Duration
	// MaxDisk is how many bytes the lines may take before the oldest days go; 0 is no limit.
	MaxDisk int64
	// Memory bounds the engine's process; 0 means 1 GiB.
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
	forward *forwarder
	engine  *supervisor // nil with a cluster
	remote  *remote     // nil without one
	client  *client
	buffers sync.Pool  // of *[]byte, for Append
	keeping sync.Mutex // guards Hold

	running      sync.WaitGroup
	stopForward  context.CancelFunc
	stopEngine   context.CancelFunc
	engineIsGone chan struct{}
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
	s := &Store{Config: c}
	return s, s.open()
}

func (s *Store) open() (err error) {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return err
	}
	wall := clock.Wall() // signals keep the time on the wall, whatever the records' clock says
	s.spool, err = spool.Open(spool.Config{
		Dir: filepath.Join(s.Dir, "spool"), MaxBytes: s.SpoolBytes, Readers: append([]string{forwarderReader}, s.Readers...),
		Clock: wall, Log: s.Log,
	})
	if err != nil {
		return fmt.Errorf("the spool of log lines: %w", err)
	}
	f := &forwarder{spool: s.spool, clock: wall, log: s.Log, settled: settledChild}
	if s.Cluster.InsertURL != "" {
		s.client = newRemote(s.Cluster)
		s.remote = newRemoteState(s.client, wall)
		f.engine, f.settled = s.remote.state, settledRemote
	} else {
		if s.engine, err = newSupervisor(s.settings(), s.Command, wall, s.Log, s.Tell); err != nil {
			return errors.Join(err, s.spool.Close())
		}
		s.client = newClient(s.engine.socket)
		f.engine, s.engine.stored = s.engine.state, f.allStored
	}
	f.client = s.client
	if err := f.open(filepath.Join(s.Dir, "forwarder")); err != nil {
		return errors.Join(err, s.spool.Close())
	}
	s.forward = f
	return nil
}

func (s *Store) settings() child.Settings {
	return child.Settings{
		Dir: filepath.Join(s.Dir, "engine"), Retention: s.Kept(), FutureRetention: Ahead + 24*time.Hour,
		MaxDisk: s.MaxDisk, MinFree: minFree, Memory: s.Memory, QueryTime: queryTime,
	}
}

// Start starts the engine and the forwarder.
func (s *Store) Start() {
	var engine, forward context.Context
	engine, s.stopEngine = context.WithCancel(context.Background())
	forward, s.stopForward = context.WithCancel(context.Background())
	s.engineIsGone = make(chan struct{})
	s.running.Go(func() { s.forward.run(forward) })
	go func() {
		defer close(s.engineIsGone)
		if s.engine != nil {
			s.engine.run(engine)
		} else {
			s.remote.run(engine)
		}
	}()
}

// Started reports whether Start has been called.
func (s *Store) Started() bool { return s.stopForward != nil }

// Stop stops the forwarder, lets the engine write what it holds, and closes the spool.
func (s *Store) Stop() error {
	if s.stopForward != nil {
		s.stopForward()
		s.running.Wait()
		s.stopEngine()
		<-s.engineIsGone
		if s.engine != nil && s.engine.endedWell() {
			s.forward.allStored()
		}
	}
	s.client.close()
	return errors.Join(s.forward.close(), s.spool.Close())
}

// Append stores rows durably; see signal.Appender.
func (s *Store) Append(ctx context.Context, rows []signal.Row) error {
	if len(rows) == 0 {
		return nil
	}
	buf, _ := s.buffers.Get().(*[]byte)
	if buf == nil {
		buf = new([]byte)
	}
	defer s.buffers.Put(buf) // the spool keeps a copy
	*buf = encode((*buf)[:0], rows)
	_, err := s.spool.Append(ctx, spool.Frame{Received: clock.Wall().Now(), Rows: len(rows), Payload: *buf})
	return err
}

// Pressure is how full the spool is, from 0 to 1.
func (s *Store) Pressure() float64 {
	st := s.spool.Stats()
	if st.Limit == 0 {
		return 0
	}
	return float64(st.Bytes) / float64(st.Limit)
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
	if !slices.Contains(Endpoints, endpoint) {
		return signal.Answer{}, errs.NotFoundf("there is no query endpoint %q", endpoint)
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
	return s.client.query(ctx, endpoint, ask)
}

// Flush makes what has been sent visible to questions at once. Only tests need it.
func (s *Store) Flush(ctx context.Context) error { return s.forward.flush(ctx) }
