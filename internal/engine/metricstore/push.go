package metricstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/storage"

	"mainstay/internal/base/clock"
	"mainstay/internal/base/errs"
	"mainstay/internal/engine/metricstore/wire"
	"mainstay/internal/engine/signal"
)

// What jobs push is stored again every minute, as a Prometheus would fetch it from a Pushgateway: the last word of a
// job that ran last night is asked for today. Each group is a file, so that it goes on after a restart.

// pushes are the groups that are repeated.
type pushes struct {
	dir    string
	mu     sync.Mutex
	groups map[string]*pushGroup // by name of the file
	series int
	last   time.Time // instant of what was stored last
}

// instant is now, or later than what was stored last: a second value for one instant is none.
func (p *pushes) instant(now time.Time) time.Time {
	if now = now.Truncate(time.Millisecond); !now.After(p.last) {
		now = p.last.Add(time.Millisecond)
	}
	p.last = now
	return now
}

// pushGroup is what one group pushed last.
type pushGroup struct {
	Group  signal.Labels
	Series []pushedSeries
}

type pushedSeries struct {
	Labels map[string]string
	Value  string // as text: JSON has neither NaN nor Inf
}

const (
	repeatEvery = time.Minute
	maxPushed   = 100_000 // series that are repeated
	pushTime    = "push_time_seconds"
)

func openPushes(dir string) (*pushes, error) {
	p := &pushes{dir: dir, groups: map[string]*pushGroup{}}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		var g pushGroup
		if json.Unmarshal(text, &g) != nil {
			continue // of a write that was cut off: the group is told anew by its next push
		}
		p.groups[e.Name()] = &g
		p.series += len(g.Series)
	}
	return p, nil
}

// Push takes in what a job pushes. It is of signal.Samples.
func (s *Store) Push(ctx context.Context, in signal.Push) (signal.Taken, error) {
	if _, err := s.admitted(); err != nil {
		return signal.Taken{}, err
	}
	now := s.Clock.Now()
	come := &collected{at: now.UnixMilli()}
	if !in.Ended {
		if err := wire.Text(in.Body, in.ContentType, now, wire.Stamp{Set: in.Set, Group: in.Group}, come); err != nil {
			return signal.Taken{}, err
		}
		b := labels.NewBuilder(labels.FromStrings(labels.MetricName, pushTime))
		for _, f := range append(in.Set[:len(in.Set):len(in.Set)], in.Group...) {
			b.Set(f.Name, f.Value)
		}
		come.list = append(come.list, pushedSeries{b.Labels().Map(), strconv.FormatFloat(float64(now.UnixMilli())/1000, 'f', -1, 64)})
	}
	s.pushes.mu.Lock()
	defer s.pushes.mu.Unlock()
	gone, err := s.pushes.take(in, come.list)
	if err != nil {
		return signal.Taken{}, err
	}
	into := s.Into(ctx, "push")
	for _, r := range come.refused {
		into.Refuse(r.ls, r.at, r.value, r.why)
	}
	at := s.pushes.instant(now)
	err = appendPushed(into, at, come.list, nil)
	if err == nil {
		err = appendPushed(into, at, gone, &stale)
	}
	if err != nil {
		return signal.Taken{}, errors.Join(err, into.Rollback())
	}
	if err := into.Commit(); err != nil {
		return signal.Taken{}, err
	}
	return into.Taken(), nil
}

// stale ends a series in the eyes of PromQL.
var stale = math.Float64frombits(value.StaleNaN)

func appendPushed(into *Delivery, at time.Time, list []pushedSeries, instead *float64) error {
	for _, one := range list {
		v, _ := strconv.ParseFloat(one.Value, 64) // as we wrote it
		if instead != nil {
			v = *instead
		}
		if _, err := into.Append(0, labels.FromMap(one.Labels), 0, at.UnixMilli(), v, nil, nil, storage.AOptions{}); err != nil {
			return err
		}
	}
	return nil
}

