package metricstore

import "context"

// Compact packs what can be packed into blocks now, without waiting for the TSDB to do it by itself.
func (s *Store) Compact(ctx context.Context) error {
	db, err := s.tsdb()
	if err != nil {
		return err
	}
	return db.Compact(ctx)
}
