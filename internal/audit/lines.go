package audit

import (
	"fmt"
	"time"

	"mainstay/internal/engine/db"
)

// Lines is what the spool of log lines says of itself. Positions in it only grow, and may jump.
type Lines struct {
	Spool      string    // its ID
	Start, End int64     // the first position that can be read, and the one behind everything
	Released   int64     // before it the log rules need nothing any more, as the spool was told
	Now        time.Time // on the wall, as all times of log lines
}

// linesLate is how long log rules may not move while lines wait: they note every minute that they live.
const linesLate = 3 * time.Minute

// shown checks invariant 7: what was let go, the rules had been shown durably, and they go on. It is
// given what the spool said before the transaction began, because the cursor moves first.
func shown(tx *db.Tx, l Lines) ([]Finding, error) {
	type row struct {
		cursor int64
		at     time.Time
	}
	list, err := db.All(tx, func(sc db.Scanner) (r row, err error) { return r, sc.Scan(&r.cursor, db.Time(&r.at)) },
		`SELECT cursor, at FROM rule_spool WHERE spool = ?`, l.Spool)
	if err != nil || len(list) == 0 { // the rules have not begun here
		return nil, err
	}
	var found []Finding
	at := list[0]
	if l.Released > at.cursor && l.Released > l.Start { // at Start: readers begin there when positions have jumped
		found = append(found, Finding{Invariant: 7, Subject: fmt.Sprintf("log lines behind position %d", at.cursor),
			Text: "were let go before it was stored that log rules had been shown them: search what came meanwhile for what the rules notice, and restart the server"})
	}
	if l.End > at.cursor && l.Now.Sub(at.at) > linesLate {
		found = append(found, Finding{Invariant: 7, Subject: fmt.Sprintf("log lines behind position %d", at.cursor), Late: true,
			Text: "wait for log rules, which have not moved for minutes: nobody is paged for what they would notice; the server's log says why"})
	}
	return found, nil
}
