package service_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"mainstay/internal/apptest"
	"mainstay/internal/base/actor"
	"mainstay/internal/web/action"
	"mainstay/internal/web/desktest"
	"mainstay/internal/web/service"
)

func open(t *testing.T) *desktest.Desk {
	t.Helper()
	return desktest.Open(t, func(d *apptest.Desk) []action.Route {
		r := d.Rooms
		return service.Routes(service.Config{Health: r.Health, Catalogue: r.Catalogue, Calendars: r.Calendars, Customers: r.Customers, Escalation: r.Escalation,
			Incidents: r.Incidents, Alerts: r.Alerts, People: r.People, Rosters: r.Rosters, Clock: d.Clock, BaseURL: "https://desk.bank.example"})
	})
}

func TestServicesAreListedWithTheirIncidentsAndWhoAnswers(t *testing.T) {
	d := open(t)
	d.Alert("payments", "QueueDepth", "critical")
	page := d.Get(d.Vera, "/services").Want(http.StatusOK)
	page.One("#service-payments").WantText("Payments", "Sev 1", "INC-1", "Payments first line", "Ana Ruiz", "payments")
	page.One("#service-mail").WantText("built in")
	d.Get(d.Vera, "/services?q=arch").None("#service-payments")
	d.Get(d.Vera, "/services?q=nothing").One(".notice").WantText("No service found")
	d.Get(d.Vera, "/services").None("a[href=/services/+new]")
}

func TestServicePageSaysHowTheServiceIsAndWhatWasWrongBefore(t *testing.T) {
	d := open(t)
	page := d.Get(d.Vera, "/services/payments").Want(http.StatusOK)
	page.One("#service-state").WantText("No data yet")
	page.None("#firing")
	page.One("#incidents").WantText("No incident yet")
	d.Alert("payments", "QueueOld", "warning")
	d.Resolve("payments", "QueueOld", "warning")
	d.Get(d.Vera, "/services/payments").One("#service-state").One(".badge-ok").WantText("OK")
	d.Advance(time.Hour)
	d.Alert("payments", "QueueDepth", "critical")
	page = d.Get(d.Vera, "/services/payments")
	page.One("#service-state").One(".badge-bad").WantText("Sev 1 open")
	page.One("#firing").WantText("Firing", "QueueDepth", "INC-2")
	page.One("#firing").WantNoText("QueueOld")
	page.One("#incident-INC-2").WantText("Sev 1", "Open", "nobody has it")
	page.One("#incident-INC-1").WantText("Restored", "lasted")
	d.Get(d.Vera, "/services/mail").One("#incidents").WantNoText("INC-")
}

func TestServicePageListsItsLastFiveIncidentsOnly(t *testing.T) {
	d := open(t)
	for range 6 {
		d.Alert("payments", "QueueOld", "warning")
		d.Resolve("payments", "QueueOld", "warning")
		d.Advance(72 * time.Hour)
	}
	page := d.Get(d.Vera, "/services/payments")
	page.None("#incident-INC-1")
	page.One("#incident-INC-2")
	page.One("#incident-INC-6")
	page.One("#incidents").One("a[href=/incidents?service=payments&show=all]")
}

func TestPolicyIsToldAsTwoClocksWithWhoThatIsNow(t *testing.T) {
	d := open(t)
	page := d.Get(d.Vera, "/services/payments").Want(http.StatusOK)
	page.One("#response-clock").WantText("at once roster payments-l1 now Ana Ruiz", "after 5 min team payments-l2 now Ben Osei", "after 10 min team management now Sam Lee",
		"then 5 min later the catch-all", "no sign of work for 20 min")
	page.One("#resolution-clock").WantText("after 30 min the service's teams at L2 back line now Ben Osei", "the last step again every 1 h")
	d.Get(d.Vera, "/services/mail").One("#response-clock").WantText("L1 first line now nobody", "Nobody now: this step is skipped")
}

func TestServicePageShowsComponentsByLayerAndWhatTheyNeed(t *testing.T) {
	d := open(t)
	d.Apply(`
{kind: Component, name: db, title: Payments database, layer: middleware, service: mail}
---
{kind: Component, name: engine, title: Payment engine, layer: application, service: payments, depends_on: [db]}
---
{kind: Component, name: screen, title: Payments screen, layer: front-end, service: payments, depends_on: [engine]}
`)
	card := d.Get(d.Vera, "/services/payments").One("#components")
	if text := card.Text(); !(strings.Index(text, "Front ends") < strings.Index(text, "Applications")) {
		t.Errorf("layers stand in another order: %s", text)
	}
	card.One("#component-engine").WantText("Payment engine", "Payments database")
	page := d.Get(d.Vera, "/components/engine").Want(http.StatusOK)
	page.One("#needs").WantText("Payments database")
	page.One("#needed-by").WantText("Payments screen")
	d.Get(d.Vera, "/components?q=screen").None("#component-engine")
}

