// Package check looks at things again and again, and raises an alert when they are not as they must be.
//
// A check is a probe (package probe), how often it is made, and from where: from this server, or by the
// agents of hosts. Each location tells the state that counts there, which is failed only after
// retries; the states of all locations together are the state of the check.
//
//	           ╭──────────────── failed ◀─────────────╮ quorum of locations failed
//	waiting ──▶ ok ◀──▶ degraded ◀────────────────────┤
//	           ╰──────────────── unknown ◀────────────╯ so many cannot tell that it might have failed
//
//	schedule ──▶ probe ──╮
//	agent ─── Report ────┤──▶ take: series, streak, last result in memory
//	job ───── Beat ──────╯        │ only when the state of a location changes
//	                              ▼
//	               one transaction: location, state, event, alert
//
// # What holds
//
// Unknown is never ok: a location from which nothing has come in its time is unknown, and that raises an
// alert like a failure. A check that is new, or that nobody has made yet since a change, waits: that
// raises none until its time is over.
//
// The state, its event and its alert are one transaction. The alert ends when the state is ok again. As
// long as it is not, the alert is said to fire every few minutes, so that an incident that people
// restored too early opens again. Outside of its hours a check is made all the same and raises nothing new.
//
// Results that change nothing are in the series (check_up, check_state, check_duration_seconds, check_value)
// and in memory; the database has each location's last one, of which a crash loses a minute.
//
// Secrets of a spec are encrypted with the key file and shown to nobody. One that is kept goes only to
// the target for which it was written: who changes the target writes it again.
//
// # Several servers
//
// Each check that the server makes is made by one of the servers that are alive, which agree by hashing;
// when one dies the others take over within its lease of 15 s. Agents may call any of them.
//
// Tables: check_spec, check_set, check_state, check_place, check_agent, check_node, check_beat. Timers:
// check.beat.
package check
