package app_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"mainstay/internal/apptest"
)

func TestUnacknowledgedIncidentReachesSupportManager(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		d.Alert("payments", "QueueDepth", "error") // severity 2: the resolution clock is slow
		d.Advance(16 * time.Minute)
		expect(t, d,
			"09:00 webhook ana INC-1",
			"09:05 webhook ben INC-1",
			"09:10 mail ana INC-1", // ana's own rule: mail after ten minutes
			"09:10 webhook cleo INC-1",
			"09:15 webhook sam INC-1")
	})
}

func TestAcknowledgedButNotRestoredStillClimbs(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		d.Alert("payments", "QueueDepth", "critical")
		d.Advance(2 * time.Minute)
		d.Call(http.MethodPost, "/api/v1/incidents/INC-1/acknowledge", nil).Status(http.StatusOK)
		for range 5 {
			d.Advance(10 * time.Minute)
			d.Call(http.MethodPost, "/api/v1/incidents/INC-1/comments", `{"text":"still at it"}`).Status(http.StatusOK)
		}
		expect(t, d,
			"09:00 webhook ana INC-1",
			"09:15 webhook ben INC-1",
			"09:30 webhook cleo INC-1",
			"09:45 webhook sam INC-1")
		over(d, "INC-1")
		d.Peers.Arrived() // the all-clear
		d.Advance(24 * time.Hour)
		expect(t, d)
	})
}

func TestAcknowledgementWithoutProgressPagesAgain(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		d.Alert("payments", "QueueDepth", "error")
		d.Call(http.MethodPost, "/api/v1/incidents/INC-1/acknowledge", nil).Status(http.StatusOK)
		d.Advance(21 * time.Minute)
		expect(t, d, "09:00 webhook ana INC-1", "09:20 webhook ana INC-1")
		var i struct{ Status string }
		d.Call(http.MethodGet, "/api/v1/incidents/INC-1", nil).Status(http.StatusOK).Into(&i)
		if i.Status != "open" {
			t.Errorf("status %q after the acknowledgement ran out", i.Status)
		}
	})
}

func TestIncidentThatBecomesUrgentPagesAgainAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		d.Alert("payments", "QueueDepth", "warning")
		d.Advance(2 * time.Minute)
		expect(t, d, "09:00 mail ana INC-1", "09:00 webhook ana INC-1") // no rules for low urgency: every method
		d.Alert("payments", "SessionsDown", "critical")
		expect(t, d, "09:02 webhook ana INC-1")
	})
}

func TestHangingWebhookFallsBackToMail(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		d.Peers.Hook.Hang("/ana")
		d.Alert("payments", "QueueDepth", "error")
		d.Advance(4 * time.Minute)
		expect(t, d, "09:00 mail ana INC-1") // 30 s later, long before the rule's ten minutes
	})
}

func TestNobodyReachableOnAStepMovesOnAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		d.Peers.Hook.Gone("/ana")
		d.Peers.Mail.Refuse("ana@bank.example")
		d.Alert("payments", "QueueDepth", "error")
		expect(t, d, "09:00 webhook ben INC-1")
	})
}

func TestExhaustedPolicyGoesToCatchAllUntilSomebodyStopsIt(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		d.Alert("payments", "QueueDepth", "error")
		d.Advance(19 * time.Minute)
		d.Peers.Arrived()
		d.Advance(17 * time.Minute)
		expect(t, d,
			"09:20 webhook sam INC-1", // the support managers
			"09:25 mail root INC-1",   // every admin
			"09:30 mail root INC-1", "09:30 webhook sam INC-1",
			"09:35 mail root INC-1", "09:35 webhook sam INC-1")
		d.Call(http.MethodPost, "/api/v1/incidents/INC-1/stop-clock", `{"clock":"response"}`).Status(http.StatusUnprocessableEntity)
		d.Call(http.MethodPost, "/api/v1/incidents/INC-1/stop-clock", `{"clock":"response","reason":"known, nobody is affected"}`).Status(http.StatusOK)
		d.Advance(time.Hour)
		expect(t, d)
	})
}

func TestKilledBetweenCommitAndSendPagesOnceMoreMarked(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		d.Peers.Hook.Hang("/ana")
		d.Alert("payments", "QueueDepth", "error")
		d.Peers.Arrived()
		d.Peers.Hook.Release("/ana")
		d.Restart()
		d.Advance(2 * time.Minute)
		got := strings.Join(d.Peers.Arrived(), "\n")
		if !strings.Contains(got, "webhook ana INC-1 possible repeat") {
			t.Errorf("no marked repeat:\n%s", got)
		}
	})
}

func TestTwoAlertsAtTheSameInstantAreOneIncident(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		done := make(chan int)
		const senders = 8
		for n := range senders {
			go func() {
				body := `[{"labels":{"alertname":"A` + strconv.Itoa(n) + `","service":"payments","severity":"critical"}}]`
				done <- d.Call(http.MethodPost, "/api/v2/alerts", body).Code
			}()
		}
		for range senders {
			if code := <-done; code != http.StatusOK {
				t.Errorf("answer %d", code)
			}
		}
		d.Settle()
		var list struct{ Items []struct{ Key string } }
		d.Call(http.MethodGet, "/api/v1/incidents", nil).Status(http.StatusOK).Into(&list)
		if len(list.Items) != 1 {
			t.Errorf("%d incidents: %v", len(list.Items), list.Items)
		}
	})
}

func TestStormToOnePersonLeavesAsFewMessages(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(strings.Replace(bank, "policy: payments\n---", "policy: payments\ngroup_by: [alertname]\n---", 1))
		for n := range 50 {
			body := `[{"labels":{"alertname":"A` + strconv.Itoa(n) + `","service":"payments","severity":"critical"}}]`
			d.Call(http.MethodPost, "/api/v2/alerts", body).Status(http.StatusOK)
		}
		d.Advance(time.Minute)
		if n := d.Peers.Hook.Incidents("/ana"); n != 50 {
			t.Errorf("%d of 50 incidents arrived", n)
		}
		if got := d.Peers.Arrived(); len(got) > 3 {
			t.Errorf("%d messages: %q", len(got), got)
		}
	})
}

func TestResolvedAlertsRestoreTheIncidentAndEndAllPaging(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		d.Alert("payments", "QueueDepth", "critical")
		d.Alert("payments", "SessionsDown", "critical")
		d.Advance(time.Minute)
		d.Resolve("payments", "QueueDepth", "critical")
		status := func() (i struct{ Status string }) {
			d.Call(http.MethodGet, "/api/v1/incidents/INC-1", nil).Status(http.StatusOK).Into(&i)
			return i
		}
		if s := status().Status; s != "open" {
			t.Errorf("status %q while an alert fires", s)
		}
		d.Resolve("payments", "SessionsDown", "critical")
		if s := status().Status; s != "restored" {
			t.Errorf("status %q after all alerts resolved", s)
		}
		d.Advance(24 * time.Hour)
		expect(t, d, "09:00 webhook ana INC-1", "09:01 mail ana INC-1 all-clear")
	})
}

func TestRestartForgetsNoPromise(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(bank)
		d.Alert("payments", "QueueDepth", "error")
		d.Advance(2 * time.Minute)
		d.Restart()
		d.Advance(4 * time.Minute)
		expect(t, d, "09:00 webhook ana INC-1", "09:05 webhook ben INC-1")
	})
}
