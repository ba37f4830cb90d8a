package saved_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"mainstay/internal/apptest"
	"mainstay/internal/base/clock"
	room "mainstay/internal/domain/saved"
	"mainstay/internal/domain/search"
	"mainstay/internal/engine/signal"
	"mainstay/internal/web/action"
	"mainstay/internal/web/desktest"
	"mainstay/internal/web/saved"
)

func TestMain(m *testing.M) { apptest.Main(m) }

func open(t *testing.T) *desktest.Desk {
	t.Helper()
	return desktest.Open(t, func(d *apptest.Desk) []action.Route {
		return saved.Routes(saved.Config{Saved: d.Rooms.Saved})
	})
}

func filled(more ...string) url.Values {
	f := url.Values{"name": {"refused"}, "title": {"Cards refused"}, "query": {`level:error "card refused"`}, "as": {"logsql"}, "range": {"24h"},
		"columns": {"service, host"}, "view": {"raw"}}
	for i := 0; i+1 < len(more); i += 2 {
		f[more[i]] = strings.Fields(more[i+1])
	}
	return f
}

func TestASearchIsSavedFromThePageOfLogsAndOpensThere(t *testing.T) {
	d := open(t)
	page := d.Get(d.Ana, "/logs/saved/+new?q=level%3Aerror&as=logsql&range=6h&col=host").Want(http.StatusOK)
	page.One("textarea[name=query]").WantText("level:error")
	page.One("input[name=columns]").WantAttr("value", "host")
	page.One("input[name=as]").WantAttr("value", "logsql")
	d.Post(d.Ana, "/logs/saved/+new", filled("name", "No")).Want(http.StatusUnprocessableEntity).One("#f-name-error").WantText("lower-case")
	d.Post(d.Ana, "/logs/saved/+new", filled()).WantGone("/logs/saved")
	d.Post(d.Ben, "/logs/saved/+new", filled()).Want(http.StatusConflict)
	d.Get(d.Ana, "/logs/saved").One("#mine-rows").One("#saved-refused").WantText("Cards refused", "card refused", "Everybody")
	d.Get(d.Vera, "/logs/saved").One("#shared-rows").One("#saved-refused").WantText("by Ana Ruiz")
	d.Get(d.Vera, "/logs/saved/refused").WantGone("/logs?as=logsql&col=service&col=host&q=level%3Aerror+%22card+refused%22&range=24h&view=raw")
	d.Get(d.Vera, "/logs/saved/refused/edit").Want(http.StatusForbidden)

	edit := d.Get(d.Ana, "/logs/saved/refused/edit").Want(http.StatusOK)
	form := filled("version", edit.One("input[name=version]").Attr("value"), "seen", "private")
	d.Post(d.Ana, "/logs/saved/refused/edit", form).WantGone("/logs/saved")
	d.Post(d.Ana, "/logs/saved/refused/edit", form).Want(http.StatusConflict)
	d.Get(d.Vera, "/logs/saved/refused").Want(http.StatusNotFound)
	d.Get(d.Vera, "/logs/saved").None("#saved-refused")
	d.Post(d.Ana, "/logs/saved/refused/delete", nil).WantGone("/logs/saved")
	d.Get(d.Ana, "/logs/saved/refused").Want(http.StatusNotFound)
}

func TestAReportIsSetUpByForm(t *testing.T) {
	d := open(t)
	page := d.Post(d.Ana, "/logs/saved/+new", filled("mail", "true", "at", "25:00", "every", "5", "zone", "Mars", "to", "nobody")).Want(http.StatusUnprocessableEntity)
	for field, text := range map[string]string{"at": "time of day", "every": "hours", "zone": "Europe/London"} {
		page.One(`[id=f-report.` + field + `-error]`).WantText(text)
	}
	page.One("input[name=to]").WantAttr("value", "nobody")
	page = d.Post(d.Ana, "/logs/saved/+new", filled("mail", "true", "to", "nobody acme")).Want(http.StatusUnprocessableEntity)
	page.One("[id=f-report.to-error]").WantText("who does not exist")
	d.Post(d.Ana, "/logs/saved/+new", filled("mail", "true", "at", "07:00", "days", "mon tue wed thu fri", "zone", "Europe/London", "to", "ben", "teams", "payments-l1")).
		WantGone("/logs/saved")
	d.Get(d.Ben, "/logs/saved").One("#saved-refused").WantText("Planned", "at 07:00, Monday to Friday, Europe/London")
	edit := d.Get(d.Ben, "/logs/saved/refused/edit").Want(http.StatusOK)
	edit.One("input[name=teams]").WantAttr("value", "payments-l1")
	edit.One("input[name=mail]").WantAttr("checked", "")
}

