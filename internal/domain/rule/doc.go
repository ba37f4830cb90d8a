// Package rule notices things in log lines as they arrive, and raises alerts of them.
//
// A rule is a LogsQL filter, which means exactly what it means in a search, and a condition:
//
//	any          one matching line is enough
//	at-least     N lines of a group within T
//	absent       no matching line has come for T, counted in active hours only
//	new-pattern  a line of a pattern that was never seen
//	volume       a source sends well above or below its normal for the hour
//
//	spool ──▶ Step: match, windows ──▶ one transaction: alerts, windows, cursor ──▶ release the spool
//
// # What holds
//
// The cursor in the spool advances in the transaction that stores the alerts and windows of all
// lines before it. So every acknowledged line is shown to every rule that was enabled when it
// arrived, whatever crashes; a crash can show a line twice only as far as nothing had come of it. A
// rule is not shown lines that were stored before it was saved or enabled: rule_from remembers from
// where on it counts. An edit shows lines that are on their way at that moment to the new text.
// A rule that is disabled or deleted sees nothing more from then on.
//
// Lines of the past that somebody uploads (signal.Uploaded) are stored and searched, and no rule judges
// them; nor are they counted for the volume of their source.
//
// A rule whose filter takes too long for the lines of a step is given up like one that cannot be
// used, with an alert: for ten minutes, and for twice as long each time that it is too slow again, up
// to a day; until it is changed; or until a restart. When
// the server stops in the middle of a step, its lines are shown again.
//
// # Time
//
// Windows of at-least count by the lines' own instants, so a backlog that arrives late counts by
// when it happened. Lines that arrive more than T + 1 h after their instant are counted in a window
// of their own: they neither complete a present burst nor push its lines out. Absence, quiet and
// the pause between repeats go by arrival: a sender whose clock is wrong is not absent. While lines
// wait to be read, time stands still at the arrival of the last line read, and time in which the
// server was down does not count as absence.
//
// # Alerts
//
// One alert per rule and group; a group is the line's service and the values of group_by. Repeats
// only refresh it, every 10 s at most. An alert of at-least is resolved when nothing matched
// for the rule's quiet time, and windows begin anew; of absent at the next line; of volume when the hour is normal again.
// Alerts of any and new-pattern are about something that has happened: they stay until a person ends
// them, unless the rule has a quiet time of its own (Spec.Stays). More than 100 groups that fire at once share one further alert.
//
// An alert that cannot be stored, however often that is tried, goes to the quarantine of alerts, and an
// alert log-rule-alert-lost of the rule's severity says so, in the transaction that moves the cursor.
//
// A rule sees the lines that whoever saved it may read: a rule is no way around the permission to
// read logs.
//
// With several servers on one database each judges the lines that it took. At-least adds up what all
// have counted, within a second or two of it (together); quiet is per server. Absence looks at what all have seen, and volume at what is counted for all. Alerts of the same
// rule and group are one alert, whoever raises it.
//
// Tables: rule, rule_set, rule_spool, rule_from, rule_state, rule_day, rule_health.
package rule
