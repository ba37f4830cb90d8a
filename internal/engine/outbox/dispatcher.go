package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mainstay/internal/base/id"
	"mainstay/internal/base/worker"
	"mainstay/internal/engine/db"
)

// Sender sends over one channel. An error that is not Permanent is tried again.
type Sender interface {
	Send(context.Context, Delivery) error
}

// Hooks tell the room that queued messages what became of them, in the transaction that
// records it.
type Hooks struct {
	Sent   func(*db.Tx, Delivery) error
	Failed func(*db.Tx, Message) error // permanently; Reason says why
}

// Config describes a Dispatcher.
type Config struct {
	DB      *db.DB
	Senders map[Channel]Sender
	Hooks   Hooks
	// Concurrency bounds the deliveries under way on a channel; 0 means 8.
	Concurrency map[Channel]int
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

	mu   sync.Mutex
	busy map[Channel]map[string]bool // addresses to which a delivery is under way

	sent, retried, failed *prometheus.CounterVec
	latency               *prometheus.HistogramVec
}

// NewDispatcher returns a dispatcher with an identity of its own for leases.
func NewDispatcher(c Config) *Dispatcher {
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	counter := func(name, help string) *prometheus.CounterVec {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{"channel"})
		c.Metrics.MustRegister(v)
		return v
	}
	d := &Dispatcher{
		Config: c, node: id.New[string](), wake: func() {}, busy: map[Channel]map[string]bool{},
		sent:    counter("mainstay_messages_sent_total", "Messages delivered."),
		retried: counter("mainstay_messages_retried_total", "Delivery attempts that failed and will be repeated."),
		failed:  counter("mainstay_messages_failed_total", "Messages given up on this channel."),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "mainstay_message_latency_seconds", Help: "From queueing to delivery.",
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		}, []string{"channel"}),
	}
	c.Metrics.MustRegister(d.latency)
	return d
}

// OnFree sets what to call when a delivery has ended and another may start.
func (d *Dispatcher) OnFree(wake func()) { d.wake = wake }

// Wait returns when no delivery is under way.
func (d *Dispatcher) Wait() { d.inFlight.Wait() }

// Step claims what is due and starts to send it; deliveries go on after it returns, so
// that a receiver that hangs delays nobody else.
func (d *Dispatcher) Step(ctx context.Context) (worker.Result, error) {
	deliveries, next, err := d.claim(ctx)
	if err != nil {
		return worker.Result{}, err
	}
	for _, v := range deliveries {
		d.inFlight.Go(func() {
			defer d.wake()
			defer d.free(v)
			d.deliver(ctx, v)
		})
	}
	return worker.Result{Did: len(deliveries), Next: next}, nil
}

func (d *Dispatcher) free(v Delivery) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.busy[v.Channel], v.Address)
}

// deliver sends one delivery and records what became of it.
func (d *Dispatcher) deliver(ctx context.Context, v Delivery) {
	err := d.send(ctx, v)
	if ctx.Err() != nil && err != nil {
		return // stopping: the row stays "sending" and is repeated, marked
	}
	// The message has left: its record must be written even while the server stops.
	ctx = context.WithoutCancel(ctx)
	record := func(tx *db.Tx) error { return d.finish(tx, v, err) }
	if werr := d.DB.Do(ctx, record); werr != nil {
		d.Log.ErrorContext(ctx, "delivery not recorded, it will be repeated",
			"channel", v.Channel, "delivery", v.ID, "err", werr)
		return
	}
	d.measure(v, err)
}

func (d *Dispatcher) send(ctx context.Context, v Delivery) error {
	sender, ok := d.Senders[v.Channel]
	if !ok {
		return Permanent(fmt.Errorf("there is no channel %q", v.Channel))
	}
	ctx, cancel := context.WithTimeout(ctx, d.Timeout)
	defer cancel()
	err := sender.Send(ctx, v)
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no answer within %v", d.Timeout)
	}
	return err
}

func (d *Dispatcher) measure(v Delivery, err error) {
	channel, n := string(v.Channel), float64(len(v.Messages))
	switch {
	case err == nil:
		d.sent.WithLabelValues(channel).Add(n)
		now := d.DB.Clock().Now()
		for _, m := range v.Messages {
			d.latency.WithLabelValues(channel).Observe(now.Sub(m.Created).Seconds())
		}
	case IsPermanent(err):
		d.failed.WithLabelValues(channel).Add(n)
	default:
		d.retried.WithLabelValues(channel).Add(n)
	}
}
