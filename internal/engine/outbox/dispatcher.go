package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"runtime/debug"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mainstay/internal/base/id"
	"mainstay/internal/base/worker"
	"mainstay/internal/engine/db"
)

const (
	defaultConcurrency = 16
	defaultTimeout     = 10 * time.Second
)

// Sender sends over one channel. Its error says what became of the delivery: see Permanent
// and NotSent.
type Sender interface {
	Send(context.Context, Delivery) error
}

// Hooks tell the room that queued messages what became of them, in the transaction that
// records it.
type Hooks struct {
	Sent   func(*db.Tx, Delivery) error
	Failed func(*db.Tx, Message) error // for good; Reason says why
}

// Space keeps a storm readable: after so many deliveries of a kind to an address within a
// minute, the next waits until Pause has passed since the last, and leaves together with
// whatever has come by then.
type Space struct {
	After int
	Pause time.Duration
}

// DefaultSpacing lets the first three deliveries of a minute leave at once.
func DefaultSpacing() []Space {
	return []Space{{After: 3, Pause: 2 * time.Second}, {After: 10, Pause: 10 * time.Second}}
}

// Config describes a Dispatcher.
type Config struct {
	DB      *db.DB
	Senders map[Channel]Sender
	Hooks   Hooks
	// Concurrency bounds the deliveries under way on a channel; 0 means 16.
	Concurrency map[Channel]int
	// Spacing holds storms together; nil means DefaultSpacing, empty none.
	Spacing []Space
	// Timeout bounds one delivery (wall time); 0 means 10 s.
	Timeout time.Duration
	Log     *slog.Logger
	Metrics prometheus.Registerer
}

// Dispatcher delivers due messages. Make it with NewDispatcher.
type Dispatcher struct {
	Config
	node     string
	wake     func()
	inFlight sync.WaitGroup

	mu        sync.Mutex
	busy      map[place]bool // where a delivery is under way
	outcomes  []outcome      // not recorded yet
	recording bool           // somebody is at it

	sent, retried, failed *prometheus.CounterVec
	latency               *prometheus.HistogramVec
}

// NewDispatcher returns a dispatcher with an identity of its own for leases.
func NewDispatcher(c Config) *Dispatcher {
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.Spacing == nil {
		c.Spacing = DefaultSpacing()
	}
	counter := func(name, help string) *prometheus.CounterVec {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{"channel"})
		c.Metrics.MustRegister(v)
		return v
	}
	d := &Dispatcher{
		Config: c, node: id.New[string](), wake: func() {}, busy: map[place]bool{},
		sent:    counter("mainstay_messages_sent_total", "Messages delivered."),
		retried: counter("mainstay_messages_retried_total", "Delivery attempts that failed and will be repeated."),
		failed:  counter("mainstay_messages_failed_total", "Messages given up on this channel."),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "mainstay_message_latency_seconds", Help: "From queueing to delivery.",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		}, []string{"channel"}),
	}
	c.Metrics.MustRegister(d.latency, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "mainstay_messages_overdue_seconds",
		Help: "How long the message that has waited longest past its next attempt has done so.",
	}, d.overdue))
	return d
}

// overdue asks the database at each scrape, so that it tells the truth when nothing else moves.
func (d *Dispatcher) overdue() float64 {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	seconds := math.NaN()
	err := d.DB.View(ctx, func(tx *db.Tx) error {
		age, err := Overdue(tx)
		seconds = age.Seconds()
		return err
	})
	if err != nil {
		return math.NaN()
	}
	return seconds
}

// OnFree sets what to call when a delivery has ended and another may start. Call it before
// the first Step.
func (d *Dispatcher) OnFree(wake func()) { d.wake = wake }

// Wait returns when no delivery is under way.
func (d *Dispatcher) Wait() { d.inFlight.Wait() }

// Step claims what is due and starts to send it; deliveries go on after it returns, so
// that a receiver that hangs delays nobody else.
func (d *Dispatcher) Step(ctx context.Context) (worker.Result, error) {
	deliveries, again, next, err := d.claim(ctx)
	if err != nil {
		return worker.Result{}, err
	}
	for _, v := range deliveries {
		d.inFlight.Go(func() { d.deliver(ctx, v) })
	}
	did := len(deliveries)
	if again {
		did = max(did, 1)
	}
	return worker.Result{Did: did, Next: next}, nil
}

// deliver sends one delivery and sees to it that its outcome is recorded.
func (d *Dispatcher) deliver(ctx context.Context, v Delivery) {
	err := d.send(ctx, v)
	if ctx.Err() != nil && err != nil {
		d.free([]outcome{{v, err}})
		return // stopping: the row stays "sending" and is repeated, marked
	}
	// The message has left: its record must be written even while the server stops.
	d.record(context.WithoutCancel(ctx), outcome{v, err})
}

func (d *Dispatcher) free(done []outcome) {
	d.mu.Lock()
	for _, o := range done {
		delete(d.busy, o.place())
	}
	d.mu.Unlock()
	d.wake()
}

func (d *Dispatcher) send(ctx context.Context, v Delivery) (err error) {
	sender, ok := d.Senders[v.Channel]
	if !ok {
		return Permanent(fmt.Errorf("there is no channel %q", v.Channel))
	}
	ctx, cancel := context.WithTimeout(ctx, d.Timeout)
	defer cancel()
	defer func() {
		// One message that a sender cannot stand must not take the desk down with it.
		if p := recover(); p != nil {
			d.Log.ErrorContext(ctx, "sender panicked", "channel", v.Channel, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("fault in the sender: %v", p)
		}
	}()
	err = sender.Send(ctx, v)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) && mayHaveArrived(err) && err != nil {
		return fmt.Errorf("no answer within %v", d.Timeout)
	}
	return err
}

func (d *Dispatcher) countSent(v Delivery) {
	channel := string(v.Channel)
	d.sent.WithLabelValues(channel).Add(float64(len(v.Messages)))
	for _, m := range v.Messages {
		d.latency.WithLabelValues(channel).Observe(m.Finished.Sub(m.Created).Seconds())
	}
}
