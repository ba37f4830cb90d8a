package app

import (
	"net/url"

	"mainstay/internal/domain/check"
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

// lookouts tells health what checks see of components.
type lookouts struct{ checks *check.Service }

// seenAs is what the state of a check says of its component; one that has no result yet, or is switched off,
// says nothing.
var seenAs = map[check.State]health.State{
	check.OK: health.OK, check.Degraded: health.Warn, check.Failed: health.Bad, check.Unknown: health.Unknown,
}

// Sightings returns what checks see. What an alert of a check tells already is not told again: the alert knows
// who has it.
func (l lookouts) Sightings(tx *db.Tx) ([]health.Sighting, error) {
	list, err := l.checks.StatusesIn(tx)
	var out []health.Sighting
	for _, c := range list {
		state, says := seenAs[c.State]
		if c.Component == "" || !says {
			continue
		}
		if c.Alerting != "" {
			state = health.OK
		}
		out = append(out, health.Sighting{Component: c.Component, State: state, Text: c.Name + ": " + c.Message, Since: c.Since,
			URL: "/checks/" + url.PathEscape(c.Name)})
	}
	return out, err
}
