package alert

import (
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/engine/db"
)

// ActiveIn returns every alert that has not resolved, oldest first, for another room, which has checked
// its own permission.
func ActiveIn(tx *db.Tx) ([]Alert, error) {
	return db.All(tx, scan, `SELECT `+columns+from+`WHERE a.state IN ('firing', 'stale') ORDER BY a.created, a.id`)
}

// HeardOf returns the components about which monitoring has ever sent an alert.
func HeardOf(tx *db.Tx) (map[catalogue.ComponentID]bool, error) {
	list, err := db.All(tx, db.Value[string], `
		SELECT c.id FROM component c WHERE EXISTS (SELECT 1 FROM alert a WHERE a.component = c.id)`)
	out := make(map[catalogue.ComponentID]bool, len(list))
	for _, id := range list {
		out[catalogue.ComponentID(id)] = true
	}
	return out, err
}
