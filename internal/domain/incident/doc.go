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
// It was detected when its earliest alert began, as the sender says, but at most 24 h before
// we received it. Its outage is the time in which it was not restored, over all its openings;
// pages and the resolution clock count that. Reopened, nobody has it.
//
// A condition that comes back within ReopenWithin of the restoration reopens its incident;
// other trouble in that time is an incident of its own, linked as the one that follows.
//
// A person may restore an incident while its alerts still fire. That holds for
// StillFiringAfter: if one of them fires then, the incident is reopened; one that was closed
// meanwhile stays closed, and another follows it with those alerts.
//
// Its two escalation clocks run in domain/escalation. Everything that happens is an event:
// the timeline is all there is to know.
//
// Invariants: whoever is not restored has a running clock, or a person stopped it; every alert
// that fires belongs to an incident that is not restored, or to one that is looked at again.
//
// Tables: incident, incident_role, incident_link, incident_file. Timer: incident.still-firing.
package incident
