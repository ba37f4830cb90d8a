package app_test

import (
	"net/http"
	"testing"
	"time"

	"mainstay/internal/apptest"
)

const mailService = `---
kind: Service
name: mail
title: Mail
tier: 2
owner: payments-l2
`

func TestAlertsOfAMergedIncidentGoOnInTheOther(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank + mailService)
		d.Alert("payments", "QueueDepth", "critical")
		d.Alert("mail", "RelayDown", "critical")
		d.Call(http.MethodPost, "/api/v1/incidents/INC-2/merge", `{"into":"INC-1"}`).Status(http.StatusOK)
		d.Call(http.MethodPost, "/api/v1/incidents/INC-1/acknowledge", nil).Status(http.StatusOK)
		d.Settle()
		d.Peers.Arrived()
		d.Advance(time.Minute)
		d.Alert("mail", "QueueGrows", "critical")
		expect(t, d)
		if got := incidentsOf(d); len(got) != 3 || got[0] != "INC-1" || got[1] != "INC-1" || got[2] != "INC-1" {
			t.Errorf("alerts belong to %v", got)
		}
		over(d, "INC-1")
		d.Advance(time.Hour)
		d.Alert("mail", "SpoolFull", "critical")
		if got := incidentsOf(d); got[0] != "INC-3" {
			t.Errorf("what comes after it was restored belongs to %v", got[0])
		}
	})
}

// incidentsOf are the incidents of all alerts, the newest alert first.
func incidentsOf(d *apptest.Desk) (keys []string) {
	d.T.Helper()
	var alerts struct {
		Items []struct{ Incident string }
	}
	d.Call(http.MethodGet, "/api/v1/alerts", nil).Status(http.StatusOK).Into(&alerts)
	for _, a := range alerts.Items {
		keys = append(keys, a.Incident)
	}
	return keys
}
