package firstrun_test

import (
	"net/http"
	"testing"

	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/domain/alert"
	"mainstay/internal/web/action"
	"mainstay/internal/web/desktest"
	"mainstay/internal/web/firstrun"
)

func config(d *apptest.Desk) firstrun.Config {
	r := d.Rooms
	return firstrun.Config{People: r.People, Catalogue: r.Catalogue, Contacts: r.Notify, Rosters: r.Rosters, Alerts: r.Alerts}
}

// routes serve the card on a page of its own, as the board holds it.
func routes(d *apptest.Desk) []action.Route {
	c := config(d)
	return append(firstrun.Routes(c), action.Get("/", action.SignedIn, func(r *http.Request, by actor.Actor) (action.Answer, error) {
		card, err := c.Card(r.Context(), by)
		if card == nil {
			return action.Answer{}, err
		}
		return action.Show(card), err
	}))
}

func TestStepsOfANewDeskTickByThemselves(t *testing.T) {
	d := desktest.Empty(t, routes)
	admin := actor.Actor{Kind: actor.User, ID: "a", Name: "Ada", Role: actor.Admin}
	page := d.Get(admin, "/").Want(http.StatusOK)
	page.One("#first-run").WantText("0 of 6 done", "1. Add a team", "6. Send a test alert")
	page.One("#first-run-1").One("a.button-primary[href=/teams/+new]")
	page.One("#first-run-4").One("a[href=/oncall/+new]")
	page.None("#test-alert")
	d.Apply("{kind: User, name: ana, role: first-line}\n---\n{kind: Team, name: desk, level: L1, members: [ana]}\n---\n" +
		"{kind: Contacts, name: ana, methods: [{name: mail, channel: mail, address: ana@bank.example, verified: true}]}\n---\n" +
		"{kind: Service, name: payments, title: Payments, tier: 1, owner: desk}")
	page = d.Get(admin, "/")
	page.One("#first-run").WantText("3 of 6 done")
	page.One("#first-run-4").One("a.button-primary")
	page.One("#first-run-5").One("a[href=/services/payments#keys]")
	d.Apply("{kind: Roster, name: desk, zone: UTC, team: desk, layers: [{start: 2026-01-05, handover: \"08:00\", rotation: daily, slots: [[ana]]}]}")
	if _, _, err := d.Rooms.Catalogue.CreateKey(t.Context(), admin, "payments", "prometheus"); err != nil {
		t.Fatal(err)
	}
	d.Get(admin, "/").One("#test-alert").WantText("pages whoever is on call", "Payments")
	d.Post(admin, "/first-run/test-alert", nil).WantGone("/incidents")
	if i, err := d.Rooms.Incidents.Get(t.Context(), admin, "INC-1"); err != nil || i.ServiceName != "payments" {
		t.Errorf("no incident of the test: %+v, %v", i, err)
	}
	if page := d.Get(admin, "/"); page.Status == http.StatusOK && len(page.Text()) > 0 {
		t.Errorf("the card stays: %s", page.Text())
	}
}

// TestWhatTheDeskItselfNoticesTicksNothing: an alert of a log rule says nothing of the way from outside.
func TestWhatTheDeskItselfNoticesTicksNothing(t *testing.T) {
	d := desktest.Open(t, routes)
	in := alert.In{Labels: map[string]string{"alertname": "many-errors", "rule": "many-errors", "service": "payments"}}
	if _, err := d.Rooms.Alerts.Receive(t.Context(), actor.Mainstay, []alert.In{in}); err != nil {
		t.Fatal(err)
	}
	page := d.Get(d.Root, "/").Want(http.StatusOK)
	page.One("#first-run-5").WantText("To do")
	page.One("#first-run-6").WantText("To do")
	d.Post(d.Root, "/first-run/test-alert", nil).WantGone("/incidents")
	if page := d.Get(d.Root, "/"); len(page.Text()) > 0 {
		t.Errorf("after an alert from outside the card stays: %s", page.Text())
	}
}

func TestStepsAreForThoseWhoSetUpADesk(t *testing.T) {
	d := desktest.Empty(t, routes)
	for _, role := range []actor.Role{actor.FirstLine, actor.BackLine, actor.ClientServices, actor.Observer, actor.Client} {
		by := actor.Actor{Kind: actor.User, ID: "x", Name: "X", Role: role, Customer: "acme"}
		if card, err := config(d.Desk).Card(t.Context(), by); card != nil || err != nil {
			t.Errorf("%s: %v, %v", role, card, err)
		}
		d.Post(by, "/first-run/test-alert", nil).Want(http.StatusForbidden)
	}
	sam := actor.Actor{Kind: actor.User, ID: "s", Name: "Sam", Role: actor.SupportManager}
	d.Get(sam, "/").One("#first-run")
	if gone := d.Post(sam, "/first-run/test-alert", nil).WantGone("/"); len(gone.Messages) != 1 {
		t.Errorf("messages: %+v", gone.Messages)
	}
}
