package customer_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"mainstay/internal/apptest"
	"mainstay/internal/web/action"
	"mainstay/internal/web/customer"
	"mainstay/internal/web/desktest"
)

func open(t *testing.T) *desktest.Desk {
	t.Helper()
	return desktest.Open(t, func(d *apptest.Desk) []action.Route {
		r := d.Rooms
		return customer.Routes(customer.Config{Customers: r.Customers, Catalogue: r.Catalogue, Incidents: r.Incidents, People: r.People})
	})
}

const harbour = `
kind: Customer
name: harbour
title: Harbour Shipping
zone: Europe/Oslo
account_owner: cleo
services: [payments]
contacts:
  - {name: Treasury desk, telephone: "+47 555 01 000", mail: treasury@harbour.example, note: Weekdays only}
`

func TestCustomersShowWhatMayAffectThem(t *testing.T) {
	d := open(t)
	d.Apply(harbour)
	d.Alert("payments", "QueueDepth", "critical")
	page := d.Get(d.Cleo, "/customers").Want(http.StatusOK)
	page.One("#customer-harbour").WantText("Harbour Shipping", "Sev 1 INC-1", "Treasury desk", "Mon 10:00 Oslo")
	page.One("#customer-acme").WantNoText("INC-1")
	page = d.Get(d.Ana, "/customers/harbour").Want(http.StatusOK)
	page.One(".strip").WantText("INC-1", "Cleo Marsh")
	page.One("#contacts").One("a[href=tel:+4755501000]").WantText("+47 555 01 000")
	page.One("#contacts").One("a[href=mailto:treasury@harbour.example]")
	page.One("#services").WantText("Payments")
	page.None("a[href=/customers/harbour/edit]")
}

func TestClientSeesTheirOwnCustomerAndNothingInside(t *testing.T) {
	d := open(t)
	d.Apply(harbour)
	d.Alert("payments", "QueueDepth", "critical")
	d.Get(d.Acme, "/customers").One("#customers").WantNoText("Harbour", "INC-1")
	d.Get(d.Acme, "/customers/acme").Want(http.StatusOK).None("#services")
	d.Get(d.Acme, "/customers/harbour").Want(http.StatusForbidden)
	d.Get(d.Vera, "/customers").Want(http.StatusForbidden)
	d.Apply(`{kind: Customer, name: acme, title: Acme Corporation, description: Pays late, account_owner: cleo,
  contacts: [{name: Acme Desk, telephone: "+1 555 0100", note: Never believe the first figure}]}`)
	d.Get(d.Cleo, "/customers/acme").WantText("Pays late", "Never believe the first figure", "Cleo Marsh")
	page := d.Get(d.Acme, "/customers/acme").Want(http.StatusOK)
	page.WantNoText("Pays late", "Never believe", "Cleo Marsh")
	page.One("#contacts").WantText("Acme Desk", "+1 555 0100")
}

func TestCustomerIsAddedAndChangedWithItsContacts(t *testing.T) {
	d := open(t)
	form := url.Values{"name": {"harbour"}, "title": {"Harbour"}, "services": {"payments"}, "zone": {"Europe/Oslo"},
		"contact_name": {"Treasury", "", "Desk"}, "contact_role": {"", "", ""}, "contact_mail": {"treasury@harbour.example", "", "no address"},
		"contact_telephone": {"", "", ""}, "contact_note": {"", "", ""}}
	page := d.Post(d.Cleo, "/customers/+new", form).Want(http.StatusUnprocessableEntity)
	page.One("#f-contacts-error").WantText("entry 2 mail must be a mail address")
	if typed := page.One("#contact-mail-2").Attr("value"); typed != "no address" {
		t.Errorf("typed %q", typed)
	}
	form["contact_mail"][2] = "desk@harbour.example"
	d.Post(d.Cleo, "/customers/+new", form).WantGone("/customers/harbour")
	d.Post(d.Cleo, "/customers/+new", form).Want(http.StatusConflict).One(".error-summary").WantText("already")
	d.Get(d.Cleo, "/customers/harbour").One("#contacts").WantText("Treasury", "Desk")
	edit := d.Get(d.Cleo, "/customers/harbour/edit").Want(http.StatusOK)
	edit.One("input[name=services][value=payments][checked]")
	form.Set("version", edit.One("input[name=version]").Attr("value"))
	form["contact_name"] = []string{"", "", "Desk"}
	form["contact_mail"] = []string{"", "", "desk@harbour.example"}
	d.Post(d.Cleo, "/customers/harbour/edit", form).WantGone("/customers/harbour")
	d.Get(d.Cleo, "/customers/harbour").One("#contacts").WantNoText("Treasury")
	d.Post(d.Cleo, "/customers/harbour/edit", form).Want(http.StatusConflict)
	d.Post(d.Ana, "/customers/harbour/edit", form).Want(http.StatusForbidden)
}

func TestCustomerWithUsersIsNotDeleted(t *testing.T) {
	d := open(t)
	d.Apply(harbour)
	if gone := d.Post(d.Cleo, "/customers/acme/delete", nil).WantGone("/customers/acme"); !strings.Contains(gone.Messages[0].Text, "still has users") {
		t.Errorf("messages: %+v", gone.Messages)
	}
	d.Post(d.Cleo, "/customers/harbour/delete", nil).WantGone("/customers")
	d.Get(d.Cleo, "/customers/harbour").Want(http.StatusNotFound)
}
