// Package escalation keeps two clocks on every incident until it is restored.
//
//	response    pages along the policy until somebody acknowledges
//
//	            running ──acknowledged──▶ waiting ──no progress for ack_timeout──▶ running, from step 1
//	            running ──last step, repeats used up──▶ catch-all, again and again
//
//	resolution  runs from detection until restored, whoever acknowledged: at the policy's
//	            intervals, by severity and business hours, it brings in L2, L3, the support
//	            manager; after the last step it repeats that step. It counts the outage: what lies
//	            between a restoration and a reopening does not count, and after the reopening it
//	            goes on where it was: of the steps that were due before, the last pages once more
//
// Both end with done (restored) or stopped (a person, by name and reason).
//
// A step targets people, rosters, teams or a level of the service's teams. A step that
// finds nobody is skipped at once and noted; so is one whose every person could be reached
// on no channel. The catch-all pages the support managers, then every admin, and goes on
// until a person stops it.
//
// The room knows incidents only through Subjects, wired by app.
//
// Tables: policy, escalation, escalation_call. Timers: escalation.response,
// escalation.resolution, escalation.ack.
package escalation
