package ack_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	incidents "mainstay/internal/domain/incident"
	"mainstay/internal/domain/notify"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/ack"
	"mainstay/internal/web/action"
	"mainstay/internal/web/desktest"
)

var nobody actor.Actor

// paged opens INC-1 on payments and returns the link that Ana got.
func paged(t *testing.T) (*desktest.Desk, string) {
	t.Helper()
	d := desktest.Open(t, func(d *apptest.Desk) []action.Route {
		r := d.Rooms
		return ack.Routes(ack.Config{Incidents: r.Incidents, Notify: r.Notify, People: r.People, Clock: d.Clock})
	})
	d.Alert("payments", "QueueDepth", "critical")
	return d, linkFor(t, d, d.Ana, "INC-1")
}

func linkFor(t *testing.T, d *desktest.Desk, who actor.Actor, key string) string {
	t.Helper()
	i := get(t, d, key)
	what := notify.AckFor{Incident: string(i.ID), Opening: i.Opening}
	return d.Rooms.Notify.AckLink(people.UserID(who.ID), what, d.Clock.Now().Add(24*time.Hour))
}

func get(t *testing.T, d *desktest.Desk, key string) incidents.Incident {
	t.Helper()
	i, err := d.Rooms.Incidents.Get(t.Context(), d.Root, key)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestOpeningTheLinkChangesNothing(t *testing.T) {
	d, link := paged(t)
	for range 3 {
		page := d.Get(nobody, link).Want(http.StatusOK)
		page.WantText("INC-1", "QueueDepth", "Sev 1", "Open", "Payments", "It becomes yours, Ana Ruiz")
		if n := len(page.All("form[method=post]")); n != 1 {
			t.Errorf("%d forms on the page, want the one button", n)
		}
		page.One("#acknowledge").WantText("Acknowledge")
	}
	if i := get(t, d, "INC-1"); i.State != incidents.Open {
		t.Errorf("INC-1 is %s after the link was opened", i.State)
	}
}

func TestOneTapAcknowledgesWithoutASignIn(t *testing.T) {
	d, link := paged(t)
	d.Post(nobody, link, nil).WantGone(link)
	page := d.Get(nobody, link)
	page.One("#standing").WantText("You have INC-1")
	page.None("form[method=post]")
	page.One("a[href=/incidents/INC-1]").WantText("sign in")
	i := get(t, d, "INC-1")
	if i.State != incidents.Acknowledged || i.AcknowledgerName != "Ana Ruiz" || i.AssigneeLogin != "ana" {
		t.Errorf("INC-1 is %s, acknowledged by %q, assigned to %q", i.State, i.AcknowledgerName, i.AssigneeLogin)
	}
	events, err := d.Rooms.Incidents.Timeline(t.Context(), d.Root, "INC-1")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.Kind == "incident.acknowledged" && e.Actor.Kind != actor.Link {
			t.Errorf("acknowledged as %q, want as a signed link", e.Actor.Kind)
		}
	}
	d.Post(nobody, link, nil).WantGone(link) // a second tap is no error
}

func TestLinkSaysWhoHasItAlready(t *testing.T) {
	d, link := paged(t)
	if _, err := d.Rooms.Incidents.Acknowledge(t.Context(), d.Ben, "INC-1"); err != nil {
		t.Fatal(err)
	}
	page := d.Get(nobody, link)
	page.One("#standing").WantText("Ben Osei has INC-1", "Acknowledged already")
	page.One("#acknowledge").WantText("I am on it too")
	d.Post(nobody, link, nil).WantGone(link)
	if i := get(t, d, "INC-1"); i.AcknowledgerName != "Ben Osei" {
		t.Errorf("INC-1 went from Ben to %s", i.AcknowledgerName)
	}
}

func TestLinkSaysWhenThereIsNothingToDo(t *testing.T) {
	d, link := paged(t)
	d.Alert("mail", "QueueOld", "warning")
	if _, err := d.Rooms.Incidents.Restore(t.Context(), d.Ben, "INC-1", ""); err != nil {
		t.Fatal(err)
	}
	page := d.Get(nobody, link)
	page.WantText("INC-1 is restored", "Nothing to do")
	page.None("form[method=post]")
	d.Post(nobody, link, nil).WantGone(link) // pressed a second too late: the page says how it stands

	other := linkFor(t, d, d.Ana, "INC-2")
	d.Alert("archive", "SlowWrite", "error")
	if _, err := d.Rooms.Incidents.Merge(t.Context(), d.Ben, "INC-2", "INC-3"); err != nil {
		t.Fatal(err)
	}
	d.Get(nobody, other).WantText("INC-2 was merged into INC-3")
}

