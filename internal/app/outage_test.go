package app_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
)

// TestReopenedTheResolutionClockGoesOnFromTheOutageSoFar: six minutes of outage, four of
// service, and then the rest of the fifteen after which L2 joins.
func TestReopenedTheResolutionClockGoesOnFromTheOutageSoFar(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		d.Alert("payments", "QueueDepth", "critical")
		acknowledge(d, "INC-1")
		d.Advance(6 * time.Minute)
		d.Resolve("payments", "QueueDepth", "critical")
		d.Advance(4 * time.Minute)
		d.Peers.Arrived()
		d.Alert("payments", "QueueDepth", "critical")
		acknowledge(d, "INC-1")
		expect(t, d, "09:10 webhook ana INC-1")
		d.At("09:18")
		expect(t, d)
		d.At("09:20")
		expect(t, d, "09:19 webhook ben INC-1")
		var i struct {
			OutageSeconds int64 `json:"outage_seconds"`
		}
		d.Call(http.MethodGet, "/api/v1/incidents/INC-1", nil).Status(http.StatusOK).Into(&i)
		if want := int64(16 * 60); i.OutageSeconds != want {
			t.Errorf("outage of %d s, want %d: twenty minutes less four of service", i.OutageSeconds, want)
		}
	})
}

// TestReopenedOnlyTheLastStepThatWasDuePagesAgain: who joined after 15 and after 30 minutes
// is not called twice at once; the one of 30 minutes is needed again now.
func TestReopenedOnlyTheLastStepThatWasDuePagesAgain(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		d.Alert("payments", "QueueDepth", "critical")
		for range 4 { // somebody is at it all the time
			acknowledge(d, "INC-1")
			d.Advance(10 * time.Minute)
		}
		d.Resolve("payments", "QueueDepth", "critical")
		d.Advance(5 * time.Minute)
		d.Peers.Arrived()
		d.Alert("payments", "QueueDepth", "critical")
		acknowledge(d, "INC-1")
		expect(t, d, "09:45 webhook ana INC-1", "09:45 webhook cleo INC-1")
		d.Advance(6 * time.Minute)
		expect(t, d, "09:50 webhook sam INC-1")
	})
}

func acknowledge(d *apptest.Desk, key string) {
	d.T.Helper()
	d.Call(http.MethodPost, "/api/v1/incidents/"+key+"/acknowledge", nil).Status(http.StatusOK)
	d.Call(http.MethodPost, "/api/v1/incidents/"+key+"/comments", `{"text":"at it"}`).Status(http.StatusOK)
	d.Settle()
}

// TestReopenedNobodyHasIt: whoever had it may have gone to bed.
func TestReopenedNobodyHasIt(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		d.Alert("payments", "QueueDepth", "critical")
		d.Call(http.MethodPost, "/api/v1/incidents/INC-1/assign", `{"login":"ben"}`).Status(http.StatusOK)
		d.Resolve("payments", "QueueDepth", "critical")
		d.Advance(time.Minute)
		d.Alert("payments", "QueueDepth", "critical")
		var i struct {
			Assignee   *string
			HeldBefore *string `json:"held_before"`
		}
		d.Call(http.MethodGet, "/api/v1/incidents/INC-1", nil).Status(http.StatusOK).Into(&i)
		if i.Assignee != nil || i.HeldBefore == nil || *i.HeldBefore != "Ben" {
			t.Errorf("assignee %v, held before by %v", i.Assignee, i.HeldBefore)
		}
		if r := told(d, "INC-1", "incident.reopened"); len(r) != 1 || r[0]["was"] != "Ben" {
			t.Errorf("the timeline says %v", r)
		}
		ana := actor.Actor{Kind: actor.System, ID: "scenario", Name: "Scenario"}
		if _, err := d.Rooms.Incidents.Assign(context.Background(), ana, "INC-1", "cleo"); err != nil {
			t.Fatal(err)
		}
	})
}

// TestAnAlertThatWasHeldUpOnItsWayLosesNoTime: the clocks count from when it began.
func TestAnAlertThatWasHeldUpOnItsWayLosesNoTime(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		began := d.Clock.Now().Add(-10 * time.Minute)
		sent(t, d, began, time.Time{})
		i := get(d, "INC-1")
		if !i.Detected.Equal(began) || !i.Opened.Equal(d.Clock.Now()) {
			t.Errorf("detected %v and received %v, want %v and %v", i.Detected, i.Opened, began, d.Clock.Now())
		}
		if o := told(d, "INC-1", "incident.opened"); len(o) != 1 || o[0]["detected"] != began.Format(time.RFC3339) {
			t.Errorf("the timeline says %v", o)
		}
		acknowledge(d, "INC-1")
		d.Advance(6 * time.Minute)
		expect(t, d, "09:00 webhook ana INC-1", "09:05 webhook ben INC-1") // L2 joins after 15 minutes
	})
}

// TestABeginningIsBelievedWithinADayAndNotAheadOfTime bounds what a sender may say.
func TestABeginningIsBelievedWithinADayAndNotAheadOfTime(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		now := d.Clock.Now()
		sent(t, d, now.AddDate(0, 0, -5), time.Time{})
		if i := get(d, "INC-1"); !i.Detected.Equal(now.Add(-24 * time.Hour)) {
			t.Errorf("detected %v", i.Detected)
		}
		over(d, "INC-1")
		d.Advance(time.Hour)
		now = d.Clock.Now()
		body := []any{map[string]any{"labels": map[string]string{"alertname": "Other", "service": "payments"}, "startsAt": now.Add(time.Hour)}}
		d.Call(http.MethodPost, "/api/v2/alerts", body).Status(http.StatusOK)
		if i := get(d, "INC-2"); !i.Detected.Equal(now) {
			t.Errorf("detected %v, want %v", i.Detected, now)
		}
	})
}

func TestAnEarlierAlertThatJoinsMovesTheBeginningBack(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		d.Alert("payments", "QueueDepth", "error")
		began := d.Clock.Now().Add(-7 * time.Minute)
		body := []any{map[string]any{"labels": map[string]string{"alertname": "SessionsDown", "service": "payments", "severity": "error"}, "startsAt": began}}
		d.Call(http.MethodPost, "/api/v2/alerts", body).Status(http.StatusOK)
		if i := get(d, "INC-1"); !i.Detected.Equal(began) {
			t.Errorf("detected %v, want %v", i.Detected, began)
		}
		if e := told(d, "INC-1", "incident.detected-earlier"); len(e) != 1 || e[0]["alert"] != "SessionsDown" {
			t.Errorf("the timeline says %v", e)
		}
	})
}
