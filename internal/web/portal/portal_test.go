package portal_test

import (
	"net/http"
	"testing"

	"mainstay/internal/apptest"
	"mainstay/internal/base/errs"
	"mainstay/internal/domain/incident"
	"mainstay/internal/web/action"
	"mainstay/internal/web/desktest"
	"mainstay/internal/web/portal"
)

func routes(d *apptest.Desk) []action.Route {
	r := d.Rooms
	return portal.Routes(portal.Config{Customers: r.Customers, Incidents: r.Incidents})
}

const acme = `
kind: Customer
name: acme
title: Acme Corporation
description: Pays late
services: [payments, mail]
contacts: [{name: Acme Desk, telephone: "+1 555 0100", note: Never believe the first figure}]
---
{kind: Customer, name: harbour, title: Harbour Shipping, services: [archive]}
`

func TestClientSeesTheirServicesInWordsForPeopleOutside(t *testing.T) {
	desktest.Each(t, routes, func(t *testing.T, d *desktest.Desk) {
		d.Apply(acme)
		page := d.Get(d.Acme, "/portal").Want(http.StatusOK)
		page.One("#service-1").WantText("No data", "Payments", "We do not know how it is")
		page.WantText("No trouble known to us")
		d.Alert("payments", "QueueDepth", "critical")
		page = d.Get(d.Acme, "/portal").Want(http.StatusOK)
		page.One("#service-1").WantText("Disrupted", "We have been alerted.")
		page.One("#service-1").One("time[datetime]")
		page.One("#service-2").WantText("No data", "Mail")
		page.WantText("1 of 2 disrupted")
		must(t)(d.Rooms.Incidents.Acknowledge(t.Context(), d.Ana, "INC-1"))
		d.Get(d.Acme, "/portal/services").One("#service-1").WantText("Disrupted", "We are working on it.")
		must(t)(d.Rooms.Incidents.Restore(t.Context(), d.Ana, "INC-1", "done"))
		d.Get(d.Acme, "/portal").One("#service-1").WantText("Working", "Payments")
	})
}

// What is written among ourselves must not show, whoever writes it.
func TestPortalShowsNothingOfTheInside(t *testing.T) {
	d := desktest.Open(t, routes)
	d.Apply(acme)
	d.Alert("payments", "QueueDepth", "critical")
	must(t)(d.Rooms.Incidents.Acknowledge(t.Context(), d.Ana, "INC-1"))
	page := d.Get(d.Acme, "/portal").Want(http.StatusOK)
	page.WantNoText("QueueDepth", "INC-1", "Ana", "Pays late", "Never believe", "Harbour", "Archive", "payments-l1")
	page.One("#contacts").WantText("Acme Desk", "+1 555 0100")
	page.None("a[href=/incidents/INC-1]")
}

func TestPortalIsOfOnesOwnCustomerOnly(t *testing.T) {
	d := desktest.Open(t, routes)
	d.Apply(acme)
	if _, err := d.Rooms.Incidents.Outlooks(t.Context(), d.Acme, "harbour"); !errs.Is(err, errs.Forbidden) {
		t.Errorf("a client reads how others stand: %v", err)
	}
	if _, err := d.Rooms.Incidents.Outlooks(t.Context(), d.Vera, "acme"); !errs.Is(err, errs.Forbidden) {
		t.Errorf("an observer reads of customers: %v", err)
	}
	d.Get(d.Vera, "/portal").Want(http.StatusForbidden)
	d.Get(d.Cleo, "/portal").WantGone("/customers")
}

func TestPortalWithoutServicesSaysWhatToDo(t *testing.T) {
	d := desktest.Open(t, routes)
	d.Get(d.Acme, "/portal").Want(http.StatusOK).One(".notice").WantText("No services yet", "Ask your contact")
}

// must fails the test when what a person did to an incident was refused.
func must(t *testing.T) func(incident.Incident, error) {
	return func(_ incident.Incident, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}
