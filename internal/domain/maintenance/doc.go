// Package maintenance knows when somebody works on a service or component on purpose, so that its
// alerts call nobody meanwhile.
//
// A maintenance has one window, or windows that repeat by a rule of RFC 5545 (RRULE), in wall-clock
// time of its zone. Only one of them is stored at a time: the one that is open, or else the next.
//
//	planned ──its start──▶ open ──its end, or a person ends it──▶ planned (the next window)
//	                                                         ╰──▶ over    (there is none)
//
// Checks go on during a window and alerts are taken; what a window keeps back is incidents and pages.
// That is decided by the alert room, which asks Open. A window that opens does not touch incidents
// that are there already.
//
// A window starts when the clock of its zone shows its time (calendar.Instant: a skipped hour starts
// when it ends) and lasts for real time: 8 hours are 8 hours, in the night of a clock change too.
//
// Invariants: a maintenance names at least one service or component; a window that is open or planned
// has a timer.
//
// Tables: maintenance, maintenance_service, maintenance_component. Timers: maintenance.turn.
package maintenance
