package people

import (
	"context"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
	"mainstay/internal/engine/db"
)

// Self returns the person who acts, by a session or a signed link.
func (s *Service) Self(ctx context.Context, by actor.Actor) (u User, err error) {
	if !by.IsPerson() {
		return u, errs.Forbiddenf("%s is not a person", by.Name)
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		u, err = UserByID(tx, UserID(by.ID))
		return err
	})
	return u, err
}
