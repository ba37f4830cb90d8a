package metricstore

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/prometheus/prometheus/model/histogram"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/metricstore/cluster"
	"mainstay/internal/engine/signal"
)

// guard is what every append passes on its way into the TSDB. What cannot be stored is refused, which is no
// error: it goes to the quarantine, and the rest goes on. An error is one of the store.
type guard struct {
	store  *Store
	via    string // how the samples came
	latest int64  // milliseconds since 1970
	names  map[string]struct{}
	last   string
	taken  signal.Taken
	kept   []Refused
}

// maxNamed is how many refusals one delivery is told of.
const maxNamed = 20

func (s *Store) newGuard(via string) guard {
	return guard{store: s, via: via, latest: s.Clock.Now().Add(Ahead).UnixMilli(), names: map[string]struct{}{}}
}

// early reports whether a sample may be stored, as far as its instant goes.
func (g *guard) early(ls labels.Labels, t int64, v float64) bool {
	if t <= g.latest {
		return true
	}
	g.Refuse(ls, t, v, "it is more than ten minutes ahead of this server's clock")
	return false
}

// Refuse keeps a sample in the quarantine.
func (g *guard) Refuse(ls labels.Labels, t int64, v float64, why string) {
	r := Refused{Via: g.via, Refusal: signal.Refusal{Labels: plain(ls), Point: signal.Point{At: time.UnixMilli(t).UTC(), Value: v}, Why: why}}
	g.taken.Lost++
	if len(g.taken.Refused) < maxNamed {
		g.taken.Refused = append(g.taken.Refused, r.Refusal)
	}
	if len(g.kept) < maxListed { // the others of a delivery are much the same, and only counted
		g.kept = append(g.kept, r)
	}
}

// judge turns an error about a sample into a refusal.
func (g *guard) judge(ls labels.Labels, t int64, v float64, err error) error {
	if err == nil {
		g.taken.Stored++
		g.note(ls)
		return nil
	}
	if why := unfit(err); why != "" {
		g.Refuse(ls, t, v, why)
		return nil
	}
	return &errs.E{Kind: errs.Unavailable, Message: "samples cannot be stored: " + err.Error(), Err: err}
}

// unfit says why a sample can never be stored, "" when the error is the store's.
func unfit(err error) string {
	var wrong histogram.Error
	switch {
	case errors.Is(err, errTooMany):
		return errTooMany.Error()
	case errors.Is(err, storage.ErrDuplicateSampleForTimestamp):
		return "the series has another value for this instant"
	case errors.Is(err, storage.ErrTooOldSample), errors.Is(err, storage.ErrOutOfOrderSample), errors.Is(err, storage.ErrOutOfBounds):
		return "it is older than samples may arrive late"
	case errors.Is(err, tsdb.ErrInvalidSample), errors.As(err, &wrong), errors.Is(err, storage.ErrNativeHistogramsDisabled):
		return err.Error()
	}
	return ""
}

// note remembers that a metric got a sample. Samples of a metric mostly come together.
func (g *guard) note(ls labels.Labels) {
	if name := ls.Get(labels.MetricName); name != g.last {
		g.last = name
		g.names[name] = struct{}{}
	}
}

// done is called after the commit, or instead of one that failed.
func (g *guard) done(err error) error {
	if err != nil {
		g.store.hooks.failed(g.store.Clock.Now(), err)
		return &errs.E{Kind: errs.Unavailable, Message: "samples cannot be stored: " + err.Error(), Err: err}
	}
	g.store.hooks.worked()
	g.store.stored.Add(int64(g.taken.Stored))
	g.store.quarantine.keep(g.kept, g.taken.Lost)
	g.kept = nil
	if len(g.names) > 0 {
		g.store.hooks.arrived(g.names)
	}
	return nil
}

// plain are labels as the rest of the house knows them. The strings are copies: the TSDB's may be parts of a body.
func plain(ls labels.Labels) signal.Labels {
	out := make(signal.Labels, 0, ls.Len())
	ls.Range(func(l labels.Label) { out = append(out, signal.Field{Name: l.Name, Value: l.Value}) })
	return out
}

// admitted is where samples go, when there is room for more on the disk.
func (s *Store) admitted() (storage.AppendableV2, error) {
	if s.cluster != nil {
		return s.cluster, s.disk.short()
	}
	db, err := s.tsdb()
	if err != nil {
		return nil, err
	}
	return db, s.disk.short()
}

// openCluster lists what waits for the cluster.
func (s *Store) openCluster() (err error) {
	s.cluster, err = cluster.Open(cluster.Config{WriteURL: s.Remote.WriteURL, QueryURL: s.Remote.QueryURL, User: s.Remote.User, Password: s.Remote.Password,
		Dir: filepath.Join(s.Dir, "cluster"), Timeout: s.Limits.Timeout, Pause: s.Remote.Pause, Clock: s.Clock, Log: s.Log})
	close(s.changed)
	return err
}

// Delivery is the guarded way into the store. Its errors are Unavailable ones of the
// store: nothing is stored then, and it must be rolled back.
type Delivery struct {
	guard
	inner storage.AppenderV2
	err   error
}

// Into begins a delivery; via says how it came, for people.
func (s *Store) Into(ctx context.Context, via string) *Delivery {
	a := &Delivery{guard: s.newGuard(via)}
	db, err := s.admitted()
	if err != nil {
		a.err = err
		return a
	}
	a.inner = db.AppenderV2(ctx)
	return a
}

// Append adds a sample.
func (a *Delivery) Append(ref storage.SeriesRef, ls labels.Labels, st, t int64, v float64, h *histogram.Histogram, fh *histogram.FloatHistogram, o storage.AOptions) (storage.SeriesRef, error) {
	if a.err != nil {
		return 0, a.err
	}
	if !a.early(ls, t, v) {
		return 0, nil
	}
	ref, err := a.inner.Append(ref, ls, st, t, v, h, fh, o)
	var partial *storage.AppendPartialError
	if errors.As(err, &partial) { // the sample is stored, examples are not
		err = nil
	}
	if err == nil {
		a.taken.Exemplars += len(o.Exemplars)
		if h != nil || fh != nil {
			a.taken.Histograms++
		}
	}
	if err := a.judge(ls, t, v, err); err != nil {
		return 0, err
	}
	return ref, nil
}

// Commit stores what was added.
func (a *Delivery) Commit() error {
	if a.err != nil {
		return a.err
	}
	return a.done(a.inner.Commit())
}

// Rollback stores nothing of what was added.
func (a *Delivery) Rollback() error {
	if a.inner == nil {
		return nil
	}
	return a.inner.Rollback()
}

// Taken says what became of the samples, after Commit.
func (a *Delivery) Taken() signal.Taken { return a.taken }

// Appendable is the same for the library's own machinery. Via says who appends.
type Appendable struct {
	Store *Store
	Via   string
}

// AppenderV2 begins a delivery.
func (a Appendable) AppenderV2(ctx context.Context) storage.AppenderV2 {
	return a.Store.Into(ctx, a.Via)
}
