// Package incident keeps incidents: interruptions of a service, or risks to it, from the
// first sign until closed (ITIL 4).
//
//	open ──▶ acknowledged ──▶ investigating ──▶ restored ──▶ closed
//	 ▲ │          │  │              │              │           │
//	 │ ╰──────────┼──┴──────────────┴──▶ restored  │           │
//	 ╰─ no progress for the policy's time ◀────────╯ reopened ◀╯
//
// Restored means that users can do their business again ("resolve" in foreign protocols);
// closed means that the paperwork is done too. Merged incidents are closed and point to
// the one that goes on.
//
// An incident is opened by alerts, which join while it is not restored, or by a person.
// Its two escalation clocks run in domain/escalation. Everything that happens is an event:
// the timeline is all there is to know.
//
// Invariant: whoever is not restored has a running clock, or a person stopped it.
//
// Tables: incident, incident_role, incident_link, incident_file. Timers: none of its own.
package incident
