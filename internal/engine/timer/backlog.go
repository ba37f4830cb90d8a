package timer

import (
	"time"

	"mainstay/internal/engine/db"
)

// Backlog is what is promised, and what is late.
type Backlog struct {
	Pending int64 // all of them
	Late    int64
	Overdue time.Duration // how late the latest one is
}

// BacklogNow counts timers for a page about the desk itself. A second late is not late.
func BacklogNow(tx *db.Tx) (Backlog, error) {
	var oldest time.Time
	b, err := db.One(tx, func(s db.Scanner) (b Backlog, err error) {
		return b, s.Scan(&b.Pending, &b.Late, db.Time(&oldest))
	}, `SELECT count(*), COALESCE(SUM(CASE WHEN first_due < ? THEN 1 ELSE 0 END), 0), MIN(first_due) FROM timer`,
		tx.Now().Add(-time.Second))
	if err == nil && b.Late > 0 {
		b.Overdue = tx.Now().Sub(oldest)
	}
	return b, err
}
