package ledger

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/id"
	"mainstay/internal/engine/db"
)

// Record names what an event belongs to: {"incident", id}.
type Record struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
}

// Event is one change of one record.
type Event struct {
	ID       string
	Position int64 // 0 until the sequencer has placed it
	Record   Record
	Seq      int64 // 1, 2, 3 … within the record
	At       time.Time
	Kind     string // "incident.acknowledged"
	Actor    actor.Actor
	Payload  json.RawMessage // nil after erasure
	About    []Record
}

// Into decodes the payload into dst; an erased payload leaves dst as it is.
func (e Event) Into(dst any) error {
	if len(e.Payload) == 0 {
		return nil
	}
	if err := json.Unmarshal(e.Payload, dst); err != nil {
		return fmt.Errorf("payload of event %s (%s): %w", e.ID, e.Kind, err)
	}
	return nil
}

// Append writes an event of record r in the caller's transaction. The payload is a struct
// of the room that owns the record; nil stands for none.
func Append(tx *db.Tx, by actor.Actor, r Record, kind string, payload any, about ...Record) error {
	seq, err := nextSeq(tx, r)
	if err != nil {
		return err
	}
	return store(tx, by, r, seq, kind, payload, about)
}

// Begin is Append for the first event of a record that this transaction makes.
func Begin(tx *db.Tx, by actor.Actor, r Record, kind string, payload any, about ...Record) error {
	return store(tx, by, r, 1, kind, payload, about)
}

func store(tx *db.Tx, by actor.Actor, r Record, seq int64, kind string, payload any, about []Record) error {
	tx.Signal(db.EventsStored)
	db.Memory[numbers](tx).note(r, seq)
	body := ""
	if payload != nil {
		body = db.AsJSON(payload)
	}
	salt := newSalt()
	eventID := id.New[string]()
	_, err := tx.Exec(`
		INSERT INTO event (id, record_kind, record_id, seq, at, kind,
		                   actor_kind, actor_id, actor_name, payload, salt, digest)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		eventID, r.Kind, r.ID, seq, tx.Now(), kind,
		string(by.Kind), by.ID, by.Name, body, salt, digest(salt, by, body))
	if err != nil {
		return fmt.Errorf("event %s of %s %s: %w", kind, r.Kind, r.ID, err)
	}
	for _, a := range about {
		if _, err := tx.Exec(`
			INSERT INTO event_about (event_id, record_kind, record_id) VALUES (?, ?, ?)
			ON CONFLICT DO NOTHING`, eventID, a.Kind, a.ID); err != nil {
			return err
		}
	}
	return nil
}

// numbers are the last that the transaction gave, by record. To look for them again would
// not only take time: on PostgreSQL, a look conflicts with everybody who writes to the same
// page of the index, and new events are all written to the same few.
type numbers struct{ last map[Record]int64 }

func (n *numbers) note(r Record, seq int64) {
	if n.last == nil {
		n.last = map[Record]int64{}
	}
	n.last[r] = seq
}

func nextSeq(tx *db.Tx, r Record) (int64, error) {
	if last, ok := db.Memory[numbers](tx).last[r]; ok {
		return last + 1, nil
	}
	return db.One(tx, db.Value[int64], `
		SELECT COALESCE(MAX(seq), 0) + 1 FROM event WHERE record_kind = ? AND record_id = ?`, r.Kind, r.ID)
}

func newSalt() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	return hex.EncodeToString(b[:])
}

func digest(salt string, by actor.Actor, payload string) string {
	h := sha256.New()
	for _, part := range []string{salt, string(by.Kind), by.ID, by.Name, payload} {
		fmt.Fprintf(h, "%d:%s,", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil))
}

const columns = `e.id, COALESCE(e.position, 0), e.record_kind, e.record_id, e.seq, e.at, e.kind,
	e.actor_kind, e.actor_id, e.actor_name, COALESCE(e.payload, '')`

func scan(s db.Scanner) (Event, error) {
	var e Event
	var payload string
	err := s.Scan(&e.ID, &e.Position, &e.Record.Kind, &e.Record.ID, &e.Seq, db.Time(&e.At), &e.Kind,
		db.Text(&e.Actor.Kind), &e.Actor.ID, &e.Actor.Name, &payload)
	if payload != "" {
		e.Payload = json.RawMessage(payload)
	}
	return e, err
}

// Timeline returns the events of a record and those about it, oldest first.
func Timeline(tx *db.Tx, r Record) ([]Event, error) {
	return db.All(tx, scan, `
		SELECT `+columns+` FROM event e WHERE e.record_kind = ? AND e.record_id = ?
		UNION
		SELECT `+columns+` FROM event e JOIN event_about a ON a.event_id = e.id
		WHERE a.record_kind = ? AND a.record_id = ?
		ORDER BY 6, 1`, r.Kind, r.ID, r.Kind, r.ID)
}

// BegunByOthers reports whether a record of a kind was begun by anybody but Mainstay itself.
func BegunByOthers(tx *db.Tx, kind string) (bool, error) {
	return db.One(tx, db.Value[bool], `
		SELECT EXISTS (SELECT 1 FROM event WHERE record_kind = ? AND seq = 1 AND NOT (actor_kind = ? AND actor_id = ?))`,
		kind, string(actor.Mainstay.Kind), actor.Mainstay.ID)
}

// Latest returns up to limit events of a record, the latest first.
func Latest(tx *db.Tx, r Record, limit int) ([]Event, error) {
	return db.All(tx, scan, `
		SELECT `+columns+` FROM event e WHERE e.record_kind = ? AND e.record_id = ? ORDER BY e.seq DESC LIMIT ?`, r.Kind, r.ID, limit)
}

// After returns up to limit placed events behind position, in order.
func After(tx *db.Tx, position int64, limit int) ([]Event, error) {
	events, err := db.All(tx, scan, `
		SELECT `+columns+` FROM event e WHERE e.position > ? ORDER BY e.position LIMIT ?`, position, limit)
	if err != nil || len(events) == 0 {
		return nil, err
	}
	return events, loadAbout(tx, events)
}

// loadAbout fills in what the events are about; they are all there are between the first
// and the last, in order.
func loadAbout(tx *db.Tx, events []Event) error {
	type link struct {
		position int64
		about    Record
	}
	first, last := events[0].Position, events[len(events)-1].Position
	links, err := db.All(tx, func(s db.Scanner) (l link, err error) {
		return l, s.Scan(&l.position, &l.about.Kind, &l.about.ID)
	}, `SELECT e.position, a.record_kind, a.record_id FROM event e JOIN event_about a ON a.event_id = e.id
		WHERE e.position >= ? AND e.position <= ? ORDER BY e.position, a.record_kind, a.record_id`, first, last)
	i := 0
	for _, l := range links {
		for events[i].Position < l.position {
			i++
		}
		events[i].About = append(events[i].About, l.about)
	}
	return err
}

// Erase removes the payload and salt of an event and keeps its digest, so that a person's
// data can go and the seals still hold. The actor's name goes with it.
func Erase(tx *db.Tx, eventID string) error {
	_, err := tx.Exec(`UPDATE event SET payload = NULL, salt = '', actor_name = 'erased' WHERE id = ?`, eventID)
	return err
}
