package check_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"mainstay/internal/apptest"
	"mainstay/internal/web/action"
	"mainstay/internal/web/check"
	"mainstay/internal/web/desktest"
)

func TestMain(m *testing.M) { apptest.Main(m) }

func open(t *testing.T) *desktest.Desk {
	t.Helper()
	return desktest.Open(t, func(d *apptest.Desk) []action.Route {
		return check.Routes(check.Config{Checks: d.Rooms.Checks, BaseURL: "https://desk.example"})
	})
}

func text(s string) url.Values { return url.Values{"text": {s}, "version": {""}} }

func TestACheckIsWrittenMadeShownAndDeleted(t *testing.T) {
	peer := httptest.NewServer(http.NotFoundHandler())
	defer peer.Close()
	d := open(t)
	d.Get(d.Ana, "/checks").Want(http.StatusOK)
	d.Get(d.Ana, "/checks/+new?kind=tls").Want(http.StatusOK).One("textarea[name=text]").WantText("mail.example:993")
	d.Post(d.Ana, "/checks/+new", text("kind: Check\nname: shop\nprobe: {http: {adress: x}}\n")).Want(http.StatusUnprocessableEntity)
	d.Post(d.Ana, "/checks/+new", text("kind: Check\nname: shop\nprobe: {}\n")).Want(http.StatusUnprocessableEntity)
	doc := "kind: Check\nname: shop\ntitle: Shop front\nservice: payments\nretries: 0\nprobe: {http: {url: \"" + peer.URL + "\"}}\n"
	d.Post(d.Ana, "/checks/+new", text(doc)).WantGone("/checks/shop")
	d.Post(d.Ana, "/checks/+new", text(doc)).Want(http.StatusConflict)
	d.Get(d.Ana, "/checks").One("#check-shop").WantText("Shop front", "Waiting")
	d.Post(d.Ana, "/checks/shop/run", nil).WantGone("/checks/shop")
	page := d.Get(d.Vera, "/checks/shop").Want(http.StatusOK)
	page.One("#results").WantText("server", "Failed", "404", "connect")
	page.One("#history").WantText("Failed")
	page.One("#yaml").WantText("kind: Check", peer.URL)
	page.None("a[href=/checks/shop/edit]")
	d.Get(d.Ana, "/checks?state=ok").None("#check-shop")
	d.Get(d.Ana, "/checks?q=front+http").One("#check-shop")

	edit := d.Get(d.Ana, "/checks/shop/edit").Want(http.StatusOK)
	form := text(doc + "description: What the shop says.\n")
	form.Set("version", edit.One("input[name=version]").Attr("value"))
	d.Post(d.Ana, "/checks/shop/edit", form).WantGone("/checks/shop")
	d.Post(d.Ana, "/checks/shop/edit", form).Want(http.StatusConflict)
	d.Post(d.Ana, "/checks/shop/edit", text("kind: Check\nname: other\nprobe: {tcp: {address: \"a:1\"}}\n")).Want(http.StatusUnprocessableEntity)
	d.Post(d.Ana, "/checks/shop/disable", nil).WantGone("/checks/shop")
	d.Get(d.Ana, "/checks").One("#check-shop").WantText("Disabled")
	d.Post(d.Ana, "/checks/shop/delete", nil).WantGone("/checks")
	d.Get(d.Ana, "/checks/shop").Want(http.StatusNotFound)
}

func TestTheAddressOfAJobIsShownToWhoMayChangeItsCheckOnly(t *testing.T) {
	d := open(t)
	d.Apply("{kind: Check, name: backup, service: payments, every: 1h, probe: {heartbeat: {}}}")
	d.Get(d.Ana, "/checks/backup").Want(http.StatusOK).One("#job").WantText("https://desk.example/heartbeat/msb_")
	if d.Get(d.Vera, "/checks/backup").Want(http.StatusOK).One("#job").Text() == "" {
		t.Error("an observer does not see when the job called in")
	}
}