func TestIntegrationKeyIsShownOnceWithAnExampleAndRevoked(t *testing.T) {
	d := open(t)
	page := d.Post(d.Root, "/services/payments/keys", url.Values{"label": {"Prometheus"}}).Want(http.StatusOK)
	codes := page.One("#fresh-key").All("code")
	secret := codes[0].Text()
	if by, err := d.Rooms.Catalogue.AuthenticateKey(t.Context(), secret); err != nil || by.Kind != actor.Integration {
		t.Fatalf("%+v, %v", by, err)
	}
	codes[1].WantText("curl -H 'Authorization: Bearer "+secret, "https://desk.bank.example/api/v2/alerts")
	codes[2].WantText("scheme: https", "desk.bank.example")
	page = d.Get(d.Root, "/services/payments")
	page.None("#fresh-key")
	page.One("#keys").WantText("Prometheus", "…"+secret[len(secret)-4:], "Works")
	d.Post(d.Root, "/services/payments/keys", url.Values{"label": {" "}}).Want(http.StatusUnprocessableEntity).One("#f-label-error").WantText("is required")
	keys, err := d.Rooms.Catalogue.Keys(t.Context(), d.Root, "payments")
	if err != nil {
		t.Fatal(err)
	}
	revoke := "/services/payments/keys/" + string(keys[0].ID) + "/revoke"
	d.Post(d.Ana, revoke, nil).Want(http.StatusForbidden)
	d.Post(d.Root, revoke, nil).WantGone("/services/payments#keys")
	if _, err := d.Rooms.Catalogue.AuthenticateKey(t.Context(), secret); err == nil {
		t.Error("a revoked key lets in")
	}
}

var payments = url.Values{"title": {"Payments"}, "tier": {"1"}, "owner": {"payments-l1"}, "support": {"payments-l2"}, "policy": {"payments"}, "restore_when_resolved": {"true"}}

// with is a copy of a form with some fields changed: name, value, name, value.
func with(form url.Values, changes ...string) url.Values {
	out := maps.Clone(form)
	for i := 0; i < len(changes); i += 2 {
		out[changes[i]] = []string{changes[i+1]}
	}
	return out
}

func TestServiceIsEditedWithTheSameValidationAsConfiguration(t *testing.T) {
	d := open(t)
	form := d.Get(d.Root, "/services/payments/edit").Want(http.StatusOK)
	form.One("input[name=support][value=payments-l2][checked]")
	version := form.One("input[name=version]").Attr("value")
	page := d.Post(d.Root, "/services/payments/edit", with(payments, "functions", "Trade 80\nReport 30", "tier", "9", "availability_target", "high", "runbook", "ftp://x")).
		Want(http.StatusUnprocessableEntity)
	page.One("#f-availability_target-error").WantText("must be a number")
	page.One("#f-functions").WantText("Trade 80 Report 30")
	page = d.Post(d.Root, "/services/payments/edit", with(payments, "functions", "Trade 80\nReport 30", "tier", "9", "runbook", "ftp://x")).Want(http.StatusUnprocessableEntity)
	page.One("#f-functions-error").WantText("must add up to 100, not 110")
	page.One("#f-tier-error").WantText("must be 1")
	page.One("#f-runbook-error").WantText("https://")
	d.Post(d.Root, "/services/payments/edit", with(payments, "version", version, "functions", "Trade 80\r\nReport 20 %", "availability_target", "99.95")).WantGone("/services/payments")
	d.Get(d.Vera, "/services/payments").WantText("Trade 80 %", "Report 20 %", "99.95 %")
	page = d.Post(d.Root, "/services/payments/edit", with(payments, "version", version, "description", "mine")).Want(http.StatusConflict)
	page.One(".error-summary").WantText("has been changed by somebody else")
	page.One("#f-description").WantText("mine")
}

func TestBackLineEditsTheServicesOfItsTeamsOnly(t *testing.T) {
	d := open(t)
	d.Get(d.Ben, "/services/mail/edit").Want(http.StatusOK)
	d.Apply(`{kind: Service, name: other, tier: 3, owner: management}`)
	d.Get(d.Ben, "/services/other/edit").Want(http.StatusForbidden)
	d.Post(d.Ben, "/services/other/edit", url.Values{"tier": {"1"}, "owner": {"payments-l2"}}).Want(http.StatusForbidden)
	d.Get(d.Ana, "/services/+new").Want(http.StatusForbidden)
	d.Get(d.Ben, "/services/other").None("#key-form")
}

func TestServiceIsAddedAndDeleted(t *testing.T) {
	d := open(t)
	d.Post(d.Sam, "/services/+new", with(payments, "name", "payments")).Want(http.StatusConflict).One(".error-summary").WantText("already")
	d.Post(d.Sam, "/services/+new", with(payments, "name", "fx", "title", "Foreign exchange")).WantGone("/services/fx")
	d.Post(d.Sam, "/services/fx/delete", nil).WantGone("/services")
	d.Alert("payments", "QueueDepth", "critical")
	gone := d.Post(d.Sam, "/services/payments/delete", nil).WantGone("/services/payments")
	if len(gone.Messages) != 1 || !strings.Contains(gone.Messages[0].Text, "still has") {
		t.Errorf("messages: %+v", gone.Messages)
	}
}

