package escalation

import (
	"context"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
)

// CatchAllEvery is the pause between two passes of the catch-all.
const CatchAllEvery = time.Duration(catchAllEvery) * time.Minute

// Builtin is the policy of services that name none.
func Builtin() Spec { return builtin() }

// Plain returns the policy with every pause filled in that it leaves to the default, for
// people to read.
func (s Spec) Plain() Spec {
	s.Response.RepeatAfter = s.Response.RepeatAfter.Or(defaultRepeatAfter)
	s.Response.AckTimeout = s.Response.AckTimeout.Or(defaultAckTimeout)
	s.Resolution.RepeatEvery = s.Resolution.RepeatEvery.Or(defaultRepeatEvery)
	return s
}

// Check says what Apply would refuse, and changes nothing.
func (s *Service) Check(ctx context.Context, by actor.Actor, name string, spec Spec) error {
	if err := people.Allow(by, people.PolicyWrite, people.Target{}); err != nil {
		return err
	}
	return s.DB.View(ctx, func(tx *db.Tx) error { return check(tx, name, spec) })
}
