package incident

import (
	"context"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

// GetByID returns an incident by the id that links in messages carry.
func (s *Service) GetByID(ctx context.Context, by actor.Actor, id ID) (i Incident, err error) {
	if err := people.Allow(by, people.IncidentRead, people.Target{}); err != nil {
		return i, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		i, err = ByID(tx, id)
		return err
	})
	return i, err
}
