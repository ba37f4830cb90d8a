package app

import (
	"mainstay/internal/domain/health"
	"mainstay/internal/domain/incident"
	"mainstay/internal/engine/db"
)

// troubles tells health which incidents are not restored.
type troubles struct{}

// ActiveIn returns the incidents that are not restored.
func (troubles) ActiveIn(tx *db.Tx) ([]health.Trouble, error) {
	list, err := incident.ActiveIn(tx)
	out := make([]health.Trouble, len(list))
	for i, in := range list {
		out[i] = health.Trouble{
			ID: string(in.ID), Key: in.Key(), Title: in.Title, Service: in.Service, Severity: in.Severity,
			Acknowledged: in.State != incident.Open, Holder: in.Holder(), SnoozedUntil: in.SnoozedUntil, Since: in.Since(),
		}
	}
	return out, err
}
