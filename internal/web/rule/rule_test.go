package rule_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/domain/alert"
	"mainstay/internal/web/action"
	"mainstay/internal/web/desktest"
	"mainstay/internal/web/rule"
)

func TestMain(m *testing.M) { apptest.Main(m) }

func open(t *testing.T) *desktest.Desk {
	t.Helper()
	return desktest.Open(t, func(d *apptest.Desk) []action.Route {
		r := d.Rooms
		return rule.Routes(rule.Config{Rules: r.Rules, Catalogue: r.Catalogue, Calendars: r.Calendars, Sources: r.Sources})
	})
}

func filled(more ...string) url.Values {
	f := url.Values{"name": {"queue-stopped"}, "title": {"Queue stopped"}, "filter": {`"queue stopped"`}, "when": {"at-least"}, "count": {"3"},
		"within": {"5m"}, "group_by": {"host, queue"}, "severity": {"2"}, "service": {"payments"}, "labels": {"team=mq\r\n"}, "sop": {"Call the queue desk"}}
	for i := 0; i < len(more); i += 2 {
		f.Set(more[i], more[i+1])
	}
	return f
}

func TestARuleIsMadeFromASearchChangedAndDisabled(t *testing.T) {
	d := open(t)
	page := d.Get(d.Ana, "/rules/+new?query="+url.QueryEscape(`level:error "refused"`)).Want(http.StatusOK)
	page.One("textarea[name=filter]").WantText(`level:error "refused"`)
	page = d.Post(d.Ana, "/rules/+new", filled("within", "soon", "count", "many")).Want(http.StatusUnprocessableEntity)
	page.One("#f-within-error").WantText("5m")
	page.One("#f-count-error").WantText("whole number")
	if typed := page.One("input[name=within]").Attr("value"); typed != "soon" {
		t.Errorf("typed %q", typed)
	}
	d.Post(d.Ana, "/rules/+new", filled("filter", "a | fields b")).Want(http.StatusUnprocessableEntity).One("#f-filter-error").WantText("filter alone")
	d.Post(d.Ana, "/rules/+new", filled()).WantGone("/rules/queue-stopped")
	d.Post(d.Ana, "/rules/+new", filled()).Want(http.StatusConflict)
	page = d.Get(d.Vera, "/rules/queue-stopped").Want(http.StatusOK)
	page.One("#what").WantText(`"queue stopped"`, "at least 3 lines within 5m", "host, queue", "payments", "Call the queue desk")
	page.One("#yaml").WantText("kind: LogRule", "name: queue-stopped", "when: at-least")
	page.None("a[href=/rules/queue-stopped/edit]")

	edit := d.Get(d.Ana, "/rules/queue-stopped/edit").Want(http.StatusOK)
	form := filled("version", edit.One("input[name=version]").Attr("value"), "when", "any")
	d.Post(d.Ana, "/rules/queue-stopped/edit", form).WantGone("/rules/queue-stopped")
	d.Post(d.Ana, "/rules/queue-stopped/edit", form).Want(http.StatusConflict)
	d.Get(d.Ana, "/rules/queue-stopped").One("#what").WantText("any line")

	d.Post(d.Ana, "/rules/queue-stopped/disable", nil).WantGone("/rules/queue-stopped")
	d.Get(d.Ana, "/rules").One("#rule-queue-stopped").WantText("Disabled")
	d.Post(d.Ana, "/rules/queue-stopped/enable", nil).WantGone("/rules/queue-stopped")
	d.Get(d.Ana, "/rules").One("#rule-queue-stopped").WantText("Watching")
	d.Post(d.Ana, "/rules/queue-stopped/delete", nil).WantGone("/rules")
	d.Get(d.Ana, "/rules/queue-stopped").Want(http.StatusNotFound)
}

