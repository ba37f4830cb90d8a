package app_test

import (
	"strings"
	"testing"
	"time"

	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/alert"
)

const held = `
{kind: User, name: ben, title: Ben Osei, role: back-line}
---
{kind: Contacts, name: ben, methods: [{name: mail, channel: mail, address: ben@bank.example, verified: true}]}
---
{kind: Team, name: l2, title: L2, level: L2, members: [ben]}
---
{kind: Policy, name: calm, response: {ack_timeout: 50m, repeat_after: 10h, steps: [{after: 0m, targets: [{team: l2}]}]}}
---
{kind: Service, name: payments, title: Payments, tier: 1, owner: l2, policy: calm}
---
{kind: Service, name: network, title: Network, tier: 1, owner: l2, policy: calm}
---
{kind: Component, name: core-switch, layer: network, service: network}
---
{kind: Component, name: database, layer: middleware, service: payments, depends_on: [core-switch]}
---
{kind: Component, name: gateway, layer: application, service: payments, depends_on: [database]}
`

// fires sends an alert of a component, and ends says that it is over.
func fires(d *apptest.Desk, service, component, name, severity string) {
	d.T.Helper()
	d.Alert(service, name, severity, "component="+component)
}

func ends(d *apptest.Desk, service, component, name, severity string) {
	d.T.Helper()
	d.Resolve(service, name, severity, "component="+component)
}

// standing is how alerts stand, by name: state, what they are held for, and whether they have an incident.
func standing(t *testing.T, d *apptest.Desk, name string) (a alert.Alert) {
	t.Helper()
	list, err := d.Rooms.Alerts.List(t.Context(), actor.Mainstay, alert.Filter{Words: name}, page.Request{})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Items) == 0 {
		t.Fatalf("no alert %s", name)
	}
	return list.Items[0]
}

func TestDuringMaintenanceAlertsCallNobodyAndThenTheyDo(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(held)
		now := d.Clock.Now()
		d.Apply(`{kind: Maintenance, name: patching, title: Patching, services: [payments], starts: "` + now.Add(-time.Minute).UTC().Format("2006-01-02T15:04") + `", lasts: 2h}`)
		fires(d, "payments", "gateway", "GatewayDown", "critical")
		fires(d, "payments", "database", "Restarting", "critical")
		a := standing(t, d, "GatewayDown")
		if a.Incident != "" || a.Held.Kind != alert.ForMaintenance || !strings.Contains(a.Held.Why, "Patching, until ") {
			t.Errorf("incident %q, held %+v", a.Incident, a.Held)
		}
		fires(d, "network", "core-switch", "LinkFlap", "warning")
		if a := standing(t, d, "LinkFlap"); a.Incident == "" {
			t.Error("what is not worked on is held back")
		}
		if mails := d.Peers.Mail.Mails(); len(mails) != 1 || !strings.Contains(mails[0].Subject, "LinkFlap") {
			t.Errorf("mails %+v", mails)
		}
		ends(d, "payments", "database", "Restarting", "critical")
		if a := standing(t, d, "Restarting"); a.State != alert.Resolved {
			t.Errorf("what ends in the window is %s", a.State)
		}
		d.Restart()
		d.Advance(2 * time.Hour)
		if a := standing(t, d, "GatewayDown"); a.Incident == "" || a.Held.Kind != "" {
			t.Errorf("after the window: incident %q, held %+v", a.Incident, a.Held)
		}
		if a := standing(t, d, "Restarting"); a.Incident != "" {
			t.Error("what had ended opens an incident")
		}
		if mails := d.Peers.Mail.Mails(); len(mails) < 2 || !strings.Contains(mails[1].Subject, "GatewayDown") {
			t.Errorf("mails %+v", mails)
		}
	})
}

func TestWhatDependsOnAFailureIsHeldBehindIt(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(held)
		fires(d, "network", "core-switch", "SwitchDown", "major")
		fires(d, "payments", "gateway", "GatewayErrors", "major")
		fires(d, "payments", "database", "DatabaseSlow", "warning")
		for _, name := range []string{"GatewayErrors", "DatabaseSlow"} {
			a := standing(t, d, name)
			if a.Incident != "" || a.Held.Kind != alert.ForDependency || !strings.Contains(a.Held.Why, "core-switch fails (INC-1), which this depends on") {
				t.Errorf("%s: incident %q, held %+v", name, a.Incident, a.Held)
			}
		}
		fires(d, "payments", "gateway", "MoneyLost", "critical")
		if a := standing(t, d, "MoneyLost"); a.Incident == "" {
			t.Error("a critical alert hides behind one that is not")
		}
		ends(d, "payments", "database", "DatabaseSlow", "warning")
		ends(d, "network", "core-switch", "SwitchDown", "major")
		d.Advance(time.Minute)
		if a := standing(t, d, "GatewayErrors"); a.Incident != "" {
			t.Error("no time to recover")
		}
		d.Advance(2 * time.Minute)
		if a := standing(t, d, "GatewayErrors"); a.Incident == "" || a.Held.Kind != "" {
			t.Errorf("the cause is over and it fires on: incident %q, held %+v", a.Incident, a.Held)
		}
		if a := standing(t, d, "DatabaseSlow"); a.State != alert.Resolved || a.Incident != "" {
			t.Errorf("what recovered with its cause is %s with incident %q", a.State, a.Incident)
		}
	})
}

func TestAFlappingAlertCallsOnceAndEndsWhenItIsQuiet(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Desk) {
		d.Apply(held)
		for range 8 {
			fires(d, "payments", "gateway", "Flaps", "major")
			d.Advance(time.Minute)
			ends(d, "payments", "gateway", "Flaps", "major")
			d.Advance(time.Minute)
		}
		a := standing(t, d, "Flaps")
		if !a.Flapping || a.State != alert.Firing || !strings.Contains(a.Unrest(), "quiet since") {
			t.Errorf("it is %s, flapping %v: %s", a.State, a.Flapping, a.Unrest())
		}
		d.Restart()
		d.Advance(16 * time.Minute)
		if a := standing(t, d, "Flaps"); a.State != alert.Resolved {
			t.Errorf("after a quarter of an hour of quiet it is %s", a.State)
		}
		d.Advance(2 * time.Hour)
		fires(d, "payments", "gateway", "Flaps", "major")
		ends(d, "payments", "gateway", "Flaps", "major")
		if a := standing(t, d, "Flaps"); a.State != alert.Resolved || a.Flapping {
			t.Errorf("hours later it is %s, flapping %v", a.State, a.Flapping)
		}
	})
}
