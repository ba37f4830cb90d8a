package evaluate_test

import (
	"fmt"
	"testing"
	"time"

	"mainstay/internal/engine/signal"
)

// BenchmarkRules evaluates 1,000 alerting rules in 100 groups, each over ten series with an hour of samples.
func BenchmarkRules(b *testing.B) {
	s := open(b)
	for minute := range 60 {
		for i := range 100 {
			for host := range 10 {
				s.write(time.Duration(minute)*time.Minute, float64(minute*host), "__name__", fmt.Sprintf("requests_%d", i), "host", fmt.Sprintf("h%d", host))
			}
		}
	}
	var groups []signal.RuleEvaluation
	for i := range 100 {
		g := signal.RuleGroup{Name: fmt.Sprint(i), Interval: time.Minute}
		for n := range 10 {
			g.Rules = append(g.Rules, signal.MetricRule{Alert: fmt.Sprintf("R%d", n), Expr: fmt.Sprintf("max by (host) (rate(requests_%d[5m])) > %d", i, n+1000), For: time.Minute})
		}
		groups = append(groups, s.open(g, nil))
	}
	now, rules := at(time.Hour), 0
	for b.Loop() {
		now = now.Add(time.Second)
		for _, g := range groups {
			rules += len(g.Evaluate(b.Context(), now))
		}
	}
	b.ReportMetric(float64(rules)/b.Elapsed().Seconds(), "rules/s")
}
