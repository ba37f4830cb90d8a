package audit

import (
	"fmt"
	"time"

	"mainstay/internal/engine/db"
)

// perRule bounds what one rule finds. When more is broken, nobody reads the rest.
const perRule = 100

// rule is a query for the subjects that break a promise; it gives one TEXT column.
type rule struct {
	invariant int
	query     string
	text      string
	// late, when not 0, is subtracted from now and given as the only argument.
	late time.Duration
}

// find returns the first subjects that it comes across.
func (r rule) find(tx *db.Tx) ([]string, error) {
	var args []any
	if r.late > 0 {
		args = append(args, tx.Now().Add(-r.late))
	}
	return db.All(tx, db.Value[string], r.query+` LIMIT ?`, append(args, perRule)...)
}

const active = `i.state IN ('open', 'acknowledged', 'investigating')`

var rules = []rule{
	{invariant: 1, text: "is not restored and its response clock does not run: page by hand, then reopen it",
		query: `SELECT 'INC-' || i.number FROM incident i LEFT JOIN escalation e ON e.subject = i.id
			WHERE ` + active + ` AND (e.subject IS NULL
				OR e.response_state NOT IN ('running', 'waiting', 'stopped')
				OR e.response_state = 'running' AND NOT EXISTS (
					SELECT 1 FROM timer t WHERE t.subject = i.id AND t.kind = 'escalation.response')
				OR e.response_state = 'waiting' AND NOT EXISTS (
					SELECT 1 FROM timer t WHERE t.subject = i.id AND t.kind = 'escalation.ack'))`},
	{invariant: 1, text: "is not restored and its resolution clock does not run: escalate by hand, then reopen it",
		query: `SELECT 'INC-' || i.number FROM incident i LEFT JOIN escalation e ON e.subject = i.id
			WHERE ` + active + ` AND (e.subject IS NULL
				OR e.resolution_state NOT IN ('running', 'stopped')
				OR e.resolution_state = 'running' AND NOT EXISTS (
					SELECT 1 FROM timer t WHERE t.subject = i.id AND t.kind = 'escalation.resolution'))`},
	{invariant: 1, text: "has a stopped clock, but no event says who stopped it",
		query: `SELECT 'INC-' || i.number FROM incident i JOIN escalation e ON e.subject = i.id
			WHERE ` + active + ` AND 'stopped' IN (e.response_state, e.resolution_state) AND NOT EXISTS (
				SELECT 1 FROM event v WHERE v.record_kind = 'incident' AND v.record_id = i.id AND v.kind = 'escalation.stopped')`},
	{invariant: 2, text: "waits to be sent but has no next attempt",
		query: `SELECT id FROM message WHERE state IN ('queued', 'sending') AND next_attempt IS NULL`},
	{invariant: 2, text: "should have been tried minutes ago: the delivery workers do not keep up or have stopped", late: 5 * time.Minute,
		query: `SELECT id FROM message WHERE state IN ('queued', 'sending') AND next_attempt < ?`},
	{invariant: 2, text: "could not be delivered and nobody has been told",
		query: `SELECT m.id FROM message m WHERE m.state = 'failed' AND m.page <> '' AND NOT EXISTS (
				SELECT 1 FROM event v WHERE v.record_kind = 'page' AND v.record_id = m.page AND v.kind = 'message.failed')`},
	{invariant: 2, text: "is a page that goes on for nobody: no timer and no message of it is left",
		query: `SELECT p.id FROM page p WHERE p.state = 'running'
			AND NOT EXISTS (SELECT 1 FROM timer t WHERE t.subject = p.id)
			AND NOT EXISTS (SELECT 1 FROM message m WHERE m.page = p.id AND m.state IN ('queued', 'sending'))`},
	{invariant: 1, text: "is an alert whose incident does not exist",
		query: `SELECT a.id FROM alert a LEFT JOIN incident i ON i.id = a.incident WHERE i.id IS NULL AND a.state <> 'resolved' AND a.held = ''`},
	{invariant: 1, text: "is an alert that fires although its incident counts as restored, and nothing will look at it again: reopen the incident",
		query: `SELECT a.id FROM alert a JOIN incident i ON i.id = a.incident
			WHERE a.state = 'firing' AND i.state IN ('restored', 'closed')
			AND NOT EXISTS (SELECT 1 FROM timer t WHERE t.subject = i.id AND t.kind = 'incident.still-firing')`},
	{invariant: 0, text: "is a timer that is long overdue: the timer workers do not keep up, have stopped, or its handler fails", late: 2 * time.Minute,
		query: `SELECT kind || ' of ' || subject FROM timer WHERE first_due < ?`},
	{invariant: 5, text: "is an event without a position: the sequencer has stopped", late: 2 * time.Minute,
		query: `SELECT id FROM event WHERE position IS NULL AND at < ?`},
}

// ledgerStep is how many positions one check goes forward.
const ledgerStep = 20_000

// ledger checks the positions that came since the last check, and their records.
func (a *Auditor) ledger(tx *db.Tx) ([]Finding, error) {
	head, err := db.One(tx, db.Value[int64], `SELECT position FROM ledger_head WHERE one = 1`)
	if err != nil {
		return nil, err
	}
	to := min(head, a.verified+ledgerStep)
	var found []Finding
	n, err := db.One(tx, db.Value[int64], `SELECT count(*) FROM event WHERE position > ? AND position <= ?`, a.verified, to)
	if err != nil {
		return nil, err
	}
	if n != to-a.verified {
		found = append(found, Finding{Invariant: 5, Subject: fmt.Sprintf("positions %d to %d", a.verified+1, to),
			Text: fmt.Sprintf("hold %d events instead of %d: run mainstay verify-ledger", n, to-a.verified)})
	}
	gaps, err := db.All(tx, db.Value[string], `
		SELECT e.record_kind || ' ' || e.record_id FROM event e
		WHERE e.position > ? AND e.position <= ? AND e.seq > 1 AND NOT EXISTS (
			SELECT 1 FROM event p WHERE p.record_kind = e.record_kind AND p.record_id = e.record_id AND p.seq = e.seq - 1)
		LIMIT 20`, a.verified, to)
	for _, g := range gaps {
		found = append(found, Finding{Invariant: 5, Subject: g, Text: "has a gap in its events: run mainstay verify-ledger"})
	}
	if err == nil && len(found) == 0 {
		a.verified = to
	}
	return found, err
}
