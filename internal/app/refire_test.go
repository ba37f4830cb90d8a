package app_test

import (
	"context"
	"net/http"
	"slices"
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

// over restores an incident, and says that its alerts are over too.
func over(d *apptest.Desk, key string) {
	d.T.Helper()
	d.Call(http.MethodPost, "/api/v1/incidents/"+key+"/restore", `{"reason":"rerouted","alerts_ended":true}`).Status(http.StatusOK)
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

// TestAPersonsWordHoldsForTenMinutesAgainstAnAlertThatFiresOn: then the incident is open
// again and pages, with the reason on its timeline.
func TestAPersonsWordHoldsForTenMinutesAgainstAnAlertThatFiresOn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		d.Alert("payments", "QueueDepth", "error")
		d.Alert("payments", "SessionsDown", "error")
		d.Advance(time.Minute)
		var answer struct {
			Status      string
			StillFiring []string `json:"still_firing"`
			Reopens     time.Time
		}
		d.Call(http.MethodPost, "/api/v1/incidents/INC-1/restore", `{"reason":"rerouted"}`).Status(http.StatusOK).Into(&answer)
		if answer.Status != "restored" || !slices.Equal(answer.StillFiring, []string{"QueueDepth", "SessionsDown"}) ||
			!answer.Reopens.Equal(d.Clock.Now().Add(10*time.Minute)) {
			t.Errorf("answer %+v", answer)
		}
		d.Settle()
		d.Peers.Arrived()
		for range 8 {
			d.Advance(time.Minute)
			d.Alert("payments", "QueueDepth", "error") // no word of when it began
		}
		expect(t, d)
		d.Advance(3 * time.Minute)
		expect(t, d, "09:11 webhook ana INC-1")
		reopened := told(d, "INC-1", "incident.reopened")
		if len(reopened) != 1 || reopened[0]["reason"] != "2 alerts still fire (QueueDepth; SessionsDown) 10 min after it was restored" {
			t.Errorf("the timeline says %v", reopened)
		}
		noFindings(d)
	})
}

// TestClosedIncidentDoesNotHideAnAlertThatFiresOn: the paperwork of the closed one is done, so
// another follows it.
func TestClosedIncidentDoesNotHideAnAlertThatFiresOn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		began := d.Clock.Now()
		sent(t, d, began, time.Time{})
		restore(d, "INC-1")
		d.Call(http.MethodPost, "/api/v1/incidents/INC-1/close", nil).Status(http.StatusOK)
		d.Peers.Arrived()
		noFindings(d)
		d.Advance(11 * time.Minute)
		expect(t, d, "09:10 webhook ana INC-2")
		if i := get(d, "INC-2"); !slices.Equal(i.Linked, []string{"INC-1"}) || i.Title != "QueueDepth" {
			t.Errorf("INC-2 is %+v", i)
		}
		if i := get(d, "INC-1"); i.Status != "closed" {
			t.Errorf("INC-1 is %s", i.Status)
		}
		sent(t, d, began, d.Clock.Now())
		if i := get(d, "INC-2"); i.Status != "restored" {
			t.Errorf("INC-2 is %s after its alert resolved", i.Status)
		}
		noFindings(d)
	})
}

// TestSenderThatIsHeardAgainAfterTheRestorationReopens: it had been silent when the incident
// was restored, so nothing was promised then.
func TestSenderThatIsHeardAgainAfterTheRestorationReopens(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		began := d.Clock.Now()
		sent(t, d, began, began.Add(2*time.Minute))
		d.Advance(3 * time.Minute) // silent by now
		restore(d, "INC-1")
		d.Advance(time.Hour)
		d.Peers.Arrived()
		sent(t, d, began, time.Time{})
		expect(t, d, "10:03 webhook ana INC-1")
		noFindings(d)
	})
}

// TestAPersonMaySayThatTheAlertsAreOverToo, of senders that never do.
func TestAPersonMaySayThatTheAlertsAreOverToo(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		d.Alert("payments", "QueueDepth", "error")
		over(d, "INC-1")
		d.Peers.Arrived()
		d.Advance(24 * time.Hour)
		expect(t, d)
		d.Alert("payments", "QueueDepth", "error")
		expect(t, d, "09:00 webhook ana INC-2")
	})
}

// noFindings fails when the auditor finds a broken promise.
func noFindings(d *apptest.Desk) {
	d.T.Helper()
	found, err := d.Auditor.Check(context.Background())
	if err != nil || len(found) > 0 {
		d.T.Errorf("the auditor found %v (%v)", found, err)
	}
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
