package metricstore

import (
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Status is how the store is.
type Status struct {
	Up       bool
	Since    time.Time // since when it is up, or down
	Reason   string    // why it is down
	SetAside []string  // blocks that could not be read

	Failure      string // why appends fail now
	FailingSince time.Time

	Series   uint64    // in memory
	Limit    int       // of series in memory
	Oldest   time.Time // sample, zero without any
	Bytes    int64     // on the disk
	Free     int64     // left on the disk, -1 when unknown
	Keep     int64     // is left free of it
	Stored   int64     // samples since the start
	Refused  int64     // samples since the start
	LastLost time.Time // when a sample was refused last

	Waiting         int64 // bytes that the cluster has not been given yet
	RefusedRequests int   // that the cluster will never take; they are kept

	Repaired float64   // how often the write-ahead log had to be repaired since the start
	Untidy   time.Time // when it was seen last that blocks could not be tidied up; zero when never
}

// Status looks.
func (s *Store) Status() Status {
	s.mu.RLock()
	st := Status{Up: s.db != nil, Since: s.since, Reason: s.down, SetAside: slices.Clone(s.aside)}
	db := s.db
	s.mu.RUnlock()
	st.Failure, st.FailingSince = s.hooks.failing()
	st.Free, st.Keep, st.Limit = s.disk.left(), s.KeepFree, s.MaxSeries
	st.Stored = s.stored.Load()
	s.quarantine.mu.Lock()
	st.Refused, st.LastLost = s.quarantine.total, s.quarantine.last
	s.quarantine.mu.Unlock()
	if s.cluster != nil {
		s.ofCluster(&st)
		return st
	}
	if db == nil {
		return st
	}
	st.Series, st.Bytes = db.Head().NumSeries(), db.Head().Size()
	for _, b := range db.Blocks() {
		st.Bytes += b.Size()
	}
	if oldest, err := db.StartTime(); err == nil && st.Series > 0 {
		st.Oldest = instant(oldest)
	}
	s.figuresOf(&st)
	return st
}

// ofCluster is how the way to the cluster is. That it does not take samples is a failure only when it lasts, because
// they wait meanwhile.
func (s *Store) ofCluster(st *Status) {
	c := s.cluster.Status()
	st.Up, st.Reason, st.Waiting, st.RefusedRequests = true, "", c.Waiting, c.Refused
	if st.Failure == "" {
		st.Failure, st.FailingSince = c.Failure, c.Since
	}
}

// figuresOf reads what the TSDB says of itself only in figures.
func (s *Store) figuresOf(st *Status) {
	families, err := s.figures.Gather()
	if err != nil {
		return
	}
	failed := 0.0
	for _, f := range families {
		total := 0.0
		for _, m := range f.GetMetric() {
			total += m.GetCounter().GetValue()
		}
		switch f.GetName() {
		case "prometheus_tsdb_wal_corruptions_total":
			st.Repaired = total
		case "prometheus_tsdb_compactions_failed_total", "prometheus_tsdb_reloads_failures_total":
			failed += total
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if failed > s.failed {
		s.untidy = s.Clock.Now()
	}
	s.failed = failed
	st.Untidy = s.untidy
}

// Figures are what the library counts: of the TSDB, of questions, of scraping.
func (s *Store) Figures() *prometheus.Registry { return s.figures }

// ofTSDB collects the figures of the TSDB that is open now. It names none before, because each opening has its own.
type ofTSDB struct{ store *Store }

// Describe names none.
func (ofTSDB) Describe(chan<- *prometheus.Desc) {}

// Collect collects them.
func (f ofTSDB) Collect(to chan<- prometheus.Metric) {
	f.store.mu.RLock()
	opened := f.store.opened
	f.store.mu.RUnlock()
	if opened != nil {
		opened.Collect(to)
	}
}
