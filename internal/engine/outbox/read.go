package outbox

import (
	"strings"
	"time"

	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// Filter narrows a list of messages; empty fields do not.
type Filter struct {
	Record  ledger.Record // what the message is about
	Person  string
	Page    string
	Method  string
	Channel Channel
	Kind    Kind
	State   State
}

func (f Filter) where() (clause string, args []any) {
	var b strings.Builder
	add := func(column, value string) {
		if value != "" {
			b.WriteString(" AND " + column + " = ?")
			args = append(args, value)
		}
	}
	add("record_kind", f.Record.Kind)
	add("record_id", f.Record.ID)
	add("person", f.Person)
	add("page <> '' AND page", f.Page)
	add("method", f.Method)
	add("channel", string(f.Channel))
	add("kind", string(f.Kind))
	add("state", string(f.State))
	return b.String(), args
}

// Latest returns up to limit messages, newest first; before, when not empty, is the id
// behind which to go on.
func Latest(tx *db.Tx, f Filter, before ID, limit int) ([]Message, error) {
	if before == "" {
		before = "~" // after every UUID
	}
	clause, args := f.where()
	args = append([]any{string(before)}, args...)
	return db.All(tx, scan, `SELECT `+columns+` FROM message WHERE id < ?`+clause+` ORDER BY id DESC LIMIT ?`,
		append(args, limit)...)
}

// ByID returns one message, or NotFound.
func ByID(tx *db.Tx, id ID) (Message, error) {
	m, err := db.One(tx, scan, `SELECT `+columns+` FROM message WHERE id = ?`, string(id))
	return m, db.OrNotFound(err, "there is no message with id %q", id)
}

// OfRecord returns the messages about a record, oldest first.
func OfRecord(tx *db.Tx, r ledger.Record) ([]Message, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM message
		WHERE record_kind = ? AND record_id = ? ORDER BY created, id`, r.Kind, r.ID)
}

// OfPage returns the messages of a page, oldest first.
func OfPage(tx *db.Tx, page string) ([]Message, error) {
	return db.All(tx, scan, `SELECT `+columns+` FROM message WHERE page = ? AND page <> '' ORDER BY created, id`, page)
}

// Overdue is how long the message that has waited longest past its next attempt has done
// so; 0 when none is due.
func Overdue(tx *db.Tx) (time.Duration, error) {
	at, err := db.One(tx, func(s db.Scanner) (at time.Time, err error) {
		return at, s.Scan(db.Time(&at))
	}, `SELECT MIN(next_attempt) FROM message WHERE state IN ('queued', 'sending') AND next_attempt <= ?`, tx.Now())
	if err != nil || at.IsZero() {
		return 0, err
	}
	return tx.Now().Sub(at), nil
}

const columns = `id, dedup, channel, address, method, person, page, priority, kind, record_kind, record_id,
	content, state, reason, attempts, possible_repeat, next_attempt, delivery, withdrawn, created, finished`

func scan(s db.Scanner) (m Message, err error) {
	return m, s.Scan(db.Text(&m.ID), &m.Dedup, db.Text(&m.Channel), &m.Address, &m.Method, &m.Person, &m.Page,
		&m.Priority, db.Text(&m.Kind), &m.Record.Kind, &m.Record.ID,
		db.JSON(&m.Content), db.Text(&m.State), &m.Reason, &m.Attempts, &m.PossibleRepeat,
		db.Time(&m.NextAttempt), &m.Delivery, &m.Withdrawn, db.Time(&m.Created), db.Time(&m.Finished))
}
