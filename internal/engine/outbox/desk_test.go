package outbox_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/outbox"
)

// receiver stands at the far end of a channel: it keeps what arrives and answers as told.
type receiver struct {
	mu      sync.Mutex
	arrived []outbox.Delivery
	answer  func(context.Context, outbox.Delivery) error // nil takes everything
}

func (r *receiver) Send(ctx context.Context, v outbox.Delivery) error {
	r.mu.Lock()
	r.arrived = append(r.arrived, v)
	answer := r.answer
	r.mu.Unlock()
	if answer == nil {
		return nil
	}
	return answer(ctx, v)
}

func (r *receiver) all() []outbox.Delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]outbox.Delivery(nil), r.arrived...)
}

// counts says how often each title has arrived.
func (r *receiver) counts() map[string]int {
	n := map[string]int{}
	for _, v := range r.all() {
		for _, m := range v.Messages {
			n[m.Content.Title]++
		}
	}
	return n
}

// gate is an answer that hangs until it is opened, for one address.
type gate struct {
	address string
	entered chan struct{} // one for each delivery that hangs
	open    chan error    // what the hanging delivery answers
}

func newGate(address string) *gate {
	return &gate{address, make(chan struct{}, 100), make(chan error)}
}

func (g *gate) answer(ctx context.Context, v outbox.Delivery) error {
	if v.Address != g.address {
		return nil
	}
	g.entered <- struct{}{}
	select {
	case err := <-g.open:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// desk is a dispatcher with a receiver on both channels and a record of its hooks.
type desk struct {
	*outbox.Dispatcher
	t      *testing.T
	db     *db.DB
	to     *receiver
	mu     sync.Mutex
	sent   []outbox.Delivery
	failed []outbox.Message
}

func newDesk(t *testing.T, d *db.DB, change func(*outbox.Config)) *desk {
	t.Helper()
	k := &desk{t: t, db: d, to: &receiver{}}
	c := outbox.Config{
		DB: d, Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(), Spacing: []outbox.Space{},
		Senders: map[outbox.Channel]outbox.Sender{outbox.Mail: k.to, outbox.Webhook: k.to},
		Hooks: outbox.Hooks{
			Sent: func(tx *db.Tx, v outbox.Delivery) error {
				tx.OnCommit(func() { k.mu.Lock(); k.sent = append(k.sent, v); k.mu.Unlock() })
				return nil
			},
			Failed: func(tx *db.Tx, m outbox.Message) error {
				tx.OnCommit(func() { k.mu.Lock(); k.failed = append(k.failed, m); k.mu.Unlock() })
				return nil
			},
		},
	}
	if change != nil {
		change(&c)
	}
	k.Dispatcher = outbox.NewDispatcher(c)
	return k
}

// queue queues a message; what is left out of m gets a usual value.
func (k *desk) queue(m outbox.Message) outbox.ID {
	k.t.Helper()
	if m.Channel == "" {
		m.Channel = outbox.Mail
	}
	if m.Address == "" {
		m.Address = "ana@bank.example"
	}
	if m.Kind == "" {
		m.Kind = outbox.PageKind
	}
	if m.Dedup == "" {
		m.Dedup = m.Content.Title
	}
	m.Record = ledger.Record{Kind: "incident", ID: "1"}
	var id outbox.ID
	k.do(func(tx *db.Tx) (err error) {
		id, err = outbox.Queue(tx, m)
		return err
	})
	return id
}

func (k *desk) queueTitles(m outbox.Message, format string, n int) {
	k.t.Helper()
	for i := range n {
		m.Content.Title, m.Dedup = fmt.Sprintf(format, i), ""
		k.queue(m)
	}
}

func (k *desk) do(fn func(*db.Tx) error) {
	k.t.Helper()
	if err := k.db.Do(context.Background(), fn); err != nil {
		k.t.Fatal(err)
	}
}

// step starts what may start.
func (k *desk) step() int {
	k.t.Helper()
	did := 0
	for {
		r, err := k.Step(context.Background())
		if err != nil {
			k.t.Fatal(err)
		}
		if r.Did == 0 {
			return did
		}
		did += r.Did
	}
}

// settle delivers until nothing more is due.
func (k *desk) settle() {
	k.t.Helper()
	for k.Wait(); k.step() > 0; {
		k.Wait()
	}
}

func (k *desk) message(id outbox.ID) (m outbox.Message) {
	k.t.Helper()
	k.do(func(tx *db.Tx) (err error) {
		m, err = outbox.ByID(tx, id)
		return err
	})
	return m
}

func titles(vs []outbox.Delivery) []string {
	var out []string
	for _, v := range vs {
		for _, m := range v.Messages {
			out = append(out, m.Content.Title)
		}
	}
	return out
}

func page(title string) outbox.Message {
	return outbox.Message{Kind: outbox.PageKind, Content: outbox.Content{Title: title}}
}