func TestLinkSentBeforeAReopeningAcknowledgesNothing(t *testing.T) {
	d, link := paged(t)
	if _, err := d.Rooms.Incidents.Restore(t.Context(), d.Ben, "INC-1", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Rooms.Incidents.Reopen(t.Context(), d.Ben, "INC-1", "it is back"); err != nil {
		t.Fatal(err)
	}
	page := d.Get(nobody, link).Want(http.StatusOK)
	page.One("#standing").WantText("INC-1 was reopened", "This link was sent before")
	page.None("form[method=post]")
	page.One("a[href=/incidents/INC-1]").WantText("sign in")
	d.Post(nobody, link, nil).WantGone(link)
	if i := get(t, d, "INC-1"); i.State != incidents.Open {
		t.Errorf("INC-1 is %s, want open: it was acknowledged by a link from before it was reopened", i.State)
	}
	fresh := linkFor(t, d, d.Ana, "INC-1")
	d.Post(nobody, fresh, nil).WantGone(fresh)
	if i := get(t, d, "INC-1"); i.State != incidents.Acknowledged {
		t.Errorf("INC-1 is %s after the new link was used", i.State)
	}
	d.Get(nobody, link).None("#acknowledge") // not to join either
}

func TestLinksThatDoNotWorkSaySoAndLeadOn(t *testing.T) {
	d, link := paged(t)
	for name, bad := range map[string]string{
		"cut off":    link[:len(link)-3],
		"invented":   "/a/hello",
		"other user": strings.Replace(link, d.Ana.ID, d.Ben.ID, 1),
	} {
		page := d.Get(nobody, bad).Want(http.StatusUnauthorized)
		page.WantText("This link does not work")
		page.One("a[href=/incidents]")
		page.None("form[method=post]")
		d.Post(nobody, bad, nil).Want(http.StatusUnauthorized)
		if i := get(t, d, "INC-1"); i.State != incidents.Open {
			t.Fatalf("%s: INC-1 is %s", name, i.State)
		}
	}
	what := notify.AckFor{Incident: string(get(t, d, "INC-1").ID), Opening: 1}
	short := d.Rooms.Notify.AckLink(people.UserID(d.Ana.ID), what, d.Clock.Now().Add(time.Minute))
	d.Advance(2 * time.Minute)
	d.Get(nobody, short).Want(http.StatusUnauthorized).WantText("has expired")
}

func TestLinkOfSomebodyWhoLeftIsRefused(t *testing.T) {
	d, link := paged(t)
	d.Apply("{kind: User, name: ana, title: Ana Ruiz, role: first-line, disabled: true}")
	d.Post(nobody, link, nil).Want(http.StatusForbidden).WantText("disabled")
	if i := get(t, d, "INC-1"); i.State != incidents.Open {
		t.Errorf("INC-1 is %s", i.State)
	}
}

func TestLinkOfSomebodyWhoMayNotAcknowledgeIsRefused(t *testing.T) {
	d, _ := paged(t)
	link := linkFor(t, d, d.Vera, "INC-1")
	d.Post(nobody, link, nil).Want(http.StatusForbidden)
	if i := get(t, d, "INC-1"); i.State != incidents.Open {
		t.Errorf("INC-1 is %s", i.State)
	}
}

func TestLinkActsForItsPersonWhoeverIsSignedIn(t *testing.T) {
	d, link := paged(t)
	page := d.Get(d.Ben, link)
	page.WantText("It becomes yours, Ana Ruiz")
	page.One("a[href=/incidents/INC-1]").WantNoText("sign in")
	d.Post(d.Ben, link, nil).WantGone(link)
	if i := get(t, d, "INC-1"); i.AcknowledgerName != "Ana Ruiz" {
		t.Errorf("acknowledged by %q, want the link's person", i.AcknowledgerName)
	}
}

func TestWhoHasItLearnsByWhenToShowProgress(t *testing.T) {
	d, link := paged(t)
	d.Post(nobody, link, nil)
	d.Get(nobody, link).One("#standing").WantText("You have INC-1", "Comment by 09:20 UTC", "or it is paged again")
}
