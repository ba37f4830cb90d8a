package followup

import (
	"context"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

// Counts is how many follow-ups are open.
type Counts struct {
	Open, Overdue         int // everybody's
	MineOpen, MineOverdue int
}

// Count counts the open follow-ups, everybody's and the actor's own.
func (s *Service) Count(ctx context.Context, by actor.Actor) (c Counts, err error) {
	if err := people.Allow(by, people.FollowUpRead, people.Target{}); err != nil {
		return c, err
	}
	err = s.db.View(ctx, func(tx *db.Tx) error {
		c, err = db.One(tx, func(r db.Scanner) (c Counts, err error) {
			return c, r.Scan(&c.Open, &c.Overdue, &c.MineOpen, &c.MineOverdue)
		}, `SELECT count(*),
				COALESCE(SUM(CASE WHEN due < ? THEN 1 ELSE 0 END), 0),
				COALESCE(SUM(CASE WHEN owner = ? THEN 1 ELSE 0 END), 0),
				COALESCE(SUM(CASE WHEN owner = ? AND due < ? THEN 1 ELSE 0 END), 0)
			FROM followup WHERE state = 'open'`, tx.Now(), by.ID, by.ID, tx.Now())
		return err
	})
	return c, err
}
