package timer

import (
	"strings"

	"mainstay/internal/engine/db"
)

// Soonest returns up to limit pending timers of the kinds, the one due first first.
func Soonest(tx *db.Tx, limit int, kinds ...Kind) ([]Timer, error) {
	if len(kinds) == 0 {
		return nil, nil
	}
	args := make([]any, 0, len(kinds)+1)
	for _, k := range kinds {
		args = append(args, string(k))
	}
	return db.All(tx, scan, `
		SELECT `+columns+` FROM timer WHERE kind IN (?`+strings.Repeat(", ?", len(kinds)-1)+`) ORDER BY due, id LIMIT ?`,
		append(args, limit)...)
}
