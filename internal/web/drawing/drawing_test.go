package drawing_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/web/action"
	"mainstay/internal/web/desktest"
	"mainstay/internal/web/drawing"
)

func open(t *testing.T) *desktest.Desk {
	t.Helper()
	d := desktest.Open(t, routes)
	d.Apply(parts)
	return d
}

func routes(d *apptest.Desk) []action.Route {
	r := d.Rooms
	return drawing.Routes(drawing.Config{Health: r.Health, Drawings: r.Drawings, Catalogue: r.Catalogue, Clock: d.Clock})
}

const parts = `
{kind: Component, name: release, title: Release of payments, layer: business-process, service: payments, depends_on: [engine]}
---
{kind: Component, name: engine, title: Payment engine, layer: application, service: payments, depends_on: [host-1, host-2, relay]}
---
{kind: Component, name: host-1, layer: machine}
---
{kind: Component, name: host-2, layer: machine}
---
{kind: Component, name: relay, title: Mail relay, layer: middleware, service: mail}
---
kind: Drawing
name: payments
groups: [{name: hosts, title: Hosts, needs: 1}]
parts: [{component: host-1, group: hosts}, {component: host-2, group: hosts}]
`

const board = "/services/payments/board"

func TestARedPartLeadsToCauseOwnerIncidentAndLogs(t *testing.T) {
	desktest.Each(t, routes, func(t *testing.T, d *desktest.Desk) {
		d.Apply(parts)
		d.Alert("payments", "QueueDepth", "critical", "component=relay")
		page := d.Get(d.Ana, board).Want(http.StatusOK)
		page.One("#drawing-part-engine.f-bad").WantText("Payment engine", "Affected")
		page.One("#drawing-part-relay.f-bad").WantText("Down", "INC-1")
		page.One("#drawing-line-engine-relay.l-bad")
		page.One("#drawing-line-engine-host-1.line").WantAttr("class", "line")
		page.One("#drawing-state").WantText("Affected")
		to := page.One("#drawing-part-release").One("a").Attr("href")
		panel := d.Get(d.Ana, strings.TrimSuffix(to, "#part")).One("#part")
		panel.WantText("Why", "Payment engine → Mail relay", "nobody has it", "payments-l1")
		panel.One("a[href=/incidents/INC-1]")
		found := false
		for _, a := range panel.All("a") {
			found = found || strings.HasPrefix(a.Attr("href"), "/logs?") && strings.Contains(a.Attr("href"), "range=custom")
		}
		if !found {
			t.Error("no way to the log lines of that moment")
		}
	})
}

func TestLooksDifferAndSayWhy(t *testing.T) {
	d := open(t)
	d.Get(d.Ana, board).One("#drawing-part-relay.f-unknown").WantText("Not watched")
	d.Alert("payments", "QueueDepth", "critical", "component=relay")
	if _, err := d.Rooms.Incidents.Acknowledge(t.Context(), d.Ana, "INC-1"); err != nil {
		t.Fatal(err)
	}
	part := d.Get(d.Ana, board).One("#drawing-part-relay.f-handled")
	part.WantText("Down, ack")
	part.One("title").WantText("Mail relay: Down, acknowledged. QueueDepth on relay, acknowledged by Ana Ruiz")
	d.Resolve("payments", "QueueDepth", "critical", "component=relay")
	d.Get(d.Ana, board).One("#drawing-part-relay.f-ok").WantText("OK")

	d.Alert("payments", "HostDown", "critical", "component=host-1")
	page := d.Get(d.Ana, board)
	page.One("#drawing-group-hosts.f-unknown").WantText("Hosts", "0 of 2 work, 1 needed")
	d.Alert("payments", "HostDown", "critical", "component=host-2")
	d.Resolve("payments", "HostDown", "critical", "component=host-2")
	page = d.Get(d.Ana, board)
	page.One("#drawing-group-hosts.f-warn").WantText("1 of 2 work, 1 needed")
	page.One("#drawing-state").WantText("Affected")
}

