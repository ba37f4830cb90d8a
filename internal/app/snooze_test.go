package app_test

import (
	"net/http"
	"testing"
	"time"

	"mainstay/internal/apptest"
)

func snooze(d *apptest.Desk, key string, until time.Time) {
	d.T.Helper()
	d.Call(http.MethodPost, "/api/v1/incidents/"+key+"/snooze", map[string]any{"until": until, "reason": "vendor calls back"}).Status(http.StatusOK)
	d.Settle()
}

func TestSnoozeLastsWhateverIsWrittenMeanwhile(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		d.Alert("payments", "QueueDepth", "error")
		snooze(d, "INC-1", d.Clock.Now().Add(90*time.Minute))
		d.Peers.Arrived()
		d.Advance(5 * time.Minute)
		d.Call(http.MethodPost, "/api/v1/incidents/INC-1/comments", `{"text":"ticket 4711 with the vendor"}`).Status(http.StatusOK)
		d.Advance(84 * time.Minute)
		expect(t, d)
		d.Advance(2 * time.Minute)
		expect(t, d, "10:30 webhook ana INC-1")
	})
}

func TestSnoozeEndsWhenTheIncidentBecomesUrgent(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		d.Alert("payments", "QueueDepth", "warning")
		snooze(d, "INC-1", d.Clock.Now().Add(24*time.Hour))
		d.Peers.Arrived()
		d.Advance(2 * time.Minute)
		d.Alert("payments", "SessionsDown", "critical")
		expect(t, d, "09:02 webhook ana INC-1")
		d.Advance(6 * time.Minute)
		expect(t, d, "09:07 webhook ben INC-1")
	})
}
