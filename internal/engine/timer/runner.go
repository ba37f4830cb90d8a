package timer

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"mainstay/internal/base/id"
	"mainstay/internal/base/worker"
	"mainstay/internal/engine/db"
)

const (
	claimSize   = 32
	leaseFor    = time.Minute     // far longer than any handler
	maxBackoff  = 5 * time.Minute // a failing promise is tried at least this often
	failLoudly  = 3               // attempts after which a failing timer is an error in the log
	maxSkew     = 2 * time.Second
	parallelism = 4 // on PostgreSQL; SQLite has one writer anyway

	giveBackTimeout = 5 * time.Second
)

// Config describes a Runner.
type Config struct {
	DB       *db.DB
	Handlers map[Kind]Handler
	Log      *slog.Logger
	Metrics  prometheus.Registerer
	// CheckSkew makes the node claim nothing while its clock is more than 2 s off the
	// database's. It is off where the clock is not the wall's (tests, the demo).
	CheckSkew bool
}

// Runner runs due timers. Make it with NewRunner.
type Runner struct {
	Config
	node     string
	lateness prometheus.Histogram
	failures prometheus.Counter
}

// NewRunner returns a runner with an identity of its own for leases.
func NewRunner(c Config) *Runner {
	r := &Runner{
		Config: c,
		node:   id.New[string](),
		lateness: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "mainstay_timer_lateness_seconds",
			Help:    "How long after its promised instant a timer ran.",
			Buckets: []float64{.01, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300},
		}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "mainstay_timer_failures_total",
			Help: "Timer handlers that failed and will be tried again.",
		}),
	}
	c.Metrics.MustRegister(r.lateness, r.failures)
	return r
}

// Step claims and runs what is due. Next is when the next timer is due.
func (r *Runner) Step(ctx context.Context) (worker.Result, error) {
	if err := r.checkSkew(ctx); err != nil {
		return worker.Result{}, err
	}
	due, err := r.claim(ctx)
	if err != nil {
		return worker.Result{}, err
	}
	var group errgroup.Group
	group.SetLimit(1)
	if r.DB.Postgres() {
		group.SetLimit(parallelism)
	}
	for _, t := range due {
		group.Go(func() error { return r.run(ctx, t) })
	}
	if err := group.Wait(); err != nil {
		return worker.Result{}, errors.Join(err, r.giveBack(ctx))
	}
	next, err := r.next(ctx)
	return worker.Result{Did: len(due), Next: next}, err
}

func (r *Runner) checkSkew(ctx context.Context) error {
	if !r.CheckSkew {
		return nil
	}
	skew, err := r.DB.Skew(ctx)
	if err == nil && skew.Abs() > maxSkew {
		err = fmt.Errorf("this node's clock is %v off the database's: it runs no timers until that is under %v", skew, maxSkew)
	}
	return err
}

func (r *Runner) claim(ctx context.Context) (due []Timer, err error) {
	err = r.DB.Claim(ctx, func(tx *db.Tx) error {
		lock := ""
		if tx.Postgres() {
			lock = " FOR UPDATE SKIP LOCKED"
		}
		due, err = db.All(tx, scan, `
			SELECT `+columns+` FROM timer
			WHERE due <= ? AND (lease_until IS NULL OR lease_until <= ?)
			ORDER BY due, id LIMIT ?`+lock, tx.Now(), tx.Now(), claimSize)
		if err != nil {
			return err
		}
		for _, t := range due {
			_, err := tx.Exec(`UPDATE timer SET lease = ?, lease_until = ? WHERE id = ?`,
				r.node, tx.Now().Add(leaseFor), t.ID)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return due, err
}

var errLeaseLost = errors.New("the lease was lost")

// run does one timer: its row and its effect go in one transaction.
func (r *Runner) run(ctx context.Context, t Timer) error {
	var late time.Duration
	err := r.DB.Do(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(`DELETE FROM timer WHERE id = ? AND lease = ?`, t.ID, r.node)
		if err != nil {
			return err
		}
		if n == 0 {
			return errLeaseLost // moved, cancelled or taken over meanwhile
		}
		late = tx.Now().Sub(t.Promised)
		handle, ok := r.Handlers[t.Kind]
		if !ok {
			return fmt.Errorf("no handler for timers of kind %q", t.Kind)
		}
		return guarded(handle, tx, t)
	})
	switch {
	case errors.Is(err, errLeaseLost):
		return nil
	case err == nil:
		r.lateness.Observe(late.Seconds())
		return nil
	case ctx.Err() != nil:
		return ctx.Err() // stopping: see giveBack
	}
	return r.backOff(ctx, t, err)
}

// guarded makes an error of a panic: one timer that its handler cannot stand must not take
// the desk down, again and again with every start.
func guarded(handle Handler, tx *db.Tx, t Timer) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("handler panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return handle(tx, t)
}

// giveBack frees what this node has claimed and did not run, because it stops: another node
// need not wait for the leases to end.
func (r *Runner) giveBack(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveBackTimeout)
	defer cancel()
	return r.DB.Claim(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE timer SET lease = NULL, lease_until = NULL WHERE lease = ?`, r.node)
		return err
	})
}

func (r *Runner) backOff(ctx context.Context, t Timer, cause error) error {
	r.failures.Inc()
	level := slog.LevelWarn
	if t.Attempts+1 >= failLoudly {
		level = slog.LevelError
	}
	r.Log.Log(ctx, level, "timer failed, will be tried again",
		"kind", t.Kind, "subject", t.Subject, "attempts", t.Attempts+1, "err", cause)
	pause := min(time.Second<<min(t.Attempts, 10), maxBackoff)
	return r.DB.Claim(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`
			UPDATE timer SET attempts = attempts + 1, last_error = ?, due = ?, lease = NULL, lease_until = NULL
			WHERE id = ? AND lease = ?`, cause.Error(), tx.Now().Add(pause), t.ID, r.node)
		return err
	})
}

// next returns when the soonest free timer is due, the zero time when there is none. Leases
// that end are found by looking from time to time.
func (r *Runner) next(ctx context.Context) (at time.Time, err error) {
	err = r.DB.View(ctx, func(tx *db.Tx) error {
		at, err = db.One(tx, func(s db.Scanner) (at time.Time, err error) {
			return at, s.Scan(db.Time(&at))
		}, `SELECT due FROM timer WHERE lease_until IS NULL ORDER BY due LIMIT 1`)
		if errors.Is(err, db.ErrNone) {
			return nil
		}
		return err
	})
	return at, err
}

// FreeLeases gives up the leases of every node. Only for SQLite at start, when the lock on
// the data directory proves that no other process is alive.
func FreeLeases(ctx context.Context, d *db.DB) error {
	return d.Claim(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE timer SET lease = NULL, lease_until = NULL WHERE lease IS NOT NULL`)
		return err
	})
}