func TestADashboardIsComposedByFormAndAsYAML(t *testing.T) {
	d := open(t)
	d.Post(d.Ana, "/logs/saved/+new", filled())
	d.Post(d.Ana, "/logs/dashboards/+new", url.Values{"name": {"night"}, "title": {"The night"}, "range": {"6h"}, "refresh": {"30"}}).WantGone("/logs/dashboards/night/edit")
	act := func(more ...string) {
		t.Helper()
		f := url.Values{"version": {d.Get(d.Ana, "/logs/dashboards/night/edit").All("input[name=version]")[0].Attr("value")}}
		for i := 0; i+1 < len(more); i += 2 {
			f.Set(more[i], more[i+1])
		}
		d.Post(d.Ana, "/logs/dashboards/night/edit", f).WantGone("/logs/dashboards/night/edit")
	}
	act("do", "add", "kind", "count", "search", "refused")
	act("do", "add", "kind", "top", "query", "*", "field", "host", "title", "Hosts")
	act("do", "up:1")
	page := d.Get(d.Ana, "/logs/dashboards/night/edit")
	page.One("#row-0").WantText("Hosts", "top")
	page.One("#row-1").WantText("saved search refused", "count")
	page.One("textarea[name=yaml]").WantText("title: The night", "range: 6h", "field: host")
	bad := d.Post(d.Ana, "/logs/dashboards/night/edit", url.Values{"do": {"add"}, "kind": {"top"}, "query": {"*"}}).Want(http.StatusUnprocessableEntity)
	bad.One("#add").WantText("is required for top")
	bad = d.Post(d.Ana, "/logs/dashboards/night/edit", url.Values{"do": {"yaml"}, "yaml": {"titel: x"}}).Want(http.StatusUnprocessableEntity)
	bad.One("#f-yaml-error").WantText("titel")
	act("do", "remove:0")
	act("do", "yaml", "yaml", "title: Night\npanels: [{kind: chart, query: \"*\", width: full}]")
	page = d.Get(d.Vera, "/logs/dashboards/night").Want(http.StatusOK)
	page.One("h1").WantText("Night")
	page.One("#panel-0").WantAttr("data-live-every", "60")
	page.None("a[href=/logs/dashboards/night/edit]")
	d.Post(d.Vera, "/logs/dashboards/night/edit", url.Values{"do": {"remove:0"}}).Want(http.StatusForbidden)
	d.Post(d.Ana, "/logs/dashboards/night/delete", nil).WantGone("/logs/dashboards")
	d.Get(d.Ana, "/logs/dashboards/night").Want(http.StatusNotFound)
}

const glance = `
{kind: SavedSearch, name: refused, query: "card refused"}
---
{kind: Dashboard, name: glance, panels: [{kind: count, search: refused}, {kind: chart, query: "*"}, {kind: chart, query: "* | stats by (host) count() n"},
  {kind: top, query: "*", field: service}, {kind: table, query: "* | stats by (service) count() n"}, {kind: lines, query: "*", width: full}, {kind: count, query: "level:(", as: logsql}]}
`

