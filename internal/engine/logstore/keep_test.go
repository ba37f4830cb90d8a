package logstore_test

import (
	"testing"
	"time"

	"mainstay/internal/engine/logstore"
	"mainstay/internal/engine/signal"
)

// TestAnotherRetentionLosesAndRepeatsNothing while lines come in and the engine is started anew for it.
func TestAnotherRetentionLosesAndRepeatsNothing(t *testing.T) {
	d := open(t, func(c *logstore.Config) { c.Retention, c.Margin = 24*time.Hour, 48*time.Hour })
	if kept := d.Parts()[0].Kept(); kept != 72*time.Hour {
		t.Fatalf("the engine keeps %v", kept)
	}
	d.append(many("before", 500)...)
	d.flush()
	if err := d.Parts()[0].Keep(30 * 24 * time.Hour); err != nil {
		t.Fatal(err)
	}
	d.append(many("after", 500)...) // not one is refused meanwhile
	d.flush()
	old := row("old", "of ten days ago")
	old.Time = old.Time.AddDate(0, 0, -10)
	if err := d.Put(t.Context(), []signal.Row{old}); err != nil {
		t.Fatal(err)
	}
	d.flush()
	for query, want := range map[string]int{"service:before": 500, "service:after": 500, "service:old": 1, "replay:*": 0} {
		if got := d.count(query); got != want {
			t.Errorf("%s finds %d lines, want %d", query, got, want)
		}
	}
	if n := d.Status().Engine.Restarts; n != 0 {
		t.Errorf("%d ends of the engine count as unwanted", n)
	}
	if err := d.Parts()[0].Keep(0); err != nil {
		t.Fatal(err)
	}
	within(t, time.Minute, "the day that is too old is deleted again", func() bool {
		days, err := d.Parts()[0].Days()
		return err == nil && d.Status().Engine.Up && len(days) > 0 && old.Time.Before(days[0].Day)
	})
}