// take makes the group what it is now, and returns the series that have gone.
func (p *pushes) take(in signal.Push, list []pushedSeries) (gone []pushedSeries, err error) {
	name := fileOf(in.Group)
	had := p.groups[name]
	if had == nil {
		had = &pushGroup{Group: in.Group}
	}
	told, names := map[string]bool{}, map[string]bool{}
	for _, one := range list {
		told[keyOf(one)], names[one.Labels[labels.MetricName]] = true, true
	}
	is := &pushGroup{Group: in.Group, Series: list}
	for _, one := range had.Series {
		switch {
		case told[keyOf(one)]:
		case in.Ended || in.Whole || names[one.Labels[labels.MetricName]]:
			gone = append(gone, one)
		default:
			is.Series = append(is.Series, one)
		}
	}
	if p.series+len(is.Series)-len(had.Series) > maxPushed {
		return nil, errs.Invalidf("jobs have pushed the %d series that are repeated at most: end groups that are over (DELETE)", maxPushed)
	}
	if err := p.save(name, is, in.Ended); err != nil {
		return nil, err
	}
	p.series += len(is.Series) - len(had.Series)
	if p.groups[name] = is; in.Ended {
		delete(p.groups, name)
	}
	return gone, nil
}

func (p *pushes) save(name string, g *pushGroup, ended bool) error {
	path := filepath.Join(p.dir, name)
	err := os.MkdirAll(p.dir, 0o700)
	if ended {
		if err = os.Remove(path); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	} else if err == nil {
		var text []byte
		if text, err = json.Marshal(g); err == nil {
			if err = os.WriteFile(path+".new", text, 0o600); err == nil {
				err = os.Rename(path+".new", path)
			}
		}
	}
	if err != nil {
		return &errs.E{Kind: errs.Unavailable, Message: "what was pushed cannot be kept: " + err.Error(), Err: err}
	}
	return nil
}

// fileOf is the name of a group's file.
func fileOf(group signal.Labels) string {
	set := map[string]string{}
	for _, f := range group {
		set[f.Name] = f.Value
	}
	sum := sha256.Sum256([]byte(labels.FromMap(set).String()))
	return hex.EncodeToString(sum[:16]) + ".json"
}

func keyOf(one pushedSeries) string { return labels.FromMap(one.Labels).String() }

// repeat stores everything that was pushed again.
func (s *Store) repeat(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-clock.Wall().After(repeatEvery):
		}
		if err := s.Repeat(ctx); err != nil && !errs.Is(err, errs.Unavailable) {
			s.Log.ErrorContext(ctx, "what jobs pushed cannot be repeated", "err", err)
		}
	}
}

// Repeat stores everything that was pushed again, now.
func (s *Store) Repeat(ctx context.Context) error {
	s.pushes.mu.Lock()
	defer s.pushes.mu.Unlock()
	if len(s.pushes.groups) == 0 {
		return nil
	}
	into, now := s.Into(ctx, "push"), s.pushes.instant(s.Clock.Now())
	for _, g := range s.pushes.groups {
		if err := appendPushed(into, now, g.Series, nil); err != nil {
			return errors.Join(err, into.Rollback())
		}
	}
	return into.Commit()
}

// collected is what a body holds.
type collected struct {
	at      int64
	list    []pushedSeries
	refused []unstored
}

type unstored struct {
	ls    labels.Labels
	at    int64
	value float64
	why   string
}

// Append takes a sample.
func (c *collected) Append(_ storage.SeriesRef, ls labels.Labels, _, t int64, v float64, h *histogram.Histogram, fh *histogram.FloatHistogram, _ storage.AOptions) (storage.SeriesRef, error) {
	switch {
	case t != c.at:
		return 0, errs.Invalidf("nothing was stored: what a job pushes is of now, but %s has an instant: leave it out, or send it to /api/v1/import/prometheus", ls)
	case h != nil || fh != nil:
		c.Refuse(ls, t, v, "native histograms cannot be pushed")
	default:
		c.list = append(c.list, pushedSeries{ls.Map(), strconv.FormatFloat(v, 'g', -1, 64)})
	}
	return 0, nil
}

// Refuse keeps a sample beside.
func (c *collected) Refuse(ls labels.Labels, at int64, v float64, why string) {
	c.refused = append(c.refused, unstored{ls, at, v, why})
}

// Commit does nothing.
func (*collected) Commit() error { return nil }

// Rollback does nothing.
func (*collected) Rollback() error { return nil }