func TestComponentIsAddedChangedAndKeepsItsPlace(t *testing.T) {
	d := open(t)
	form := url.Values{"name": {"mq"}, "layer": {"middleware"}, "service": {"payments"}, "depends_on": {"nothing"}, "links": {"Console https://console.bank.example/mq"}}
	d.Post(d.Root, "/components/+new", form).Want(http.StatusUnprocessableEntity).One("#f-depends_on-error").WantText("entry 1", "does not exist")
	form.Set("depends_on", "")
	d.Post(d.Root, "/components/+new", form).WantGone("/components/mq")
	d.Get(d.Vera, "/components/mq").One("#links").One("a").WantAttr("href", "https://console.bank.example/mq")
	d.Apply(`{kind: Component, name: mq, layer: middleware, service: payments}`)
	d.Post(d.Root, "/components/mq/edit", url.Values{"layer": {"middleware"}, "service": {"payments"}, "title": {"Queues"}}).WantGone("/components/mq")
	c, err := d.Rooms.Catalogue.Component(t.Context(), d.Root, "mq")
	if err != nil || c.Title != "Queues" {
		t.Errorf("%+v, %v", c, err)
	}
	d.Post(d.Root, "/components/mq/delete", nil).WantGone("/components")
}

func TestEnvironmentsAreAddedChangedAndDeleted(t *testing.T) {
	d := open(t)
	d.Get(d.Vera, "/environments").WantText("No environments")
	d.Post(d.Sam, "/environments", url.Values{"name": {"Prod"}}).Want(http.StatusUnprocessableEntity).One("#f-name-error").WantText("lower-case")
	d.Post(d.Sam, "/environments", url.Values{"name": {"prod"}, "title": {"Production"}}).WantGone("/environments")
	d.Get(d.Vera, "/environments").One("#environments").WantText("prod", "Production")
	d.Apply(`{kind: Service, name: archive, title: Archive, tier: 4, owner: payments-l2, environments: [prod]}`)
	if gone := d.Post(d.Sam, "/environments/prod/delete", nil).WantGone("/environments"); !strings.Contains(gone.Messages[0].Text, "still has") {
		t.Errorf("messages: %+v", gone.Messages)
	}
	d.Post(d.Ben, "/environments", url.Values{"name": {"uat"}}).Want(http.StatusForbidden)
}

func TestPolicyIsCheckedDrawnAndSaved(t *testing.T) {
	d := open(t)
	text := "response:\n  steps:\n    - after: 0m\n      targets: [{roster: payments-l1}]\n    - after: 90m\n      targets: [{person: sam}, {level: L3}]\n  repeat: 2\n"
	page := d.Post(d.Sam, "/policies/+new", url.Values{"name": {"slow"}, "spec": {text}, "do": {"check"}}).Want(http.StatusOK)
	page.One("#checked").WantText("at once roster payments-l1 now Ana Ruiz", "after 1 h 30 min person sam", "all of it again, 2 times")
	d.Get(d.Sam, "/policies/slow").Want(http.StatusNotFound)
	d.Post(d.Sam, "/policies/+new", url.Values{"name": {"slow"}, "spec": {text}}).WantGone("/policies/slow")
	d.Post(d.Sam, "/policies/+new", url.Values{"name": {"slow"}, "spec": {text}}).Want(http.StatusUnprocessableEntity).One("#f-name-error").WantText("is taken")
	d.Get(d.Vera, "/policies").One("#policies").WantText("slow")
	d.Post(d.Sam, "/policies/slow/delete", nil).WantGone("/policies")
	if gone := d.Post(d.Sam, "/policies/payments/delete", nil).WantGone("/policies/payments"); !strings.Contains(gone.Messages[0].Text, "payments") {
		t.Errorf("messages: %+v", gone.Messages)
	}
}

func TestErrorsOfAPolicyNameTheLine(t *testing.T) {
	d := open(t)
	for text, want := range map[string]string{
		"response:\n  steps:\n    - after: 0m\n      targets: [{roster: nobody}]\n":    "line 4: response.steps[0].targets[0]",
		"response:\n  steps:\n    - after: soon\n      targets: [{team: payments-l1}]": "line 3: response.steps[0].after",
		"response:\n  stepps: []\n": `did you mean "steps"?`,
		"response: [\n":             "is not YAML",
	} {
		page := d.Post(d.Sam, "/policies/payments/edit", url.Values{"spec": {text}}).Want(http.StatusUnprocessableEntity)
		page.One("#f-spec-error").WantText(want)
		page.One("#f-spec").WantText(strings.Fields(text)[0])
	}
	d.Post(d.Ben, "/policies/payments/edit", url.Values{"spec": {"x"}}).Want(http.StatusForbidden)
	d.Get(d.Ben, "/policies/payments").None("a[href=/policies/payments/edit]")
}