func TestATwoColourServiceHasNoAmber(t *testing.T) {
	d := open(t)
	d.Alert("payments", "QueueDepth", "warning", "component=relay")
	d.Get(d.Ana, board).One("#drawing-part-relay.f-warn")
	d.Apply("{kind: Drawing, name: payments, two_colours: true}")
	page := d.Get(d.Ana, board)
	page.One("#drawing-part-relay.f-bad")
	page.None(".f-warn")
}

func TestAPageThatSaysWhatItShowsGetsOnlyTheRest(t *testing.T) {
	d := open(t)
	have := d.Get(d.Ana, board).One("#drawing").Attr("data-have")
	d.Alert("payments", "QueueDepth", "critical", "component=relay")
	r := httptest.NewRequest(http.MethodGet, board+"/live", nil)
	r.Header.Set("X-Mainstay-Have", have)
	patch := d.Ask(d.Ana, r)
	patch.One("#drawing-live[data-live-only]")
	patch.One("#drawing-part-relay.f-bad")
	patch.None("#drawing-part-host-1")
	d.Get(d.Ana, board+"/live").One("#drawing-part-host-1")
}

func TestWhatIfShowsTheLossAndChangesNothing(t *testing.T) {
	d := open(t)
	d.Alert("payments", "QueueDepth", "critical", "component=relay")
	d.Resolve("payments", "QueueDepth", "critical", "component=relay")
	page := d.Get(d.Ana, board+"?down=relay")
	page.One("#what-if").WantText("What if relay were down?")
	page.One("#loss-payments").WantText("Payments", "Down")
	page.One("#drawing-part-relay.f-bad")
	page.None("[data-move-parts]")
	d.Get(d.Ana, board).One("#drawing-part-relay.f-ok")
	d.Get(d.Ana, board+"?down=nothing").Want(http.StatusNotFound)
}

func TestOnlyWhoMayChangeTheServiceMovesParts(t *testing.T) {
	d := open(t)
	d.Get(d.Ben, board).One("[data-move-parts]")
	page := d.Get(d.Vera, board)
	page.None("[data-move-parts]")
	page.None("#drawing[data-movable]")
	d.Post(d.Vera, board+"/layout", nil).Want(http.StatusForbidden)
	for _, path := range []string{board, board + "/live", board + "/part", board + "/file", board + "/text", "/wall/service/payments"} {
		d.Get(d.Acme, path).Want(http.StatusForbidden)
		d.Get(actor.Actor{}, path).Want(http.StatusUnauthorized)
	}
}

func TestADrawingIsWrittenAsText(t *testing.T) {
	d := open(t)
	d.Get(d.Ben, board+"/text").One("textarea").WantText("link release -> engine")
	text, err := d.Rooms.Drawings.Text(t.Context(), d.Ben, "payments")
	if err != nil || !strings.Contains(text, "link release -> engine") || !strings.Contains(text, `group hosts "Hosts" needs 1`) {
		t.Fatalf("got %s, %v", text, err)
	}
	d.Post(d.Ben, board+"/text", url.Values{"text": {text + "\nbox x"}}).Want(http.StatusUnprocessableEntity).WantText(`begins with "box"`)
	d.Post(d.Ben, board+"/text", url.Values{"text": {text + "\ncomponent cache middleware \"Cache\"\nlink engine -> cache"}}).WantGone(board)
	d.Get(d.Vera, board).One("#drawing-line-engine-cache")
	d.Post(d.Vera, board+"/text", url.Values{"text": {text}}).Want(http.StatusForbidden)
	d.Post(d.Ben, board+"/layout", nil).WantGone(board)
}

func TestAScreenOnTheWallShowsADrawing(t *testing.T) {
	d := open(t)
	d.Alert("payments", "QueueDepth", "critical", "component=relay")
	wall := d.Get(d.Vera, "/wall/service/payments").One("#wall-board")
	wall.WantAttr("data-live-src", "/wall/service/payments")
	wall.WantText("Payments", "Affected", "QueueDepth")
	wall.One("#wall-svg-part-relay.f-bad")
	d.Get(d.Vera, "/wall/service/nothing").Want(http.StatusNotFound)
}
