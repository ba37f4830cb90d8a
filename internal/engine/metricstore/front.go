package metricstore

import (
	"context"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
)

// front is the TSDB as the library's query API sees it: there or not.
type front struct{ store *Store }

func (f front) db() (*tsdb.DB, error) {
	db, err := f.store.tsdb()
	if err != nil {
		return nil, tsdb.ErrNotReady // the API knows this one
	}
	return db, nil
}

// Querier reads samples.
func (f front) Querier(from, to int64) (storage.Querier, error) {
	if f.store.cluster != nil {
		return f.store.cluster.Querier(from, to)
	}
	db, err := f.db()
	if err != nil {
		return nil, err
	}
	return db.Querier(from, to)
}

// ChunkQuerier reads packed samples.
func (f front) ChunkQuerier(from, to int64) (storage.ChunkQuerier, error) {
	db, err := f.db()
	if err != nil {
		return nil, err
	}
	return db.ChunkQuerier(from, to)
}

// ExemplarQuerier reads examples.
func (f front) ExemplarQuerier(ctx context.Context) (storage.ExemplarQuerier, error) {
	db, err := f.db()
	if err != nil {
		return nil, err
	}
	return db.ExemplarQuerier(ctx)
}

// Stats are figures of the samples in memory.
func (f front) Stats(label string, limit int) (*tsdb.Stats, error) {
	db, err := f.db()
	if err != nil {
		return nil, err
	}
	return db.Head().Stats(label, limit), nil
}

// BlockMetas describe the blocks.
func (f front) BlockMetas() ([]tsdb.BlockMeta, error) {
	db, err := f.db()
	if err != nil {
		return nil, err
	}
	return db.BlockMetas(), nil
}

// WALReplayStatus is not known here.
func (front) WALReplayStatus() (tsdb.WALReplayStatus, error) { return tsdb.WALReplayStatus{}, nil }

// Nobody deletes samples or takes copies of them through the query API: these are never called, because the
// endpoints are not among those that are answered.

// CleanTombstones is refused.
func (front) CleanTombstones() error { return tsdb.ErrNotReady }

// Delete is refused.
func (front) Delete(context.Context, int64, int64, ...*labels.Matcher) error { return tsdb.ErrNotReady }

// Snapshot is refused.
func (front) Snapshot(string, bool) error { return tsdb.ErrNotReady }
