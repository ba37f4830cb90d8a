// Package evaluate evaluates groups of metric rules with Prometheus' own code: its parser, its rules, its
// templates. A rule file means here exactly what it means there.
//
//	Evaluator.OpenRules ──▶ evaluation.Evaluate(at): query, record, ALERTS, ALERTS_FOR_STATE ──▶ active alerts
//
// When that happens is not decided here, nor what becomes of alerts: see domain/metricrule, which also keeps the
// state of alerts, and hands it back after a restart or when another node goes on. Prometheus finds `for` again in the
// series ALERTS_FOR_STATE, to the second, and forgets what was kept firing; here nothing of it is lost.
//
// What a rule records may fail to be stored: that is told, and keeps no alert from firing.
package evaluate