func TestARuleIsNamedAfterItsNameForPeople(t *testing.T) {
	d := open(t)
	page := d.Get(d.Ana, "/rules/+new").Want(http.StatusOK)
	if count := page.One("input[name=count]").Attr("value"); count == "" {
		t.Error("the form begins without a count")
	}
	page.One("#notices").One("button[value=try]")
	d.Post(d.Ana, "/rules/+new", filled("name", "", "title", "Queue 7: stopped!")).WantGone("/rules/queue-7-stopped")
	d.Post(d.Ana, "/rules/+new", filled("name", "", "title", "")).Want(http.StatusUnprocessableEntity).One("#f-name-error")
}

// TestARuleThatFiresSaysHowManyAlertsAreOpen, also when its lines have stopped and its alert stays.
func TestARuleThatFiresSaysHowManyAlertsAreOpen(t *testing.T) {
	d := open(t)
	d.Apply(`{kind: LogRule, name: boom, filter: boom}`)
	d.Get(d.Ana, "/rules/boom").One("dl.strip").WantText("Open alerts 0")
	in := alert.In{Labels: map[string]string{"alertname": "boom", "rule": "boom", "service": "payments"}}
	if _, err := d.Rooms.Alerts.Receive(t.Context(), actor.Mainstay, []alert.In{in}); err != nil {
		t.Fatal(err)
	}
	page := d.Get(d.Ana, "/rules/boom")
	page.One("dl.strip").WantText("Firing 1 alert open", "Open alerts 1")
	page.One("#what").WantNoText("firing") // the group's lines have stopped
}

func TestATeamChangesOnlyItsOwnRules(t *testing.T) {
	d := open(t)
	d.Apply(`{kind: LogRule, name: everywhere, filter: boom}`)
	d.Get(d.Ana, "/rules/everywhere").Want(http.StatusOK).None("a[href=/rules/everywhere/edit]")
	d.Get(d.Ana, "/rules/everywhere/edit").Want(http.StatusForbidden)
	d.Post(d.Ana, "/rules/everywhere/disable", nil).Want(http.StatusForbidden)
	d.Post(d.Ana, "/rules/+new", filled("service", "mail")).Want(http.StatusForbidden)
	d.Get(d.Vera, "/rules/+new").Want(http.StatusForbidden)
}

func TestWithoutTheEngineTheFormSaysThatItCannotBeTried(t *testing.T) {
	d := open(t)
	page := d.Post(d.Sam, "/rules/+new", filled("do", "try")).Want(http.StatusOK)
	page.One("#preview").WantText("could not be tried")
	page.One("textarea[name=filter]").WantText(`"queue stopped"`)
}

// Lines that are stored say how a rule would have fired, before it is saved.
func TestARuleIsTriedOverStoredLines(t *testing.T) {
	d := open(t)
	d.StartLogs()
	now := clock.Wall().Now()
	var body strings.Builder
	for i := range 7 {
		at := now.Add(-3*time.Hour + time.Duration(i)*20*time.Second)
		body.WriteString(`{"_time":"` + at.Format(time.RFC3339Nano) + `","_msg":"queue stopped: <b>OUT</b>","service":"payments","host":"mq1"}` + "\n")
	}
	d.Call(http.MethodPost, "/insert/jsonline", body.String()).Status(http.StatusOK)
	if err := d.Logs.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	page := d.Post(d.Ana, "/rules/+new", filled("do", "try")).Want(http.StatusOK)
	page.One("#preview").WantText("Would have fired once", "7 lines match", "mq1", "queue stopped: <b>OUT</b>")
	d.Post(d.Ana, "/rules/+new", filled("do", "try", "count", "8")).One("#preview").WantText("never", "stayed quiet")
	d.Post(d.Ana, "/rules/+new", filled("do", "try", "when", "absent", "within", "1h", "count", "")).One("#preview").WantText("Would have fired 2 times")
	d.Get(d.Ana, "/rules/queue-stopped").Want(http.StatusNotFound)

	d.Call(http.MethodPost, "/api/v1/rules/preview", `{"rule":{"filter":"\"queue stopped\"","group_by":["host"]}}`).Status(http.StatusOK).Into(&struct{}{})
}
