package notify

import (
	"context"
	"slices"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/outbox"
)

// Reachable returns on which channels each person has a verified method, of those over which
// messages can leave. Who cannot be reached is not in it.
func (s *Service) Reachable(ctx context.Context, by actor.Actor) (map[people.UserID][]outbox.Channel, error) {
	if err := people.Allow(by, people.ContactRead, people.Target{}); err != nil {
		return nil, err
	}
	var methods []Method
	err := s.DB.View(ctx, func(tx *db.Tx) (err error) {
		methods, err = db.All(tx, scanMethod, `
			SELECT `+methodColumns+` FROM contact_method WHERE verified IS NOT NULL ORDER BY person, position, id`)
		return err
	})
	out := map[people.UserID][]outbox.Channel{}
	for _, m := range methods {
		leaves := s.Channels == nil || slices.Contains(s.Channels, m.Channel)
		if leaves && !slices.Contains(out[m.Person], m.Channel) {
			out[m.Person] = append(out[m.Person], m.Channel)
		}
	}
	return out, err
}

// FailedSince returns the pages that no channel could deliver, ended at or after an instant, at
// most the last hundred.
func (s *Service) FailedSince(ctx context.Context, by actor.Actor, since time.Time) (out []Page, err error) {
	if err := people.Allow(by, people.MessageRead, people.Target{}); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		out, err = db.All(tx, scanPage, `SELECT `+pageColumns+` FROM page
			WHERE state = 'exhausted' AND finished >= ? ORDER BY finished DESC, id LIMIT 100`, since)
		return err
	})
	return out, err
}

// MessageByID is Message for callers to whom the id is a text.
func (s *Service) MessageByID(ctx context.Context, by actor.Actor, id string) (outbox.Message, error) {
	return s.Message(ctx, by, outbox.ID(id))
}
