package alert

import (
	"context"

	"mainstay/internal/base/actor"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// Input is what monitoring has said about one service. A service without one has never been
// heard of, so nobody knows how it is.
type Input struct {
	Service string // name
	Firing  int64  // alerts that fire now
	Stale   int64  // alerts whose sender has fallen silent
}

// Inputs returns the input of every service that has any, by name of the service.
func (s *Service) Inputs(ctx context.Context, by actor.Actor) (out map[string]Input, err error) {
	if err := people.Allow(by, people.AlertRead, people.Target{}); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		out, err = Inputs(tx)
		return err
	})
	return out, err
}

// Heard reports whether anybody has ever sent an alert, apart from Mainstay itself: what its log rules notice,
// and what it watches of itself, says nothing of the way in.
func (s *Service) Heard(ctx context.Context, by actor.Actor) (heard bool, err error) {
	if err := people.Allow(by, people.AlertRead, people.Target{}); err != nil {
		return false, err
	}
	err = s.DB.View(ctx, func(tx *db.Tx) error {
		heard, err = ledger.BegunByOthers(tx, "alert")
		return err
	})
	return heard, err
}

// Inputs is Service.Inputs in the caller's transaction. The caller has checked its own permission.
func Inputs(tx *db.Tx) (map[string]Input, error) {
	rows, err := db.All(tx, func(sc db.Scanner) (in Input, err error) {
		return in, sc.Scan(&in.Service, &in.Firing, &in.Stale)
	}, `
		SELECT s.name, (SELECT count(*) FROM alert a WHERE a.service = s.id AND a.state = 'firing'),
		       (SELECT count(*) FROM alert a WHERE a.service = s.id AND a.state = 'stale')
		FROM service s WHERE EXISTS (SELECT 1 FROM alert a WHERE a.service = s.id)`)
	out := make(map[string]Input, len(rows))
	for _, in := range rows {
		out[in.Service] = in
	}
	return out, err
}
