package alert_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	alerts "mainstay/internal/domain/alert"
	"mainstay/internal/web/action"
	"mainstay/internal/web/alert"
	"mainstay/internal/web/desktest"
)

func open(t *testing.T) *desktest.Desk {
	t.Helper()
	return desktest.Open(t, func(d *apptest.Desk) []action.Route {
		return alert.Routes(alert.Config{Alerts: d.Rooms.Alerts, Catalogue: d.Rooms.Catalogue})
	})
}

func TestListShowsWhatAlertsSayAndWhereTheyLed(t *testing.T) {
	d := open(t)
	d.Alert("payments", "QueueDepth", "critical", "component=mq-out", "queue=PAY.OUT")
	rows := d.Get(d.Vera, "/alerts").Want(http.StatusOK).All("tr[data-row]")
	if len(rows) != 1 {
		t.Fatalf("%d alerts, want 1", len(rows))
	}
	rows[0].WantAttr("class", "is-bad")
	rows[0].WantText("Firing", "Sev 1", "QueueDepth on mq-out", "queue PAY.OUT", "payments", "1×")
	rows[0].One("a[href=/incidents/INC-1]").WantText("INC-1")
	rows[0].None("form")
}

func TestListIsFilteredByItsAddress(t *testing.T) {
	d := open(t)
	d.Alert("payments", "QueueDepth", "critical", "queue=PAY.OUT")
	d.Alert("mail", "QueueOld", "warning")
	d.Resolve("mail", "QueueOld", "warning")
	in := alerts.In{Labels: map[string]string{"alertname": "Heartbeat", "service": "archive"}, Ends: d.Clock.Now().Add(time.Minute)}
	if _, err := d.Rooms.Alerts.Receive(t.Context(), actor.Mainstay, []alerts.In{in}); err != nil {
		t.Fatal(err)
	}
	d.Advance(2 * time.Minute)
	for address, want := range map[string]string{
		"/alerts":                   "QueueDepth Heartbeat",
		"/alerts?state=firing":      "QueueDepth",
		"/alerts?state=stale":       "Heartbeat",
		"/alerts?state=resolved":    "QueueOld",
		"/alerts?state=all":         "Heartbeat QueueOld QueueDepth",
		"/alerts?service=payments":  "QueueDepth",
		"/alerts?q=pay.out":         "QueueDepth",
		"/alerts?q=pay.out+missing": "",
	} {
		var got []string
		for _, row := range d.Get(d.Ana, address).All("tr[data-row]") {
			got = append(got, row.All("div.strong")[0].Text())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s shows %q, want %q", address, got, want)
		}
	}
	d.Get(d.Ana, "/alerts?state=stale").One(".badge-unknown").WantText("Sender silent")
}

func TestActiveAlertsStandWorstFirstAndByIncident(t *testing.T) {
	d := open(t)
	d.Alert("mail", "Slow", "warning")
	d.Alert("payments", "QueueDepth", "critical")
	d.Advance(time.Minute)
	d.Alert("mail", "Down", "critical")
	d.Alert("archive", "Full", "error")
	page := d.Get(d.Ana, "/alerts")
	var got []string
	for _, row := range page.All("tr[data-row]") {
		got = append(got, row.All("div.strong")[0].Text())
	}
	if want := "Down Slow QueueDepth Full"; strings.Join(got, " ") != want {
		t.Errorf("alerts stand as %q, want %q", got, want)
	}
	page.All("tr[data-row]")[0].WantText("2 alerts")
	page.One("tr.is-joined").WantText("Slow")
	page.One("tr.is-joined").WantNoText("alerts")
}

