package board_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/domain/alert"
	"mainstay/internal/domain/followup"
	"mainstay/internal/web/action"
	"mainstay/internal/web/board"
	"mainstay/internal/web/desktest"
)

func open(t *testing.T) *desktest.Desk {
	t.Helper()
	return desktest.Open(t, routes)
}

func routes(d *apptest.Desk) []action.Route {
	r := d.Rooms
	return board.Routes(board.Config{Incidents: r.Incidents, Health: r.Health, Catalogue: r.Catalogue, Rosters: r.Rosters,
		People: r.People, FollowUps: r.FollowUps, Clock: d.Clock, Name: "Test bank"})
}

func TestShortcutsAreInThreeGroupsAndTheFocusStartsOnClose(t *testing.T) {
	d := open(t)
	keys := d.Get(d.Ana, "/").One("#shortcuts")
	keys.One("button[autofocus]").WantText("Close")
	keys.One("[data-go-keys]").WantText("Go to")
	keys.One("[data-page-keys]").WantText("On this page")
}

func TestStepOfAnAcknowledgedIncidentSaysOnceWhatPreventsIt(t *testing.T) {
	d := open(t)
	d.Alert("payments", "QueueDepth", "critical")
	if _, err := d.Rooms.Incidents.Acknowledge(t.Context(), d.Ana, "INC-1"); err != nil {
		t.Fatal(err)
	}
	step := d.Get(d.Ana, "/").One("#step-INC-1-response")
	step.WantText("pages again unless there is progress")
	step.WantNoText("unless acknowledged")
}

func TestServiceIsAsBadAsItsWorstIncidentAndLeadsThere(t *testing.T) {
	d := open(t)
	d.Alert("payments", "QueueDepth", "critical")
	d.Alert("mail", "QueueOld", "warning")

	page := d.Get(d.Ana, "/").Want(http.StatusOK)
	rows := page.All("tr[data-row]")
	if len(rows) != 3 || rows[0].Attr("id") != "service-payments" || rows[1].Attr("id") != "service-mail" {
		t.Fatalf("the worst service does not come first: %s", page.Text())
	}
	rows[0].One(".badge-bad").WantText("Sev 1 open")
	rows[0].WantText("QueueDepth", "nobody", "Payments first line")
	rows[0].One(".incident-line").One("a[href=/incidents/INC-1]").WantText("INC-1")
	rows[1].One(".badge-warn").WantText("Sev 3 open")
}

func TestOpenIncidentsStandAboveWhatANewDeskStillNeeds(t *testing.T) {
	d := desktest.Open(t, func(d *apptest.Desk) []action.Route {
		r := d.Rooms
		return board.Routes(board.Config{Incidents: r.Incidents, Health: r.Health, Catalogue: r.Catalogue, Rosters: r.Rosters,
			People: r.People, FollowUps: r.FollowUps, Clock: d.Clock, Start: func(context.Context, actor.Actor) (templ.Component, error) {
				return templ.Raw("<p>still to set up</p>"), nil
			}})
	})
	order := func() (start, service int) {
		text := d.Get(d.Root, "/").Want(http.StatusOK).Text()
		return strings.Index(text, "still to set up"), strings.Index(text, "Payments tier")
	}
	if start, service := order(); start < 0 || start > service {
		t.Errorf("without incidents the card stands at %d, services at %d", start, service)
	}
	d.Alert("payments", "QueueDepth", "critical")
	if start, service := order(); start < service {
		t.Errorf("with an incident the card stands at %d, services at %d", start, service)
	}
}

func TestWhatSomebodyHasInHandLooksDifferentFromWhatNobodyHas(t *testing.T) {
	d := open(t)
	d.Alert("payments", "QueueDepth", "critical")
	d.Get(d.Ana, "/").One("#service-payments").None(".badge-handled")
	if _, err := d.Rooms.Incidents.Acknowledge(t.Context(), d.Ana, "INC-1"); err != nil {
		t.Fatal(err)
	}
	row := d.Get(d.Ana, "/").One("#service-payments")
	row.One(".badge-handled").WantText("Sev 1 acknowledged")
	row.WantText("Ana Ruiz")
	row.WantNoText("nobody")
}

func TestUnknownIsNeverGreen(t *testing.T) {
	desktest.Each(t, routes, func(t *testing.T, d *desktest.Desk) {
		row := d.Get(d.Ana, "/").One("#service-archive")
		row.One(".badge-unknown").WantText("Unknown")
		row.WantText("No data yet")
		row.None(".badge-ok")

		in := alert.In{Labels: map[string]string{"alertname": "Heartbeat", "service": "archive"}, Ends: d.Clock.Now().Add(time.Minute)}
		sender := actor.Actor{Kind: actor.System, ID: "sender", Name: "Sender"}
		if _, err := d.Rooms.Alerts.Receive(t.Context(), sender, []alert.In{in}); err != nil {
			t.Fatal(err)
		}
		d.Advance(2 * time.Minute)
		if _, err := d.Rooms.Incidents.Restore(t.Context(), d.Ana, "INC-1", ""); err != nil {
			t.Fatal(err)
		}
		row = d.Get(d.Ana, "/").One("#service-archive")
		row.One(".badge-unknown")
		row.WantText("monitoring has fallen silent")
	})
}

func TestRestoredByAPersonWhileItsAlertFiresIsNotGreen(t *testing.T) {
	d := open(t)
	d.Alert("mail", "QueueOld", "warning")
	if _, err := d.Rooms.Incidents.Restore(t.Context(), d.Ana, "INC-1", ""); err != nil {
		t.Fatal(err)
	}
	row := d.Get(d.Ana, "/").One("#service-mail")
	row.One(".badge-warn").WantText("Still firing")

	d.Resolve("mail", "QueueOld", "warning")
	d.Get(d.Ana, "/").One("#service-mail").One(".badge-ok")
}

