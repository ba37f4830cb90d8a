package metricstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunks"
	"github.com/prometheus/prometheus/util/compression"
)

// Below Dir.
const (
	dataFolder  = "tsdb"
	asideFolder = "set-aside"
)

// open opens the TSDB. What it says of its failure is for people.
func (s *Store) open() error {
	dir := filepath.Join(s.Dir, dataFolder)
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = s.setAside(dir)
	}
	registry := prometheus.NewRegistry() // one for each opening: a second registration panics
	var db *tsdb.DB
	if err == nil {
		db, err = tsdb.Open(dir, s.Log.With("part", "samples"), registry, s.options(), nil)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.down = err.Error()
		return err
	}
	s.db, s.opened, s.down, s.since = db, registry, "", s.Clock.Now()
	close(s.changed)
	return nil
}

func (s *Store) options() *tsdb.Options {
	o := tsdb.DefaultOptions()
	o.RetentionDuration = s.Retention.Milliseconds()
	o.MaxBytes = s.MaxDisk
	o.OutOfOrderTimeWindow = s.OutOfOrder.Milliseconds()
	o.MaxBlockDuration = longestBlock(s.Retention).Milliseconds()
	o.WALCompression = compression.Snappy
	o.EnableExemplarStorage, o.MaxExemplars = true, 100_000
	o.SeriesLifecycleCallback = seriesLimit{s}
	return o
}

// shortestBlock is for how long samples are in memory alone, and in the write-ahead log.
const shortestBlock = 2 * time.Hour

// longestBlock is as Prometheus chooses it: a tenth of the retention, at most 31 days.
func longestBlock(retention time.Duration) time.Duration {
	return max(min(retention/10, 31*24*time.Hour), shortestBlock)
}

// blockName is how folders of blocks are named: a ULID.
var blockName = regexp.MustCompile(`^[0-7][0-9A-HJKMNP-TV-Z]{25}$`)

// setAside moves blocks away that the TSDB would not start with. They are kept, and the others serve on.
func (s *Store) setAside(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !e.IsDir() || !blockName.MatchString(e.Name()) {
			continue
		}
		if why := s.readable(filepath.Join(dir, e.Name())); why != nil {
			if err := s.moveAside(dir, e.Name(), why); err != nil {
				return err
			}
		}
	}
	return s.listAside()
}

func (s *Store) readable(block string) error {
	b, err := tsdb.OpenBlock(s.Log, block, nil, nil)
	if err != nil {
		return err
	}
	return b.Close()
}

func (s *Store) moveAside(dir, name string, why error) error {
	to := filepath.Join(s.Dir, asideFolder)
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(dir, name), filepath.Join(to, name)); err != nil {
		return fmt.Errorf("a block of samples that cannot be read (%w) cannot be set aside: %w", why, err)
	}
	s.Log.Error("a block of samples cannot be read and was set aside; all others serve on", "block", name, "folder", to, "err", why)
	return nil
}

func (s *Store) listAside() error {
	entries, err := os.ReadDir(filepath.Join(s.Dir, asideFolder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.aside = s.aside[:0]
	for _, e := range entries {
		s.aside = append(s.aside, e.Name())
	}
	return nil
}

// errTooMany is why a series is not begun.
var errTooMany = errors.New("there are as many series in memory as may be (metrics.max_series)")

// seriesLimit keeps new series out when there are too many: a label with a value of its own for each request
// would else take all memory.
type seriesLimit struct{ store *Store }

func (l seriesLimit) PreCreation(labels.Labels) error {
	l.store.mu.RLock()
	db := l.store.db
	l.store.mu.RUnlock()
	if db != nil && db.Head().NumSeries() >= uint64(l.store.MaxSeries) {
		return errTooMany
	}
	return nil
}

func (seriesLimit) PostCreation(labels.Labels) {}

func (seriesLimit) PostDeletion(map[chunks.HeadSeriesRef]labels.Labels) {}
