// Package metricrule notices things in time series, and raises alerts of them.
//
// There are two kinds of rules. MetricRules are a rule group of Prometheus, as its rule files have them, with what a
// desk needs besides: whose alerts they are, a SOP, active hours, a test mode. An AnomalyRule judges a seasonal series by
// what was normal at this hour of the week; see anomaly.
//
//	samples land ──▶ Arrived(names) ──╮
//	interval ─────────────────────────┴▶ Step: evaluate, reconcile ──▶ one transaction: alerts, what fires
//
// # What holds
//
// A group is evaluated every interval, and besides when samples land of a series that one of its expressions names, at most once a
// second. What it records counts as landing, too, but only three groups far, so that groups which read each other come to rest.
//
// What fires is stored in the transaction that raises and resolves its alerts: a crash leaves both or none. What was
// pending goes on waiting after a restart for the rest of its time, and what was kept firing is kept for the rest of
// that: metricrule_alert has it, more exactly than the series ALERTS_FOR_STATE, which is written all the same.
//
// A rule that cannot be evaluated changes nothing: its alerts stay as they are. After three times in a row an alert MetricRuleFailing
// says so. When it is the store that does not answer, nobody knows anything: the rule's health is unknown, its alerts stay, and
// the store's own alert tells people.
//
// # Hours and test mode
//
// Outside of its active hours a rule raises nothing; what fires when they begin is raised then. What fired within them ends when
// it is over. In test mode a rule is evaluated like any other, and what would have been raised is counted and shown.
//
// # Several nodes
//
// One node evaluates a group: it has a lease on it, which it renews every two seconds, and another takes over when that
// has not happened for six. Nodes share the groups evenly. A node that has lost a lease cannot store anything of that group.
// Samples hurry the node on which they land; where another has the lease of the group, it is evaluated at its interval.
//
// Tables: metricrule, metricrule_hours, metricrule_set, metricrule_run, metricrule_node, metricrule_alert, metricrule_day.
package metricrule