func TestBoardSaysWhoIsOnCallAndWhatIsDueNext(t *testing.T) {
	desktest.Each(t, routes, func(t *testing.T, d *desktest.Desk) {
		d.Alert("payments", "QueueDepth", "critical")
		_, err := d.Rooms.FollowUps.Create(t.Context(), d.Ana, followup.In{Title: "Renew the certificate", Owner: "ben", Due: d.Clock.Now().Add(-time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		for title, in := range map[string]time.Duration{"Call the vendor": 23 * time.Hour, "Plan the drill": 25 * time.Hour} {
			if _, err := d.Rooms.FollowUps.Create(t.Context(), d.Ana, followup.In{Title: title, Owner: "ben", Due: d.Clock.Now().Add(in)}); err != nil {
				t.Fatal(err)
			}
		}
		page := d.Get(d.Ana, "/")
		page.One("#on-call").One("#roster-payments-l1").WantText("Payments first line", "Ana Ruiz")
		due := page.One("#due")
		due.One("#step-INC-1-response").WantText("in 5 min 00 s", "pages Payments back line", "step 2 of 3 unless acknowledged")
		due.One("#step-INC-1-resolution").WantText("in 30 min 00 s", "L2 back line")
		due.WantText("1 h 00 min over", "Renew the certificate", "Ben Osei", "in 23 h 00 min", "Call the vendor")
		due.WantNoText("Plan the drill")
		page.One(".strip").WantText("nobody has it", "1 roster covered", "1 follow-up")
	})
}

func TestRosterWithNobodyIsLoud(t *testing.T) {
	d := open(t)
	d.Apply(`
kind: Roster
name: gap
zone: UTC
layers:
  - {start: 2026-01-05, handover: "00:00", rotation: daily, windows: ["mon-sun 20:00-21:00"], slots: [[ben]]}
`)
	page := d.Get(d.Ana, "/")
	page.One("#roster-gap").One(".text-bad").WantText("Nobody")
	page.One(".strip").WantText("1 roster covered, 1 with a gap")
}

func TestServiceWithoutAlertsForItIsHiddenOnlyWhenItIsTheUnassignedOne(t *testing.T) {
	d := open(t)
	d.Get(d.Ana, "/").None("#service-unassigned")
	d.Alert("no-such-service", "DiskFull", "warning")
	d.Get(d.Ana, "/").One("#service-unassigned").WantText("INC-1")
}

func TestEmptyDeskSaysWhatToDoNext(t *testing.T) {
	d := desktest.Empty(t, routes)
	admin := actor.Actor{Kind: actor.User, ID: "x", Name: "Root", Role: actor.Admin}
	page := d.Get(admin, "/").Want(http.StatusOK)
	page.One(".notice").WantText("No services yet", "mainstay apply")
	page.One(".strip").WantText("No services yet", "No rosters yet")
	page.None(".badge-ok")
}

func TestWallShowsTroubleLargeAndTheRestInALine(t *testing.T) {
	d := open(t)
	d.Alert("payments", "QueueDepth", "critical")
	d.Alert("mail", "QueueOld", "warning")
	d.Resolve("mail", "QueueOld", "warning")
	page := d.Get(d.Vera, "/wall").Want(http.StatusOK)
	page.WantText("Test bank")
	page.None(".bar")
	page.One("#wall-payments").WantText("Sev 1 open", "INC-1", "nobody")
	page.One("#wall-archive").WantText("Unknown")
	page.None("#wall-mail")
	page.One(".wall-well").WantText("Mail")
	page.One(".wall-duty").WantText("Ana Ruiz")
}

func TestFragmentIsTheLiveElementOfThePage(t *testing.T) {
	d := open(t)
	for page, src := range map[string]string{"/": "/board", "/wall": "/wall/board"} {
		var live string
		for _, el := range d.Get(d.Ana, page).All("[data-live-src]") {
			if el.Attr("data-live-src") == src {
				live = el.Attr("id")
			}
		}
		if live == "" {
			t.Fatalf("%s has no live element fed by %s", page, src)
		}
		d.Get(d.Ana, src).One("#"+live).WantAttr("data-live-src", src)
	}
}

func TestClientsHaveNoBoard(t *testing.T) {
	d := open(t)
	for _, path := range []string{"/", "/board", "/wall", "/wall/board"} {
		d.Get(d.Acme, path).Want(http.StatusForbidden)
		d.Get(actor.Actor{}, path).Want(http.StatusUnauthorized)
	}
}

func TestShiftChangeReachesThoseWhoWatch(t *testing.T) {
	d := open(t)
	d.Apply(`
kind: Roster
name: daily
zone: UTC
layers:
  - {start: 2026-01-05, handover: "10:00", rotation: daily, slots: [[ana], [ben]]}
`)
	before := d.Get(d.Ana, "/").One("#roster-daily").Text()
	position := d.Feed.Position()
	d.At("10:00")
	if after := d.Get(d.Ana, "/").One("#roster-daily").Text(); after == before {
		t.Fatalf("the shift did not change: %s", after)
	}
	events, whole, err := d.Feed.Since(t.Context(), position)
	if err != nil || !whole {
		t.Fatal(whole, err)
	}
	for _, e := range events {
		if e.Kind == "roster.shift" {
			return
		}
	}
	t.Errorf("no event tells of the change: %+v", events)
}
