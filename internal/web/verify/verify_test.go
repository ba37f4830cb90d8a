package verify_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/domain/notify"
	"mainstay/internal/web/action"
	"mainstay/internal/web/desktest"
	"mainstay/internal/web/verify"
)

var nobody actor.Actor

// asked gives Ana an address that is not confirmed yet, and returns the link that was sent there.
func asked(t *testing.T) (*desktest.Desk, string) {
	t.Helper()
	d := desktest.Open(t, func(d *apptest.Desk) []action.Route {
		return verify.Routes(verify.Config{Contacts: d.Rooms.Notify})
	})
	_, _, err := d.Rooms.Notify.AddMethod(t.Context(), d.Ana, "ana", notify.MethodSpec{Name: "home", Channel: "mail", Address: "ana@home.example"})
	if err != nil {
		t.Fatal(err)
	}
	d.Settle()
	for _, m := range d.Peers.Mail.Mails() {
		if _, rest, ok := strings.Cut(m.Text, d.BaseURL+"/verify/"); ok {
			return d, "/verify/" + strings.Fields(rest)[0]
		}
	}
	t.Fatalf("no link was sent: %+v", d.Peers.Mail.Mails())
	return nil, ""
}

func usable(t *testing.T, d *desktest.Desk) bool {
	t.Helper()
	c, err := d.Rooms.Notify.Contacts(t.Context(), d.Ana, "ana")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range c.Methods {
		if m.Name == "home" {
			return m.Usable()
		}
	}
	return false
}

func TestOneTapConfirmsAnAddressAndOpeningTheLinkDoesNot(t *testing.T) {
	d, link := asked(t)
	page := d.Get(nobody, link).Want(http.StatusOK)
	page.WantText("a…@home.example", "Ana Ruiz")
	page.WantNoText("ana@home.example")
	if usable(t, d) {
		t.Fatal("opening the link confirmed the address")
	}
	d.Post(nobody, link, nil).WantGone(link)
	if !usable(t, d) {
		t.Fatal("the button did not confirm the address")
	}
	page = d.Get(nobody, link)
	page.One("#standing").WantText("Confirmed")
	page.None("#confirm")
}

func TestLinksThatDoNotWorkSaySo(t *testing.T) {
	d, link := asked(t)
	d.Get(nobody, "/verify/hello").Want(http.StatusNotFound).WantText("This link does not work")
	wrong := link[:len(link)-2] + "zz"
	if page := d.Post(nobody, wrong, nil); page.Status < 400 || usable(t, d) {
		t.Errorf("a wrong code answers %d; usable: %v", page.Status, usable(t, d))
	}
	d.Advance(25 * time.Hour)
	page := d.Get(nobody, link).Want(http.StatusConflict)
	page.WantText("This link has expired", "ask for a new one")
	page.None("#confirm")
	if page := d.Post(nobody, link, nil); page.Status < 400 || usable(t, d) {
		t.Errorf("an old code answers %d; usable: %v", page.Status, usable(t, d))
	}
}
