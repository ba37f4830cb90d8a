package incident_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	incidents "mainstay/internal/domain/incident"
	"mainstay/internal/web/action"
	"mainstay/internal/web/desktest"
	"mainstay/internal/web/incident"
)

func open(t *testing.T) *desktest.Desk {
	t.Helper()
	return desktest.Open(t, routes)
}

func routes(d *apptest.Desk) []action.Route {
	r := d.Rooms
	return incident.Routes(incident.Config{Incidents: r.Incidents, Catalogue: r.Catalogue, Customers: r.Customers, OnCall: r.Rosters, People: r.People, Clock: d.Clock})
}

// three opens INC-1 (severity 3, mail), INC-2 (1, payments), INC-3 (2, archive).
func three(d *desktest.Desk) {
	d.Alert("mail", "QueueOld", "warning")
	d.Alert("payments", "QueueDepth", "critical")
	d.Alert("archive", "SlowWrite", "error")
}

func keys(d *desktest.Desk, by actor.Actor, address string) []string {
	var out []string
	for _, row := range d.Get(by, address).All("tr[data-row]") {
		out = append(out, row.One("a[data-open]").Text())
	}
	return out
}

func TestListShowsTheWorstFirstAndFiltersByItsAddress(t *testing.T) {
	d := open(t)
	three(d)
	if _, err := d.Rooms.Incidents.Assign(t.Context(), d.Ana, "INC-3", "ben"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Rooms.Incidents.Restore(t.Context(), d.Ana, "INC-1", ""); err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string][]string{
		"/incidents":                        {"INC-2", "INC-3"},
		"/incidents?order=newest":           {"INC-3", "INC-2"},
		"/incidents?severity=1":             {"INC-2"},
		"/incidents?service=archive":        {"INC-3"},
		"/incidents?q=queue":                {"INC-2"},
		"/incidents?q=queue&show=all":       {"INC-2", "INC-1"},
		"/incidents?show=all&order=worst":   {"INC-2", "INC-3", "INC-1"},
		"/incidents?show=all":               {"INC-3", "INC-2", "INC-1"},
		"/incidents?show=restored":          {"INC-1"},
		"/incidents?show=closed":            nil,
		"/incidents?mine=1":                 {"INC-3"},
		"/incidents?mine=1&severity=1":      nil,
		"/incidents?show=all&order=newest":  {"INC-3", "INC-2", "INC-1"},
		"/incidents?q=inc-2&service=paymen": nil,
	} {
		got := keys(d, d.Ben, address)
		if len(got) != len(want) {
			t.Errorf("%s shows %q, want %q", address, got, want)
			continue
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s shows %q, want %q", address, got, want)
				break
			}
		}
	}
}

func TestRowSaysWhoHasItAndWhenItPagesNext(t *testing.T) {
	d := open(t)
	d.Alert("payments", "QueueDepth", "critical")
	d.Advance(time.Minute)
	row := d.Get(d.Ana, "/incidents").One("#row-INC-1")
	row.WantText("Sev 1", "Open", "Payments", "Nobody", "1 min 00 s", "in 4 min 00 s")
	row.WantAttr("class", "is-bad")
	if _, err := d.Rooms.Incidents.Acknowledge(t.Context(), d.Ana, "INC-1"); err != nil {
		t.Fatal(err)
	}
	row = d.Get(d.Ana, "/incidents").One("#row-INC-1")
	row.WantText("Acknowledged", "Ana Ruiz", "in 20 min 00 s")
	row.WantNoText("Nobody")
	row.One(".badge-handled")
}

func TestNewRowsWaitBehindAPill(t *testing.T) {
	d := open(t)
	three(d)
	body := d.Get(d.Ana, "/incidents?severity=1").One("#incident-rows")
	body.WantAttr("data-live", "incidents")
	body.WantAttr("data-live-list", "incidents")
	body.WantAttr("data-live-src", "/incidents/rows?severity=1")
	d.Get(d.Ana, "/incidents/rows?severity=1").Want(http.StatusOK).WantText("INC-2")
	d.Get(d.Ana, "/incidents/rows?severity=1").WantNoText("INC-1", "INC-3")
}

func TestEmptyListsSayWhatToDoNext(t *testing.T) {
	d := open(t)
	d.Get(d.Ana, "/incidents").One(".notice").WantText("No active incidents")
	d.Get(d.Ana, "/incidents?q=zzz").One(".notice").One("a[href=/incidents]")
}

