// Package ledger keeps what was decided: events.
//
// Every change of a record appends an event in the same transaction. The events of a
// record are its timeline; all events together are the audit trail and the live feed.
//
//	Append      in the transaction: (record, seq) is gapless, position is still NULL
//	Sequencer   after the commit: gives committed events a gapless position
//	Feed        hands positioned events, in order, to whoever is watching now
//	Sealer      closes ranges of positions with a hash chained to the one before
//	Verify      recomputes all of it
//
// Database ids commit out of order, so readers that must not miss anything read by
// position. A seal covers position, record, time, kind and a salted digest of actor and
// payload: erasing a person's data removes salt and payload and leaves the digest, so the
// chain still holds.
//
// Tables: event, event_about, ledger_head, seal.
package ledger
