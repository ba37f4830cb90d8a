// Package saved keeps what people search for again: saved searches, the reports that are mailed of
// them, and dashboards.
//
// Each is private, and then there for its owner alone, or shared. What is kept is only the
// question: whoever opens it gets answers within what they may see themselves.
//
// A saved search may have a report. It is made in the name of the search's owner, as that person
// is when it is made, for slots of wall-clock time in a zone. So whoever changes what a report
// asks or to whom it goes becomes its owner.
//
//	due ──▶ sent      to everybody named
//	 │ ╰──▶ empty     nothing was found, and only what was found is to be sent
//	 ├────▶ failed    it cannot be asked, or the engine was down for an hour: the mail says so
//	 ╰────▶ stopped   its owner has left: no more slots, and the admins are told
//
// Invariants: a search with a report that is not stopped has a timer; a slot is one row, and its
// messages are queued in the transaction that ends it, so that no slot is mailed twice.
//
// Tables: saved, saved_run. Timer: saved.report, which makes the row of a slot; Step, outside of any
// transaction, asks the engine.
package saved
