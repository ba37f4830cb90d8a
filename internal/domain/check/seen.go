package check

import "mainstay/internal/engine/db"

// StatusesIn returns every check and how it stands with it, by name, for another room, which has checked its
// own permission.
func (s *Service) StatusesIn(tx *db.Tx) ([]Status, error) { return s.statuses(tx, `ORDER BY c.name`) }
