package source

import (
	"time"

	"mainstay/internal/engine/db"
)

// Hours returns how many lines a source has sent in each hour since an instant, by the hour's
// beginning (UTC); an hour without any is left out. The caller has checked its own permission.
func Hours(tx *db.Tx, name string, since time.Time) (map[time.Time]int64, error) {
	type hour struct {
		at    time.Time
		lines int64
	}
	rows, err := db.All(tx, func(sc db.Scanner) (h hour, err error) { return h, sc.Scan(db.Time(&h.at), &h.lines) }, `
		SELECT h.hour, h.lines FROM source_hour h JOIN source s ON s.id = h.source
		WHERE s.name = ? AND h.hour >= ? AND h.lines > 0`, name, since)
	out := make(map[time.Time]int64, len(rows))
	for _, h := range rows {
		out[h.at] = h.lines
	}
	return out, err
}
