package saved

import (
	"time"

	"mainstay/internal/base/errs"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/timer"
)

// reportTimer is due at the next slot of a search; its subject is the search's id.
const reportTimer timer.Kind = "saved.report"

// Timers returns what happens when this room's timer fires.
func (s *Service) Timers() map[timer.Kind]timer.Handler {
	return map[timer.Kind]timer.Handler{reportTimer: s.onReport}
}

const (
	// patience is for how long a report is tried that the engine gives no answer to.
	patience = time.Hour
	// longest is how far back a report looks at most, however long the server was down.
	longest = 31 * 24 * time.Hour
	// kept is for how long slots that are over are kept.
	kept = 90 * 24 * time.Hour
)

// schedule promises the next slot of a search that has been saved; none without a report. A slot
// that is being made in another's name is not made any more.
func schedule(tx *db.Tx, it Search) error {
	if _, err := tx.Exec(`DELETE FROM saved_run WHERE search = ? AND state = 'due'`, string(it.ID)); err != nil {
		return err
	}
	if it.Spec.Report == nil {
		return cancelReport(tx, it.ID)
	}
	return timer.Schedule(tx, reportTimer, string(it.ID), it.Spec.Report.Next(tx.Now()), struct{}{})
}

func cancelReport(tx *db.Tx, id ID) error { return timer.Cancel(tx, reportTimer, string(id)) }

// onReport makes the row of a slot, from which Step goes on: the engine is not asked in a
// transaction. Slots that passed while nothing ran are one report, the last of them.
func (s *Service) onReport(tx *db.Tx, t timer.Timer) error {
	it, err := s.Searches.byID(tx, ID(t.Subject))
	if errs.Is(err, errs.NotFound) || err == nil && (it.Spec.Report == nil || it.Stopped != "") {
		return nil
	}
	if err != nil {
		return err
	}
	at := it.Spec.Report.slots()
	slot, missed := t.Promised, 0
	for next := at.after(slot); !next.After(tx.Now()) && !next.IsZero(); next = at.after(slot) {
		slot = next
		missed++
	}
	since := at.before(t.Promised)
	if back := slot.Add(-Length(it.Spec.Range)); back.Before(since) {
		since = back
	}
	if back := slot.Add(-longest); since.Before(back) {
		since = back
	}
	if _, err := tx.Exec(`
		INSERT INTO saved_run (search, slot, since, missed, state, attempts, next_attempt, give_up, trouble)
		VALUES (?, ?, ?, ?, 'due', 0, ?, ?, '') ON CONFLICT (search, slot) DO NOTHING`,
		string(it.ID), slot, since, missed, tx.Now(), tx.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM saved_run WHERE search = ? AND finished < ?`, string(it.ID), tx.Now().Add(-kept)); err != nil {
		return err
	}
	return timer.Schedule(tx, reportTimer, string(it.ID), at.after(slot), struct{}{})
}
