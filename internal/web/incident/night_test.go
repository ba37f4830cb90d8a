package incident_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"mainstay/internal/base/actor"
	alerts "mainstay/internal/domain/alert"
	"mainstay/internal/web/desktest"
)

// loud is the one primary button among the acts of INC-1.
func loud(t *testing.T, d *desktest.Desk) string {
	t.Helper()
	return d.Get(d.Ana, inc).One(".primary-bar").One(".button-primary").Text()
}

func TestRestoringIsNotTheLoudestActWhileAnAlertFires(t *testing.T) {
	d := broken(t)
	d.Post(d.Ana, inc+"/acknowledge", nil).WantGone(inc)
	if got := loud(t, d); got != "Investigate" {
		t.Errorf("after acknowledging %q is the loudest, want Investigate", got)
	}
	d.Post(d.Ana, inc+"/investigate", nil).WantGone(inc)
	if got := loud(t, d); got != "Comment" {
		t.Errorf("while investigating %q is the loudest, want Comment", got)
	}
	page := d.Get(d.Ana, inc)
	page.One(".primary-bar").One(".act-ask-restore").One("[data-icon=pulse]")
	page.One("#ask-restore").WantText("1 alert still fires: QueueDepth on mq. If it still fires in 10 min, the incident reopens and pages again.", "The alerts are over too")
	d.Post(d.Ana, inc+"/restore", nil).WantGone(inc)
	d.Get(d.Ana, inc).One("#timeline").WantText("although it still fires (QueueDepth on mq): reopened at 09:10 UTC if it still does")
}

func TestWhoeverRestoresMaySayThatTheAlertsAreOverToo(t *testing.T) {
	d := broken(t)
	d.Post(d.Ana, inc+"/restore", url.Values{"alerts_ended": {"on"}}).WantGone(inc)
	d.Get(d.Ana, inc).One("#timeline").WantText("restored: both clocks ended", "Ana Ruiz says that it ended: QueueDepth on mq")
	d.Get(d.Ana, inc).One("#incident-side").WantText("Resolved")
}

func TestRestoringIsTheLoudestActOnceAllAlertsEnded(t *testing.T) {
	d := open(t)
	d.Apply("{kind: Service, name: payments, title: Payments, tier: 1, owner: payments-l1, policy: payments, restore_when_resolved: false}")
	d.Alert("payments", "QueueDepth", "critical", "component=mq")
	d.Post(d.Ana, inc+"/acknowledge", nil).WantGone(inc)
	d.Resolve("payments", "QueueDepth", "critical", "component=mq")
	if got := loud(t, d); !strings.HasPrefix(got, "Restore") {
		t.Errorf("%q is the loudest, want Restore", got)
	}
	d.Get(d.Ana, inc).One("#still-firing").None(".flash")
}

func TestAMistakenRestoreIsUndoneFromTheFirstRowOfActs(t *testing.T) {
	d := broken(t)
	d.Post(d.Ana, inc+"/restore", url.Values{"reason": {"Wrong tab"}}).WantGone(inc)
	page := d.Get(d.Ana, inc)
	bar := page.One(".primary-bar")
	bar.One("button[commandfor=ask-reopen]").WantText("Reopen")
	bar.None(".button-primary")
	page.One("#f-reopen-reason").WantText("Restored by mistake")
	d.Resolve("payments", "QueueDepth", "critical", "component=mq")
	d.Advance(11 * time.Minute)
	bar = d.Get(d.Ana, inc).One(".primary-bar")
	bar.One(".button-primary").WantText("Close")
	bar.One("#more-acts").One("button[commandfor=ask-reopen]")
}

func TestWhatFiresStandsAboveWhatHasEnded(t *testing.T) {
	d := broken(t)
	d.Alert("payments", "Lag", "warning", "component=mq")
	d.Alert("payments", "Errors", "critical", "component=mq")
	d.Resolve("payments", "QueueDepth", "critical", "component=mq")
	var got []string
	for _, row := range d.Get(d.Ana, inc).One("#alerts").All("li.told") {
		got = append(got, row.All("span.break")[0].Text())
	}
	if strings.Join(got, " ") != "Errors on mq Lag on mq QueueDepth on mq" {
		t.Errorf("alerts in the order %q", got)
	}
}

func TestRunbooksAndGraphsOfWhatFiresStandBesideTheActs(t *testing.T) {
	d := open(t)
	d.Apply("{kind: Service, name: payments, title: Payments, tier: 1, owner: payments-l1, policy: payments, runbook: \"https://wiki.example/payments\"}")
	in := alerts.In{Labels: map[string]string{"alertname": "QueueDepth", "service": "payments", "instance": "mq-2"},
		Annotations: map[string]string{"runbook_url": "https://wiki.example/queues", "dashboard": "javascript:alert(1)", "summary": "Deep"}}
	if _, err := d.Rooms.Alerts.Receive(t.Context(), actor.Mainstay, []alerts.In{in}); err != nil {
		t.Fatal(err)
	}
	page := d.Get(d.Ana, inc)
	guides := page.One(".primary-bar").All("a[data-guide]")
	if len(guides) != 2 {
		t.Fatalf("%d guides, want the runbook of the alert and that of the service", len(guides))
	}
	guides[0].WantAttr("href", "https://wiki.example/queues")
	guides[1].WantAttr("href", "https://wiki.example/payments")
	said := page.One("#alerts").One("details.senders")
	said.WantText("instance mq-2", "summary Deep", "javascript:alert(1)")
	for _, link := range said.All("a") {
		if strings.HasPrefix(link.Attr("href"), "javascript") {
			t.Error("what is no web address is a link")
		}
	}
}

func TestWhoIsOnCallStandsAboveTheTeamsNumber(t *testing.T) {
	d := broken(t)
	page := d.Get(d.Ana, inc).One("#call-list")
	page.One("a.full").WantText("Call Payments first line: +44 20 7946 0001")
	if text := page.Text(); strings.Index(text, "Ana Ruiz") > strings.Index(text, "Call Payments first line") {
		t.Errorf("the team's number comes before the person: %q", text)
	}
	page.None("a.button-primary")
}
