package app_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mainstay/internal/apptest"
	"mainstay/internal/audit"
	"mainstay/internal/engine/db"
)

// TestAuditorFindsEveryBrokenPromise breaks promises behind the rooms' backs, one at a time.
func TestAuditorFindsEveryBrokenPromise(t *testing.T) {
	for name, c := range map[string]struct {
		statement string
		invariant int
		late      bool
	}{
		"response clock without its timer":   {`DELETE FROM timer WHERE kind = 'escalation.response'`, 1, false},
		"resolution clock without its timer": {`DELETE FROM timer WHERE kind = 'escalation.resolution'`, 1, false},
		"clocks that nobody stopped":         {`UPDATE escalation SET response_state = 'stopped'`, 1, false},
		"incident without clocks":            {`DELETE FROM escalation_call; DELETE FROM escalation`, 1, false},
		"message without a next attempt":     {`UPDATE message SET state = 'queued', next_attempt = NULL`, 2, false},
		"message that nobody sends":          {`UPDATE message SET state = 'queued', next_attempt = 1`, 2, true},
		"failure that nobody was told of":    {`UPDATE message SET state = 'failed'`, 2, false},
		"page that goes on for nobody":       {`UPDATE page SET state = 'running'; DELETE FROM timer WHERE kind LIKE 'notify%'`, 2, false},
		"event that is gone":                 {`DELETE FROM event_about; DELETE FROM event WHERE position = 3`, 5, false},
		"timer that nobody runs":             {`UPDATE timer SET due = 1, first_due = 1`, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := apptest.Open(t, "sqlite")
			d.Apply(bank)
			d.Alert("payments", "QueueDepth", "critical")
			d.Advance(time.Minute)
			if found := check(t, d); len(found) > 0 {
				t.Fatalf("before anything was broken: %+v", found)
			}
			err := d.DB.Do(context.Background(), func(tx *db.Tx) error {
				_, err := tx.Exec(c.statement)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			found := check(t, d)
			if len(found) == 0 || found[0].Invariant != c.invariant || found[0].Late != c.late {
				t.Fatalf("found %+v", found)
			}
		})
	}
}

func TestAuditorFindsNothingOnAHealthyDesk(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		d.Alert("payments", "QueueDepth", "critical")
		for range 3 {
			d.Advance(20 * time.Minute)
			if found := check(t, d); len(found) > 0 {
				t.Fatalf("found %+v", found)
			}
		}
		restore(d, "INC-1")
		if found := check(t, d); len(found) > 0 {
			t.Fatalf("after it was restored: %+v", found)
		}
	})
}

func check(t *testing.T, d *apptest.Desk) []audit.Finding {
	t.Helper()
	found, err := audit.New(audit.Config{DB: d.DB, Log: d.Log, Metrics: prometheus.NewRegistry()}).Check(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestAuditorAlarmsOnlyWhatLasts(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	d.Apply(bank)
	d.Alert("payments", "QueueDepth", "critical")
	breakIt := func(kind string) {
		err := d.DB.Do(context.Background(), func(tx *db.Tx) error {
			_, err := tx.Exec(`DELETE FROM timer WHERE kind = ?`, kind)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	breakIt("escalation.response")
	for step, want := range []int{0, 1, 1} {
		if _, err := d.Auditor.Step(context.Background()); err != nil {
			t.Fatal(err)
		}
		if found, _ := d.Auditor.Findings(); len(found) != want {
			t.Fatalf("after check %d: %+v", step+1, found)
		}
	}
	d.ExpectLog("invariant broken")
}

func TestAlarmThatCouldNotBeRaisedIsRaisedLater(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	d.Apply(bank)
	d.Alert("payments", "QueueDepth", "critical")
	err := d.DB.Do(context.Background(), func(tx *db.Tx) error {
		_, err := tx.Exec(`DELETE FROM timer WHERE kind = 'escalation.response'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var raised []int
	reachable := false
	a := audit.New(audit.Config{DB: d.DB, Log: slog.New(slog.DiscardHandler), Metrics: prometheus.NewRegistry(),
		Alarm: func(_ context.Context, found []audit.Finding) error {
			if !reachable {
				return errors.New("no route to host")
			}
			raised = append(raised, len(found))
			return nil
		}})
	for n := range 6 {
		reachable = n >= 3
		if _, err := a.Step(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(raised, []int{1}) {
		t.Fatalf("alarms raised: %v, want one as soon as it could be", raised)
	}
}
