// Package oncall knows whom to call: rosters.
//
// A roster is a list of layers. A layer is a rotation: slots that take turns, each slot one
// person, several people at once, or nobody on purpose. At any instant
//
//  1. the first layer that has somebody counts, the layers below it do not;
//  2. where no layer has anybody, the fallback person is on call, unless a layer has a slot
//     for nobody then: that is intended, and nobody is called;
//  3. overrides apply last, in the order in which they were made. One without Replaces puts
//     its person on call alone; one with Replaces puts its person in the place of another.
//
// A layer's day runs from one handover to the next, in wall-clock time of its zone: turns
// are counted in days, which are 23, 24 or 25 hours long. Where wall-clock times are skipped
// or repeated, calendar.Instant decides, so that one turn ends exactly where the next begins.
//
// A layer with windows has somebody in the windows only, and counts only its active days:
// days that hold some of a window. A daily rotation with the window "mon-fri 08:00-20:00"
// goes from Friday's person to the next on Monday.
//
//	zone: Europe/London
//	team: payments-l1
//	fallback: ana
//	layers:
//	  - {start: 2026-01-05, handover: "08:00", rotation: weekly, slots: [[ben], [cho, dee]]}
//	  - {start: 2026-01-05, handover: "20:00", rotation: daily, windows: ["mon-fri 20:00-08:00"], slots: [[eve], []]}
//
// A layer may have an end: from the handover of its date "until" on it has nobody, as if it
// were not there. So a rotation that changes for good is one layer that ends where the next
// one starts, and what was stays in the plan.
//
// People who cannot be called any more (disabled users) are passed over wherever they stand.
//
// All instants are UTC, all spans half open.
//
// Invariants: shifts tile time, so that at no instant it is open who is on call; an override
// changes nothing outside its time; what was, stays: an override that has begun can be ended
// and not removed. Each stored roster has a timer at its next change, which tells those whose
// shift starts.
//
// Holes ahead, gaps and times that only the fallback person covers, are told to the owner of
// the roster's team, or else to the support managers: every morning, and soon after a change
// that tore one open, once for each hole.
//
// Tables: roster, roster_override, roster_gap. Timers: oncall.shift, oncall.gaps.
package oncall
