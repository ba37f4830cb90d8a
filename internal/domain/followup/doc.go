// Package followup keeps what people promised to do later: after an incident, a review, a
// handover. Each has an owner and an instant by which it is due.
//
//	open ──▶ done
//	  ╰────▶ dropped   both can be opened again
//
// A follow-up may come from another record; its events then show on that record's timeline
// too. An open one past its due instant is overdue.
//
// Table: followup.
package followup
