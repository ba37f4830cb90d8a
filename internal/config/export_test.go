package config

import "mainstay/internal/engine/db"

// Revision lets tests see what an application is checked by.
func (s *Service) Revision(tx *db.Tx) (int64, error) { return s.revision(tx) }

// KindNames lets tests see that they have thought of every kind.
func (s *Service) KindNames() []string { return s.names() }