func TestEachPanelAnswersWithinWhatItsReaderMaySeeAndOneThatFailsSaysWhy(t *testing.T) {
	d := open(t)
	d.StartLogs()
	d.Apply(glance)
	var body strings.Builder
	for service, n := range map[string]int{"payments": 2, "archive": 3} {
		for i := range n {
			fmt.Fprintf(&body, `{"_time":%q,"_msg":"card refused <b>%s</b> %d","level":"error","service":%q,"host":"h%d"}`+"\n",
				clock.Wall().Now().Add(-time.Minute).Format(time.RFC3339Nano), service, i, service, i)
		}
	}
	d.Call(http.MethodPost, "/insert/jsonline?_stream_fields=service,host", body.String()).Status(http.StatusOK)
	if err := d.Logs.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	part := func(n int) string { return fmt.Sprintf("/logs/dashboards/glance/panels/%d?range=1h", n) }
	d.Get(d.Root, part(0)).One("#panel-0").WantText("5", "lines", "5 errors or worse")
	d.Get(d.Ana, part(0)).One("#panel-0").WantText("2 errors or worse")
	d.Get(d.Root, part(1)).One("#panel-1").WantText("error", "5")
	if n := len(d.Get(d.Root, part(1)).All("rect.fill-error")); n < 2 { // the key, and a bar
		t.Errorf("%d marks of errors", n)
	}
	if n := len(d.Get(d.Root, part(2)).All("polyline")); n != 3 {
		t.Errorf("%d curves for three hosts", n)
	}
	d.Get(d.Root, part(3)).One(".panel-top").WantText("archive", "3", "payments", "2")
	d.Get(d.Ana, part(3)).One(".panel-top").WantNoText("archive")
	d.Get(d.Root, part(4)).One("table").WantText("service", "archive", "3")
	d.Get(d.Ana, part(5)).One(".panel-lines").WantText("card refused <b>payments</b> 0")
	d.Get(d.Ana, part(6)).One("[data-panel-problem=invalid]").WantText("No answer", "at its end: something is missing there")
	d.Get(d.Root, part(7)).Want(http.StatusNotFound)

	page := d.Get(d.Ana, "/logs/dashboards/glance?range=6h").Want(http.StatusOK)
	if n := len(page.All(".panel")); n != 7 {
		t.Errorf("%d panels", n)
	}
	page.One("#panel-0").WantAttr("data-live-src", "/logs/dashboards/glance/panels/0?range=6h")
	page.One("nav.views").One("a[aria-current=true]").WantText("6h")
	d.Get(d.Ana, "/logs/dashboards/glance?wall=1").Want(http.StatusOK).One("main.wall").WantText("refused")
}

// holding is a log store that never comes to the end of questions about what is slow.
type holding struct {
	signal.Logs
	given chan struct{} // a question was given up
}

// Select waits for as long as the asker does.
func (h holding) Select(ctx context.Context, endpoint string, form url.Values, in signal.Scope) (signal.Answer, error) {
	if strings.Contains(form.Get("query"), "slow") {
		<-ctx.Done()
		h.given <- struct{}{}
		return signal.Answer{}, ctx.Err()
	}
	return h.Logs.Select(ctx, endpoint, form, in)
}

func TestASlowPanelIsGivenUpAndHoldsUpNoOther(t *testing.T) {
	given := make(chan struct{}, 10)
	d := desktest.Open(t, func(d *apptest.Desk) []action.Route {
		r := d.Rooms
		asked := search.New(search.Config{Logs: holding{d.Logs, given}, Scope: r.Sources.Scope})
		return saved.Routes(saved.Config{Saved: room.New(room.Config{DB: d.DB, Search: asked})})
	})
	d.StartLogs()
	d.Apply(`{kind: Dashboard, name: mixed, panels: [{kind: lines, query: slow}, {kind: count, query: quick}]}`)
	page := d.Get(d.Root, "/logs/dashboards/mixed").Want(http.StatusOK)
	page.One("#panel-0").WantText("Still searching")
	page.One("#panel-0").WantAttr("data-live-every", "2")
	page.One("#panel-1").WantText("0 lines")
	page.One("#panel-1").WantAttr("data-live-every", "60")
	<-given
}

func TestWithoutTheEngineEveryPanelSaysSo(t *testing.T) {
	d := open(t)
	d.Apply(glance)
	page := d.Get(d.Sam, "/logs/dashboards/glance").Want(http.StatusOK)
	if n := len(page.All("[data-panel-problem=unavailable]")); n != 7 {
		t.Errorf("%d of 7 panels say that the engine is away", n)
	}
}
