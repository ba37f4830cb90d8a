package metricrule_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"mainstay/internal/apptest"
	"mainstay/internal/base/clock"
	"mainstay/internal/engine/signal"
	"mainstay/internal/web/action"
	"mainstay/internal/web/desktest"
	"mainstay/internal/web/metricrule"
)

func TestMain(m *testing.M) { apptest.Main(m) }

func open(t *testing.T) *desktest.Desk {
	t.Helper()
	d := desktest.Open(t, func(d *apptest.Desk) []action.Route {
		return metricrule.Routes(metricrule.Config{Rules: d.Rooms.MetricRules})
	})
	d.StartSeries()
	return d
}

const group = "service: payments\nrules:\n  - alert: QueueDeep\n    expr: queue_depth > 100\n    labels: {severity: critical}\n    annotations: {summary: \"{{ $labels.queue }} holds {{ $value }}\"}\n"

func filled(more ...string) url.Values {
	f := url.Values{"name": {"queues"}, "kind": {"rules"}, "spec": {group}}
	for i := 0; i < len(more); i += 2 {
		f.Set(more[i], more[i+1])
	}
	return f
}

// lands stores a sample of now and lets the rules see it.
func lands(t *testing.T, d *desktest.Desk, depth float64) {
	t.Helper()
	labels := signal.Labels{{Name: signal.MetricName, Value: "queue_depth"}, {Name: "queue", Value: "orders"}}
	taken, err := d.Series.AppendSamples(t.Context(), []signal.Series{{Labels: labels, Points: []signal.Point{{At: clock.Wall().Now(), Value: depth}}}})
	if err != nil || taken.Lost > 0 {
		t.Fatal(taken, err)
	}
	if _, err := d.Rooms.MetricRules.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestRulesAreAddedTriedChangedAndPutIntoTestMode(t *testing.T) {
	d := open(t)
	d.Get(d.Ana, "/metric-rules").Want(http.StatusOK).WantText("Rule files of Prometheus load as they are")
	d.Get(d.Ana, "/metric-rules/+new").Want(http.StatusOK).One("textarea[name=spec]").WantText("rules:")
	d.Post(d.Ana, "/metric-rules/+new", filled("spec", strings.Replace(group, "> 100", "> (", 1))).Want(http.StatusUnprocessableEntity).
		One("#f-spec-error").WantText("line 4", "QueueDeep")
	lands(t, d, 500)
	page := d.Post(d.Ana, "/metric-rules/+new", filled("do", "try")).Want(http.StatusOK)
	page.One("#preview").WantText("Would have fired once", "nothing is saved yet", "orders holds 500")
	d.Post(d.Ana, "/metric-rules/+new", filled()).WantGone("/metric-rules/queues")
	d.Post(d.Ana, "/metric-rules/+new", filled()).Want(http.StatusConflict)
	d.Get(d.Ana, "/metric-rules/queues").Want(http.StatusOK).One("dl.strip").WantText("Unknown")
	lands(t, d, 600)
	page = d.Get(d.Vera, "/metric-rules/queues").Want(http.StatusOK)
	page.One("dl.strip").WantText("Firing 1 alert")
	page.One("#rule-0").WantText("QueueDeep", "queue_depth > 100", "Evaluated", "orders holds 600", "queue=orders")
	page.One("#yaml").WantText("alert: QueueDeep")
	page.None("a[href=/metric-rules/queues/edit]")
	page.None("#try")
	d.Get(d.Ana, "/metric-rules").One("#metric-rule-queues").WantText("Firing", "1 rule", "payments")
	d.Get(d.Ana, "/metric-rules/queues?days=1").Want(http.StatusOK).One("#try").WantText("It would have fired once")

	edit := d.Get(d.Ana, "/metric-rules/queues/edit").Want(http.StatusOK)
	form := filled("version", edit.One("input[name=version]").Attr("value"), "spec", strings.Replace(group, "> 100", "> 10000", 1))
	d.Post(d.Ana, "/metric-rules/queues/edit", form).WantGone("/metric-rules/queues")
	d.Post(d.Ana, "/metric-rules/queues/edit", form).Want(http.StatusConflict)

	d.Post(d.Ana, "/metric-rules/queues/test", nil).WantGone("/metric-rules/queues")
	lands(t, d, 700)
	d.Get(d.Ana, "/metric-rules").One("#metric-rule-queues").WantText("test mode")
	d.Post(d.Ana, "/metric-rules/queues/live", nil).WantGone("/metric-rules/queues")
	d.Post(d.Ana, "/metric-rules/queues/disable", nil).WantGone("/metric-rules/queues")
	d.Get(d.Ana, "/metric-rules").One("#metric-rule-queues").WantText("Disabled")
	d.Post(d.Ana, "/metric-rules/queues/enable", nil).WantGone("/metric-rules/queues")
	d.Post(d.Ana, "/metric-rules/queues/delete", nil).WantGone("/metric-rules")
	d.Get(d.Ana, "/metric-rules/queues").Want(http.StatusNotFound)
}

func TestAnAnomalyRuleSaysWhenItCannotJudgeYet(t *testing.T) {
	d := open(t)
	d.Get(d.Ana, "/metric-rules/+new?kind=anomaly").Want(http.StatusOK).One("#help").WantText("same hour of the same weekday")
	d.Post(d.Ana, "/metric-rules/+new", filled("name", "odd", "kind", "anomaly", "spec", "expr: queue_depth\nservice: payments\n")).WantGone("/metric-rules/odd")
	lands(t, d, 5)
	d.Get(d.Vera, "/metric-rules/odd").Want(http.StatusOK).One("#rule-0").WantText("1 of 1 series cannot be judged yet")
	d.Get(d.Ana, "/metric-rules").One("#metric-rule-odd").WantText("Anomaly rule")
}

func TestATeamChangesOnlyItsOwnMetricRules(t *testing.T) {
	d := open(t)
	d.Apply(`{kind: MetricRules, name: everywhere, rules: [{alert: Down, expr: up == 0}]}`)
	d.Get(d.Ana, "/metric-rules/everywhere").Want(http.StatusOK).None("a[href=/metric-rules/everywhere/edit]")
	d.Get(d.Ana, "/metric-rules/everywhere/edit").Want(http.StatusForbidden)
	d.Post(d.Ana, "/metric-rules/everywhere/disable", nil).Want(http.StatusForbidden)
	d.Post(d.Ana, "/metric-rules/+new", filled("spec", "service: mail\nrules: [{alert: Down, expr: up == 0}]")).Want(http.StatusForbidden)
	d.Get(d.Vera, "/metric-rules/+new").Want(http.StatusForbidden)
}
