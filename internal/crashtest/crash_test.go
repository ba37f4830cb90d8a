package crashtest

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"mainstay/internal/app"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/db/dbtest"
	"mainstay/internal/engine/ledger"
)

// TestMain turns the test binary into the server when the parent asks for it.
func TestMain(m *testing.M) {
	if code, ran := app.Engine(); ran {
		os.Exit(code)
	}
	if os.Getenv(childEnv) != "" {
		os.Exit(runChild())
	}
	os.Exit(m.Run())
}

func rounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv("MAINSTAY_CRASH_ROUNDS")
	if text == "" {
		return 30
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("MAINSTAY_CRASH_ROUNDS: %v", err)
	}
	return n
}

func TestCrash(t *testing.T) {
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			n := rounds(t)
			if kind == "postgres" {
				n = max(n/3, 1) // the same promises with a database that survives: fewer rounds tell as much
			}
			crash(t, kind, n)
		})
	}
}

// crash plays n rounds on one data directory.
func crash(t *testing.T, kind string, n int) {
	w := newWorld(t, kind)
	w.withDesk(t, w.configure)
	for round := range n {
		child := w.start(t)
		life := time.Duration(50+rand.IntN(450)) * time.Millisecond
		wait := w.sendAlerts(child, life)
		child.kill(t)
		wait()
		w.withDesk(t, w.check)
		if t.Failed() {
			t.Fatalf("broken in round %d", round+1)
		}
	}
	child := w.start(t)
	w.waitForPages(t, child)
	child.kill(t)
	for name := range w.acknowledged {
		if !w.hook.paged(name) {
			t.Errorf("alert %s was acknowledged, but nobody was paged for it", name)
		}
	}
	w.withDesk(t, w.check)
	w.withDesk(t, w.verify)
	t.Logf("%s: %d rounds, %d alerts acknowledged, %d sent in all, %d deliveries of which %d marked as possible repeats",
		kind, n, len(w.acknowledged), w.sent, w.hook.count(), w.hook.repeats())
}

// withDesk opens the application on the dead child's data, without running anything.
func (w *world) withDesk(t *testing.T, fn func(*testing.T, *app.App)) {
	t.Helper()
	ctx := context.Background()
	a, err := app.New(ctx, app.Options{DataDir: w.dir, Database: w.database, Listen: "127.0.0.1:0",
		BootstrapToken: token, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Stop(ctx); err != nil {
			t.Error(err)
		}
	}()
	fn(t, a)
}

// check asks what must hold after every crash.
func (w *world) check(t *testing.T, a *app.App) {
	t.Helper()
	ctx := context.Background()
	found, err := a.Auditor.Check(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if !f.Late {
			t.Errorf("auditor: %+v", f)
		}
	}
	stored := map[string]bool{}
	err = a.DB.View(ctx, func(tx *db.Tx) error {
		names, err := db.All(tx, db.Value[string], `
			SELECT a.name FROM alert a JOIN incident i ON i.id = a.incident
			WHERE EXISTS (SELECT 1 FROM page p WHERE p.record_id = i.id)
			   OR EXISTS (SELECT 1 FROM timer t WHERE t.subject = i.id)`)
		for _, n := range names {
			stored[n] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range w.acknowledged {
		if !stored[name] {
			t.Errorf("alert %s was acknowledged, but has no incident with a page or a timer", name)
		}
	}
}

func (w *world) verify(t *testing.T, a *app.App) {
	t.Helper()
	r, err := ledger.Verify(context.Background(), a.DB)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Problems {
		t.Error(p)
	}
}
