package alert

import (
	"context"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/id"
	"mainstay/internal/base/page"
	"mainstay/internal/base/worker"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

// Quarantined is something that a sender sent and that could not be taken.
type Quarantined struct {
	ID     string
	At     time.Time
	Sender string
	Reason string
	Body   string
}

const (
	maxKept = 64 << 10 // bytes of a refused body

	// A sender that nobody mends must not fill the disk: what is older than this goes, and
	// so does what is beyond the newest so many.
	quarantineLife = 30 * 24 * time.Hour
	maxQuarantined = 10_000
)

// Quarantine keeps a body that could not even be read as alerts.
func (s *Service) Quarantine(ctx context.Context, by actor.Actor, reason string, body []byte) error {
	if err := people.Allow(by, people.AlertSend, people.Target{Service: by.Service}); err != nil {
		return err
	}
	return s.DB.Do(ctx, func(tx *db.Tx) error { return keep(tx, by, reason, body) })
}

// QuarantineIn keeps an alert that ReceiveIn could not take, and the reason, in the caller's transaction.
func (s *Service) QuarantineIn(tx *db.Tx, by actor.Actor, in In, why error) error {
	if err := people.Allow(by, people.AlertSend, people.Target{Service: by.Service}); err != nil {
		return err
	}
	return s.quarantineIn(tx, by, []refused{{in, why}})
}

func (s *Service) quarantineIn(tx *db.Tx, by actor.Actor, bad []refused) error {
	for _, b := range bad {
		if err := keep(tx, by, b.why.Error(), b.in.sent()); err != nil {
			return err
		}
	}
	return nil
}

// sent is what the sender said, or nearly so.
func (in In) sent() []byte {
	if in.Sent != "" {
		return []byte(in.Sent)
	}
	return []byte(db.AsJSON(in))
}

func keep(tx *db.Tx, by actor.Actor, reason string, body []byte) error {
	text := strings.ReplaceAll(strings.ToValidUTF8(string(body[:min(len(body), maxKept)]), "\uFFFD"), "\x00", "\uFFFD")
	reason = strings.ReplaceAll(strings.ToValidUTF8(reason, "\uFFFD"), "\x00", "\uFFFD")
	_, err := tx.Exec(`INSERT INTO alert_quarantine (id, at, sender, reason, body) VALUES (?, ?, ?, ?, ?)`,
		id.New[string](), tx.Now(), by.Name, cut(reason, 2000), text)
	return err
}

// ListQuarantine returns what was refused, newest first.
func (s *Service) ListQuarantine(ctx context.Context, by actor.Actor, r page.Request) (out page.List[Quarantined], err error) {
	if err := people.Allow(by, people.AlertWrite, people.Target{}); err != nil {
		return out, err
	}
	before := "~"
	if _, err := page.Decode(r.Cursor, &before); err != nil {
		return out, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		rows, err := db.All(tx, func(sc db.Scanner) (q Quarantined, err error) {
			return q, sc.Scan(&q.ID, db.Time(&q.At), &q.Sender, &q.Reason, &q.Body)
		}, `SELECT id, at, sender, reason, body FROM alert_quarantine WHERE id < ? ORDER BY id DESC LIMIT ?`, before, r.Size()+1)
		out = page.Of(rows, r, func(q Quarantined) any { return q.ID })
		return err
	})
	return out, err
}

// Sweep removes what has been in the quarantine for long enough. Run it every hour.
func (s *Service) Sweep(ctx context.Context) (worker.Result, error) {
	return worker.Result{}, s.DB.Do(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`
			DELETE FROM alert_quarantine WHERE at < ? OR id <= (
				SELECT id FROM alert_quarantine ORDER BY id DESC LIMIT 1 OFFSET ?)`,
			tx.Now().Add(-quarantineLife), maxQuarantined)
		return err
	})
}
