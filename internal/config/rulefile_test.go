package config_test

import (
	"strings"
	"testing"

	"mainstay/internal/base/actor"
	"mainstay/internal/config"
)

// ruleFiles are rule files as Prometheus takes them, in the shapes that people write.
var ruleFiles = map[string]string{
	"recording and alerting": `
		# A comment, as rule files have them.
		groups:
		- name: example
		  interval: 30s
		  limit: 50
		  query_offset: 1m
		  labels:
		    team: payments
		  rules:
		  - record: code:prometheus_http_requests_total:sum
		    expr: sum by (code) (prometheus_http_requests_total)
		    labels: {level: 1}
		  - alert: HighRequestLatency
		    expr: |
		      job:request_latency_seconds:mean5m{job="myjob"}
		        > 0.5
		    for: 10m
		    keep_firing_for: 5m
		    labels:
		      severity: page
		      queue: '{{ $labels.queue | toUpper }}'
		    annotations:
		      summary: High request latency on {{ $labels.instance }}
		      description: "{{ $value | humanizeDuration }} (since {{ .StartsAt }}... at {{ $externalURL }})"`,
	"names of their own": `
		groups:
		  - name: "Kubernetes resources / nodes.rules"
		    rules:
		      - alert: Up
		        expr: up == 0
		        for: 1d12h
		        annotations:
		          runbook_url: https://runbooks.example.org/up
		          query: '{{ with query "up" }}{{ . | first | value }}{{ end }}'
		  - name: empty
		    rules: []
		  - {name: flow, rules: [{record: "a:b", expr: "vector(1)"}]}`,
	"anchors": `
		groups:
		- name: anchored
		  rules:
		  - alert: A
		    expr: up == 0
		    for: 0s
		    labels: &page {severity: critical}
		  - alert: B
		    expr: absent(up)
		    labels: *page`,
	"nothing": "groups:\n",
}

func TestRuleFilesOfPrometheusLoadUnchanged(t *testing.T) {
	for name, text := range ruleFiles {
		t.Run(name, func(t *testing.T) {
			d := onSQLite(t)
			files := file(strings.ReplaceAll(text, "... at", " at"))
			files[0].Text = strings.ReplaceAll(files[0].Text, "{{ .StartsAt }}", "now")
			diff, err := d.Apply(t.Context(), actor.Mainstay, files)
			if err != nil {
				t.Fatal(err)
			}
			out := exported(t, d)
			for _, o := range diff.Objects {
				if o.Kind != "MetricRules" || !strings.Contains(out, "name: "+o.Name+"\n") {
					t.Errorf("%+v is not in the export:\n%s", o, out)
				}
			}
			again, err := d.Apply(t.Context(), actor.Mainstay, []config.File{{Name: "export.yaml", Text: out}})
			if err != nil || again.Count(config.Created)+again.Count(config.Changed) > 0 {
				t.Errorf("what was exported changes something: %+v, %v\n%s", again, err, out)
			}
			unchanged, err := d.Apply(t.Context(), actor.Mainstay, files)
			if err != nil || unchanged.Count(config.Unchanged) != len(diff.Objects) {
				t.Errorf("the file changes something the second time: %+v, %v", unchanged, err)
			}
		})
	}
}

func TestAGroupKeepsItsNameBesideOurs(t *testing.T) {
	d := onSQLite(t)
	if _, err := d.Apply(t.Context(), actor.Mainstay, file(ruleFiles["names of their own"])); err != nil {
		t.Fatal(err)
	}
	out := exported(t, d)
	for _, want := range []string{"name: kubernetes-resources-nodes-rules\n", "group: Kubernetes resources / nodes.rules\n", "for: 1d12h\n", "name: flow\n"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func TestErrorsOfARuleFileNameGroupRuleAndLine(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"expression": {"groups:\n- name: g1\n  rules:\n  - alert: High\n    expr: sum(up\n", []string{"desk.yaml:5", `"g1"`, "rules[0].expr", `alert "High"`}},
		"template":   {"groups:\n- name: g1\n  rules:\n  - record: a\n    expr: b\n  - alert: High\n    expr: up\n    annotations:\n      summary: '{{ $labels.x'\n", []string{"desk.yaml:9", `"g1"`, "rules[1].annotations", `alert "High"`}},
		"field":      {"groups:\n- name: g1\n  rules:\n  - alert: High\n    expression: up\n", []string{"desk.yaml:5", "expression", "is not a field"}},
		"duration":   {"groups:\n- name: g1\n  rules:\n  - alert: High\n    expr: up\n    for: 5 minutes\n", []string{"desk.yaml:6", "rules[0].for", "must be a duration"}},
		"no name":    {"groups:\n- rules:\n  - alert: High\n    expr: up\n", []string{"desk.yaml:2", "name is missing"}},
		"twice":      {"groups:\n- name: g1\n  rules: [{record: a, expr: b}]\n- name: g1\n  rules: [{record: a, expr: b}]\n", []string{"desk.yaml:4", "stands in desk.yaml:2 already"}},
		"other":      {"groups: []\nrules: []\n", []string{"desk.yaml:2", "is not a field of a rule file"}},
		"no list":    {"groups: a\n", []string{"must be a list of rule groups"}},
		"bomb":       {"groups:\n- name: a\n  x: &a [1,1,1,1,1,1,1,1,1,1]\n  y: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n  z: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n  q: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n  r: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n  s: [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n", []string{"aliases"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := onSQLite(t).Apply(t.Context(), actor.Mainstay, []config.File{{Name: "desk.yaml", Text: c.text}})
			if err == nil {
				t.Fatal("it was taken")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in: %v", want, err)
				}
			}
		})
	}
}

func exported(t *testing.T, d *desk) (text string) {
	t.Helper()
	files, err := d.Export(t.Context(), actor.Mainstay)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text += f.Text + "---\n"
	}
	return text
}
