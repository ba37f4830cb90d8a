package app_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"mainstay/internal/apptest"
)

const queueRules = `
groups:
- name: Queues.rules
  interval: 1m
  rules:
  - record: queue_depth:sum
    expr: sum(queue_depth)
  - alert: QueueDeep
    expr: queue_depth > 100
    labels: {severity: critical}
    annotations: {summary: "{{ $labels.queue }} holds {{ $value }}"}
`

func TestAPushedSampleOpensAnIncidentByARuleFileOfPrometheus(t *testing.T) {
	d := apptest.Open(t, "sqlite")
	d.Apply(bank)
	d.Apply(queueRules)
	d.StartSeries()
	step := func() {
		t.Helper()
		if _, err := d.Rooms.MetricRules.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	send(t, d, "/api/v1/import/prometheus", "", strings.NewReader("queue_depth{queue=\"orders\",service=\"payments\"} 700\n")).Status(http.StatusNoContent)
	step()
	incident := string(d.Call(http.MethodGet, "/api/v1/incidents/INC-1", nil).Status(http.StatusOK).Body)
	if !strings.Contains(incident, "orders holds 700") {
		t.Errorf("the incident is %s", incident)
	}
	var rules struct {
		Status string
		Data   struct {
			Groups []struct {
				Name, File string
				Rules      []struct {
					Name, State, Health, Type string
					Alerts                    []struct {
						State, Value string
						Labels       map[string]string
					}
				}
			}
		}
	}
	ask := func(path string, into any) {
		t.Helper()
		if err := json.Unmarshal(d.Call(http.MethodGet, path, nil).Status(http.StatusOK).Body, into); err != nil {
			t.Fatal(err)
		}
	}
	ask("/prometheus/api/v1/rules", &rules)
	if g := rules.Data.Groups; rules.Status != "success" || len(g) != 1 || g[0].Name != "Queues.rules" || g[0].File != "queues-rules" || len(g[0].Rules) != 2 ||
		g[0].Rules[0].Type != "recording" || g[0].Rules[1].State != "firing" || g[0].Rules[1].Health != "ok" || g[0].Rules[1].Alerts[0].Value != "700" {
		t.Errorf("%+v", rules)
	}
	ask("/prometheus/api/v1/rules?type=record", &rules)
	if g := rules.Data.Groups; len(g) != 1 || len(g[0].Rules) != 1 {
		t.Errorf("only recording rules: %+v", rules)
	}
	var alerts struct {
		Data struct {
			Alerts []struct {
				Labels map[string]string
				State  string
			}
		}
	}
	ask("/prometheus/api/v1/alerts", &alerts)
	if a := alerts.Data.Alerts; len(a) != 1 || a[0].State != "firing" || a[0].Labels["alertname"] != "QueueDeep" {
		t.Errorf("%+v", alerts)
	}
	d.CallAs("", http.MethodGet, "/prometheus/api/v1/rules", nil).Status(http.StatusUnauthorized)
	if got := instant(t, d, `queue_depth:sum`); !strings.Contains(got, `"700"`) {
		t.Errorf("what is recorded: %s", got)
	}
	preview := `{"rules":{"rules":[{"alert":"Deep","expr":"queue_depth > 500","labels":{"severity":"critical"}}]}}`
	if got := string(d.Call(http.MethodPost, "/api/v1/metric-rules/preview", json.RawMessage(preview)).Status(http.StatusOK).Body); !strings.Contains(got, `"fired":`) {
		t.Errorf("preview: %s", got)
	}
	if got := string(d.Call(http.MethodGet, "/api/v1/metric-rule-status", nil).Status(http.StatusOK).Body); !strings.Contains(got, `"state":"firing"`) {
		t.Errorf("status: %s", got)
	}
}
