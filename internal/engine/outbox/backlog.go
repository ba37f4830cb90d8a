package outbox

import (
	"time"

	"mainstay/internal/engine/db"
)

// Backlog is what waits to be delivered, and what could not be.
type Backlog struct {
	Waiting int64         // queued or being sent
	Overdue time.Duration // how long the one that has waited longest is past its next attempt
	Failed  int64         // since the instant that was asked for
}

// BacklogSince counts messages for a page about the desk itself.
func BacklogSince(tx *db.Tx, since time.Time) (b Backlog, err error) {
	b, err = db.One(tx, func(s db.Scanner) (b Backlog, err error) {
		return b, s.Scan(&b.Waiting, &b.Failed)
	}, `SELECT (SELECT count(*) FROM message WHERE state IN ('queued', 'sending')),
		       (SELECT count(*) FROM message WHERE state = 'failed' AND finished >= ?)`, since)
	if err != nil {
		return b, err
	}
	b.Overdue, err = Overdue(tx)
	return b, err
}