func TestListGoesOnOnTheNextPage(t *testing.T) {
	d := open(t)
	for range 51 {
		if _, err := d.Rooms.Incidents.Open(t.Context(), d.Ana, incidents.Opening{Service: "mail", Title: "Trouble", Severity: 4}); err != nil {
			t.Fatal(err)
		}
	}
	page := d.Get(d.Ana, "/incidents?severity=4")
	if n := len(page.All("tr[data-row]")); n != 50 {
		t.Fatalf("the first page has %d rows, want 50", n)
	}
	next := page.One(".pager").One("a").Attr("href")
	second := d.Get(d.Ana, next)
	if n := len(second.All("tr[data-row]")); n != 1 {
		t.Errorf("the second page has %d rows, want 1", n)
	}
	second.One("#row-INC-51")
}

func TestBulkActsOnEachOfTheTickedAlone(t *testing.T) {
	d := open(t)
	three(d)
	page := d.Post(d.Ana, "/incidents/bulk", url.Values{"do": {"acknowledge"}, "id": {"INC-1", "INC-2"}})
	page.WantGone("/incidents")
	if len(page.Messages) != 1 || page.Messages[0].Text != "2 incidents acknowledged: you have them." {
		t.Errorf("told %+v", page.Messages)
	}
	page = d.Post(d.Ana, "/incidents/bulk", url.Values{"do": {"restore"}, "reason": {"Disk replaced"}, "id": {"INC-1", "INC-99", "INC-3"}})
	if len(page.Messages) != 2 || page.Messages[0].Text != "2 incidents restored." || page.Messages[1].Text != "INC-99: There is no incident INC-99." {
		t.Errorf("told %+v", page.Messages)
	}
	if got := keys(d, d.Ana, "/incidents"); len(got) != 1 || got[0] != "INC-2" {
		t.Errorf("active are %q, want INC-2 alone", got)
	}
	d.Post(d.Ana, "/incidents/bulk", url.Values{"do": {"acknowledge"}}).Want(http.StatusUnprocessableEntity)
	d.Post(d.Ana, "/incidents/bulk", url.Values{"do": {"explode"}, "id": {"INC-2"}}).Want(http.StatusUnprocessableEntity)
}

func TestWhoMayOnlyLookIsOfferedNoActs(t *testing.T) {
	d := open(t)
	three(d)
	page := d.Get(d.Vera, "/incidents")
	page.None("input[data-row-check]")
	page.None("form.bulk")
	page.None("a[href=/incidents/new]")
	detail := d.Get(d.Vera, "/incidents/INC-2").Want(http.StatusOK)
	for _, gone := range []string{"form[method=post]", "textarea", "#ask-restore", "#ask-people"} {
		detail.None(gone)
	}
}

func TestNewIncidentPagesAndLeadsToItsPage(t *testing.T) {
	d := open(t)
	page := d.Post(d.Cleo, "/incidents/new", url.Values{"service": {"payments"}, "title": {" Client cannot see payments "}, "severity": {"2"}, "description": {"Since ten.\r\nThree clients."}})
	page.WantGone("/incidents/INC-1")
	i, err := d.Rooms.Incidents.Get(t.Context(), d.Ana, "INC-1")
	if err != nil || i.Title != "Client cannot see payments" || i.Description != "Since ten.\nThree clients." || i.Severity != 2 {
		t.Errorf("stored %+v, %v", i, err)
	}
	d.Get(d.Ana, "/incidents/INC-1").One("#timeline").WantText("Cleo Marsh", "opened INC-1", "paged Payments first line", "Ana Ruiz mail")
}

func TestRefusedNewIncidentKeepsWhatWasTyped(t *testing.T) {
	d := open(t)
	page := d.Post(d.Ana, "/incidents/new", url.Values{"service": {""}, "title": {"Something is wrong"}, "severity": {"9"}}).Want(http.StatusUnprocessableEntity)
	form := page.One("#new-incident")
	form.One("#f-title").WantAttr("value", "Something is wrong")
	form.One("#f-service-error").WantText("is not known")
	form.One(".error-summary").WantText("severity", "must be 1 (worst) to 4")
	d.Get(d.Ana, "/incidents").None("tr[data-row]")
}
