package saved_test

import (
	"fmt"
	"testing"
	"time"

	"mainstay/internal/domain/saved"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/outbox"
)

// A report that was made has not arrived by that: its page says what became of the mails.
func TestARunSaysWhomItsReportReached(t *testing.T) {
	each(t, func(r *room) {
		it := r.must(r.ana, "mine", saved.SearchSpec{Query: "x", Private: true, Report: &saved.Report{At: "07:00", To: []string{"ana"}}})
		slot := time.Date(2026, 11, 2, 7, 0, 0, 0, time.UTC)
		run := func() saved.Run {
			r.Helper()
			last, err := r.LastRuns(r.Context(), r.ana)
			list, err2 := r.Runs(r.Context(), r.ana, "mine")
			if err != nil || err2 != nil || len(last) != 1 || len(list) != 1 || last[it.ID] != list[0] {
				r.Fatalf("%+v %v, %+v %v", last, err, list, err2)
			}
			return list[0]
		}
		do := func(query string, args ...any) {
			r.Helper()
			if err := r.db.Do(r.Context(), func(tx *db.Tx) error { _, err := tx.Exec(query, args...); return err }); err != nil {
				r.Fatal(err)
			}
		}
		mail := func(person, more string) {
			r.Helper()
			if err := r.db.Do(r.Context(), func(tx *db.Tx) error {
				_, err := outbox.Queue(tx, outbox.Message{Dedup: fmt.Sprintf("report/%s/%d/%s%s", it.ID, slot.UnixMicro(), person, more), Channel: "mail", Address: person + more + "@bank.example",
					Person: person, Priority: outbox.NoticePriority, Kind: "report", Record: saved.SearchRecord(it.ID), Content: outbox.Content{Title: "Report"}})
				return err
			}); err != nil {
				r.Fatal(err)
			}
		}
		do(`INSERT INTO saved_run (search, slot, since, missed, state, attempts, give_up, trouble, finished) VALUES (?, ?, ?, 0, 'sent', 1, ?, '', ?)`,
			string(it.ID), slot, slot, slot, slot)
		if got := run(); got.Arrived+got.Waiting+got.Lost != 0 {
			r.Errorf("nobody was mailed: %+v", got)
		}
		mail("ana", "")
		mail("ben", "")
		if got := run(); got.Waiting != 2 {
			r.Errorf("two mails wait: %+v", got)
		}
		do(`UPDATE message SET state = 'failed', reason = 'mail is not configured' WHERE person = 'ana'`)
		if got := run(); got.Waiting != 1 || got.Lost != 1 || got.Reason != "mail is not configured" {
			r.Errorf("one is lost: %+v", got)
		}
		mail("ana", "/phone")
		do(`UPDATE message SET state = 'sent' WHERE address = 'ana/phone@bank.example'`)
		if got := run(); got.Arrived != 1 || got.Waiting != 1 || got.Lost != 0 {
			r.Errorf("it reached Ana another way: %+v", got)
		}
		if others, err := r.LastRuns(r.Context(), r.ben); err != nil || len(others) != 0 {
			r.Errorf("Ben sees the report of a private search: %+v, %v", others, err)
		}
	})
}
