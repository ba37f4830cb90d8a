package notify_test

import (
	"context"
	"flag"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/id"
	"mainstay/internal/base/secret"
	"mainstay/internal/base/worker"
	"mainstay/internal/domain/notify"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/engine/outbox"
	"mainstay/internal/engine/timer"
)

// Every check of a property plays half an hour on a database: fewer of them are enough, unless the
// command line wants more.
func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "25"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

var root = actor.Actor{Kind: actor.Token, ID: "root", Name: "token root", Role: actor.Admin}

var incident = ledger.Record{Kind: "incident", ID: "0199aaaa-0000-7000-8000-000000000001"}

// world is where messages arrive: it keeps them and answers as told, by address.
type world struct {
	mu      sync.Mutex
	arrived []outbox.Message
	answers map[string]func(context.Context) error
}

func (w *world) Send(ctx context.Context, v outbox.Delivery) error {
	w.mu.Lock()
	answer := w.answers[v.Address]
	w.mu.Unlock()
	if answer != nil {
		if err := answer(ctx); err != nil {
			return err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.arrived = append(w.arrived, v.Messages...)
	return nil
}

func (w *world) answer(address string, with func(context.Context) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers[address] = with
}

// at returns what has arrived at an address.
func (w *world) at(address string) (out []outbox.Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range w.arrived {
		if m.Address == address {
			out = append(out, m)
		}
	}
	return out
}

func (w *world) total() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.arrived)
}

func refuses(err error) func(context.Context) error {
	return func(context.Context) error { return err }
}

// hangs keeps the sender until it gives up waiting, or until the test ends.
func hangs(t *testing.T) func(context.Context) error {
	end := make(chan struct{})
	t.Cleanup(func() { close(end) })
	return func(ctx context.Context) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end:
			return context.Canceled
		}
	}
}

// desk is people, their contacts, and the workers that reach them.
type desk struct {
	*notify.Service
	t          testing.TB
	db         *db.DB
	clock      *clock.Fake
	people     *people.Service
	world      *world
	timers     *timer.Runner
	dispatcher *outbox.Dispatcher
	exhausted  []notify.Page
}