func TestWorstAlertsGoOnOnTheNextPage(t *testing.T) {
	d := open(t)
	for i := range 60 {
		d.Alert("payments", fmt.Sprintf("Minor%02d", i), "warning")
	}
	d.Advance(-time.Minute)
	d.Alert("mail", "Down", "critical")
	seen := map[string]bool{}
	for at := "/alerts"; at != ""; {
		page := d.Get(d.Ana, at)
		for _, row := range page.All("tr[data-row]") {
			title := row.All("div.strong")[0].Text()
			if len(seen) == 0 && title != "Down" || seen[title] {
				t.Errorf("%s stands after %d others", title, len(seen))
			}
			seen[title] = true
		}
		at = ""
		for _, link := range page.All("a") {
			if strings.Contains(link.Attr("href"), "cursor=") {
				at = "/alerts" + strings.TrimPrefix(link.Attr("href"), "/alerts")
			}
		}
	}
	if len(seen) != 61 {
		t.Errorf("%d alerts on all pages, want 61", len(seen))
	}
}

func TestVerdictsAreBehindOneButtonThatSaysWhatWasJudged(t *testing.T) {
	d := open(t)
	d.Alert("payments", "QueueDepth", "critical")
	page := d.Get(d.Ana, "/alerts")
	form := page.One("form.verdict[popover]")
	page.One("button.verdict-open").WantText("Judge")
	page.One("button.verdict-open").WantAttr("popovertarget", form.Attr("id"))
	d.Post(d.Ana, form.Attr("action"), url.Values{"verdict": {"noise"}})
	d.Get(d.Ana, "/alerts").One("button.verdict-open").WantText("Noise")
}

func TestVerdictIsKeptAndLeadsBackToTheSameList(t *testing.T) {
	d := open(t)
	d.Alert("payments", "QueueDepth", "critical")
	form := d.Get(d.Ana, "/alerts").One("form.verdict")
	r := httptest.NewRequest(http.MethodPost, form.Attr("action"), strings.NewReader(url.Values{"verdict": {"noise"}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Referer", "https://desk.example/alerts?q=queue")
	d.Ask(d.Ana, r).WantGone("/alerts?q=queue")
	d.Get(d.Ana, "/alerts").One("button[value=noise]").WantAttr("aria-pressed", "true")
	d.Get(d.Ana, "/alerts").One("button[value=useful]").WantAttr("aria-pressed", "false")
	d.Post(d.Ana, form.Attr("action"), url.Values{"verdict": {"dull"}}).Want(http.StatusUnprocessableEntity)
	d.Post(d.Ana, "/alerts/none/verdict", url.Values{"verdict": {"noise"}}).Want(http.StatusNotFound)
	d.Post(d.Vera, form.Attr("action"), url.Values{"verdict": {"useful"}}).Want(http.StatusForbidden)
}

func TestQuarantineShowsWhatCouldNotBeTakenAndWhy(t *testing.T) {
	d := open(t)
	d.Get(d.Ana, "/alerts/quarantine").One(".notice").WantText("The quarantine is empty")
	bad := alerts.In{Labels: map[string]string{"": "<nameless>"}}
	if _, err := d.Rooms.Alerts.Receive(t.Context(), actor.Mainstay, []alerts.In{bad}); err == nil {
		t.Fatal("a label without a name was taken")
	}
	page := d.Get(d.Ana, "/alerts/quarantine").Want(http.StatusOK)
	page.WantText("From Mainstay", "must have a name", `nameless`)
	d.Get(d.Vera, "/alerts/quarantine").Want(http.StatusForbidden)
	for _, tab := range d.Get(d.Vera, "/alerts").One(".tabs").All("a") {
		if tab.Text() == "Quarantine" {
			t.Error("who may not see the quarantine is led there")
		}
	}
}

func TestEmptyListSaysWhatToDoNext(t *testing.T) {
	d := open(t)
	d.Get(d.Ana, "/alerts").One(".notice").One("a[href=/services]")
	d.Get(d.Ana, "/alerts?q=x").One(".notice").One("a[href=/alerts]")
	d.Get(d.Acme, "/alerts").Want(http.StatusForbidden)
}
