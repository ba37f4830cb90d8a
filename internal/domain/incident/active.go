package incident

import "mainstay/internal/engine/db"

// ActiveIn returns the incidents that are not restored, for another room, which has checked its own
// permission.
func ActiveIn(tx *db.Tx) ([]Incident, error) {
	return db.All(tx, scan, `SELECT `+columns+from+`WHERE i.state IN ('open', 'acknowledged', 'investigating') ORDER BY i.number`)
}