func newDesk(t testing.TB, d *db.DB, c *clock.Fake) *desk {
	t.Helper()
	box, err := secret.New(make([]byte, secret.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	k := &desk{t: t, db: d, clock: c, people: people.New(people.Config{DB: d}),
		world: &world{answers: map[string]func(context.Context) error{}}}
	k.Service = notify.New(notify.Config{DB: d, Box: box, BaseURL: "https://desk.example",
		Exhausted: func(tx *db.Tx, p notify.Page) error {
			tx.OnCommit(func() { k.exhausted = append(k.exhausted, p) })
			return nil
		}})
	log := slog.New(slog.DiscardHandler)
	k.timers = timer.NewRunner(timer.Config{DB: d, Handlers: k.Timers(), Log: log, Metrics: prometheus.NewRegistry()})
	k.dispatcher = outbox.NewDispatcher(outbox.Config{
		DB: d, Hooks: k.Hooks(), Log: log, Metrics: prometheus.NewRegistry(), Spacing: []outbox.Space{},
		Senders: map[outbox.Channel]outbox.Sender{outbox.Mail: k.world, outbox.Webhook: k.world},
	})
	k.user("ana", people.UserSpec{Title: "Ana Ruiz", Role: actor.FirstLine, Zone: "Europe/Madrid"})
	return k
}

func (k *desk) user(login string, spec people.UserSpec) {
	k.t.Helper()
	if _, err := k.people.ApplyUser(context.Background(), root, login, spec); err != nil {
		k.t.Fatal(err)
	}
}

func (k *desk) id(login string) (u people.User) {
	k.t.Helper()
	k.do(func(tx *db.Tx) (err error) {
		u, err = people.UserByLogin(tx, login)
		return err
	})
	return u
}

func (k *desk) as(login string) actor.Actor { return k.id(login).Actor() }

func (k *desk) do(fn func(*db.Tx) error) {
	k.t.Helper()
	if err := k.db.Do(context.Background(), fn); err != nil {
		k.t.Fatal(err)
	}
}

func (k *desk) contacts(login string, spec notify.Spec) {
	k.t.Helper()
	if _, err := k.Apply(context.Background(), root, login, spec); err != nil {
		k.t.Fatal(err)
	}
}

// run does all that is due now and returns when the next thing is.
func (k *desk) run() (next time.Time) { return k.runBut(0) }

// runBut is run while so many deliveries hang, which it does not wait for.
func (k *desk) runBut(hanging int) (next time.Time) {
	k.t.Helper()
	for {
		did := 0
		next = time.Time{}
		for _, step := range []func(context.Context) (worker.Result, error){k.timers.Step, k.dispatcher.Step} {
			r, err := step(context.Background())
			if err != nil {
				k.t.Fatal(err)
			}
			if hanging == 0 {
				k.dispatcher.Wait()
			}
			did += r.Did
			if !r.Next.IsZero() && (next.IsZero() || r.Next.Before(next)) {
				next = r.Next
			}
		}
		if did == 0 {
			return next
		}
	}
}

// pass lets time go by, doing everything at its time.
func (k *desk) pass(d time.Duration) {
	k.t.Helper()
	end := k.clock.Now().Add(d)
	for {
		next := k.run()
		k.noneStuck()
		if next.IsZero() || next.After(end) {
			break
		}
		k.clock.Set(next)
	}
	k.clock.Set(end)
	k.run()
}

func (k *desk) page(login string, change ...func(*notify.PageIn)) (p notify.Page) {
	k.t.Helper()
	in := notify.PageIn{
		Person: k.id(login).ID, About: incident, Urgency: notify.High, Group: "response", AckFor: notify.AckFor{Incident: incident.ID, Opening: 1},
		Reason: "response clock, step 1 of 2", Dedup: id.New[string](),
		Content: outbox.Content{Incident: "INC-12", Service: "payments", Severity: 1, Title: "Payments: Queue depth"},
	}
	for _, c := range change {
		c(&in)
	}
	k.do(func(tx *db.Tx) (err error) {
		p, err = k.PageIn(tx, in)
		return err
	})
	return p
}

func (k *desk) reload(p notify.Page) (now notify.Page) {
	k.t.Helper()
	k.do(func(tx *db.Tx) (err error) {
		now, err = notify.PageByID(tx, p.ID)
		return err
	})
	return now
}

func (k *desk) expect(p notify.Page, want notify.State) notify.Page {
	k.t.Helper()
	now := k.reload(p)
	if now.State != want {
		k.t.Fatalf("the page is %s (%s), want %s", now.State, now.StateReason, want)
	}
	return now
}

func (k *desk) stop(group, reason string) {
	k.t.Helper()
	k.do(func(tx *db.Tx) error { return k.StopIn(tx, incident, group, reason) })
}

// timeline lists the kinds of the events that the incident shows.
func (k *desk) timeline(r ledger.Record) string {
	k.t.Helper()
	var kinds []string
	k.do(func(tx *db.Tx) error {
		events, err := ledger.Timeline(tx, r)
		for _, e := range events {
			kinds = append(kinds, e.Kind)
		}
		return err
	})
	return strings.Join(kinds, " ")
}

// noneStuck checks that every running page will go on by itself.
func (k *desk) noneStuck() {
	k.t.Helper()
	k.do(func(tx *db.Tx) error {
		stuck, err := notify.Stuck(tx)
		if len(stuck) > 0 {
			k.t.Fatalf("nothing will move %+v", stuck[0])
		}
		return err
	})
}

const (
	mailAddress = "ana@bank.example"
	hookAddress = "https://hooks.bank.example/ana?key=hidden"
)

func mail() notify.MethodSpec {
	return notify.MethodSpec{Name: "mail", Channel: outbox.Mail, Address: mailAddress, Verified: true}
}

func hook() notify.MethodSpec {
	return notify.MethodSpec{Name: "hook", Channel: outbox.Webhook, Address: hookAddress, Secret: "a long secret", Verified: true}
}

func rule(method string, after time.Duration) notify.RuleSpec {
	return notify.RuleSpec{Method: method, After: notify.Delay(after)}
}
