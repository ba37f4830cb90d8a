package app_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
)

// sent is an alert with times, as Prometheus has them: startsAt stays while it fires.
func sent(t *testing.T, d *apptest.Desk, starts, ends time.Time) {
	t.Helper()
	alert := map[string]any{"labels": map[string]string{"alertname": "QueueDepth", "service": "payments", "severity": "critical"},
		"startsAt": starts}
	if !ends.IsZero() {
		alert["endsAt"] = ends
	}
	d.Call(http.MethodPost, "/api/v2/alerts", []any{alert}).Status(http.StatusOK)
	d.Settle()
}

func restore(d *apptest.Desk, key string) {
	d.T.Helper()
	d.Call(http.MethodPost, "/api/v1/incidents/"+key+"/restore", `{"reason":"rerouted"}`).Status(http.StatusOK)
	d.Settle()
}

// TestTroubleThatBeginsAfterTheRestorePages: the sender never said that the first firing
// ended, because it was restarted, or because its message was lost.
func TestTroubleThatBeginsAfterTheRestorePages(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		sent(t, d, d.Clock.Now(), d.Clock.Now().Add(5*time.Minute))
		d.Advance(10 * time.Minute) // stale by now
		restore(d, "INC-1")
		d.Peers.Arrived()
		d.Advance(24 * time.Hour)
		sent(t, d, d.Clock.Now(), d.Clock.Now().Add(5*time.Minute))
		expect(t, d, "09:10 webhook ana INC-2")

		var alerts struct {
			Items []struct{ State, Incident string }
		}
		d.Call(http.MethodGet, "/api/v1/alerts", nil).Status(http.StatusOK).Into(&alerts)
		if len(alerts.Items) != 2 || alerts.Items[0].Incident != "INC-2" || alerts.Items[0].State != "firing" ||
			alerts.Items[1].Incident != "INC-1" || alerts.Items[1].State != "resolved" {
			t.Errorf("alerts %+v: each firing belongs to its own incident", alerts.Items)
		}
	})
}

func TestAlertWithoutTimesSentAgainAfterTheRestorePages(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		d.Alert("payments", "QueueDepth", "critical")
		d.Advance(time.Minute)
		restore(d, "INC-1")
		d.Peers.Arrived()
		d.Advance(time.Hour)
		d.Alert("payments", "QueueDepth", "critical")
		expect(t, d, "10:01 webhook ana INC-2")
	})
}

func TestAlertThatStillFiresAfterAPersonHasRestoredWakesNobody(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		began := d.Clock.Now()
		sent(t, d, began, time.Time{})
		d.Advance(time.Minute)
		restore(d, "INC-1")
		d.Peers.Arrived()
		for range 3 {
			d.Advance(time.Hour)
			sent(t, d, began, time.Time{})
		}
		expect(t, d)
	})
}

// TestIntegrationsWithTheSameLabelsAreNotEachOthersRepeats: many a Prometheus sends no label
// that tells its alerts from those of the next one.
func TestIntegrationsWithTheSameLabelsAreNotEachOthersRepeats(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank + mailService)
		key := func(service string) string {
			t.Helper()
			secret, _, err := d.Rooms.Catalogue.CreateKey(context.Background(), actor.Mainstay, service, "Prometheus")
			if err != nil {
				t.Fatal(err)
			}
			return secret
		}
		payments, mail := key("payments"), key("mail")
		const down = `[{"labels":{"alertname":"InstanceDown","severity":"critical"}}]`
		const up = `[{"labels":{"alertname":"InstanceDown","severity":"critical"},"endsAt":"2026-11-02T09:00:00Z"}]`
		d.CallAs(payments, http.MethodPost, "/api/v2/alerts", down).Status(http.StatusOK)
		d.CallAs(mail, http.MethodPost, "/api/v2/alerts", down).Status(http.StatusOK)
		d.CallAs(mail, http.MethodPost, "/api/v2/alerts", up).Status(http.StatusOK)
		var list struct {
			Items []struct{ Service, Status string }
		}
		d.Call(http.MethodGet, "/api/v1/incidents?sort=newest", nil).Status(http.StatusOK).Into(&list)
		if len(list.Items) != 2 || list.Items[0].Service != "mail" || list.Items[0].Status != "restored" ||
			list.Items[1].Service != "payments" || list.Items[1].Status != "open" {
			t.Errorf("incidents %+v", list.Items)
		}
	})
}
