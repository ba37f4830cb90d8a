// Package followup keeps what people promised to do later: after an incident, a review, a
// handover. Each has an owner and an instant by which it is due.
//
//	open ──▶ done
//	  ╰────▶ dropped   both can be opened again
//
// A follow-up may come from another record; its events then show on that record's timeline
// too. An open one past its due instant is overdue.
//
// The owner is reminded when a follow-up is due, and then as each of their working days
// starts, until it is done or dropped: of all that is due in one message.
//
// Table: followup. Timer: followup.remind.
package followup
