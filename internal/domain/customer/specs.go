package customer

import (
	"context"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/engine/db"
)

// Specs lists customers as List does, as people write them.
func (s *Service) Specs(ctx context.Context, by actor.Actor, q string, r page.Request) (page.List[Named], error) {
	list, err := s.List(ctx, by, q, r)
	out := page.List[Named]{Items: make([]Named, len(list.Items)), Next: list.Next}
	if err != nil {
		return out, err
	}
	return out, s.db.View(ctx, func(tx *db.Tx) error {
		for i, c := range list.Items {
			spec, err := c.spec(tx)
			if err != nil {
				return err
			}
			out.Items[i] = Named{c.Name, spec}
		}
		return nil
	})
}
