package incident

import (
	"context"
	"slices"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/engine/db"
	"mainstay/internal/engine/ledger"
)

// Entry is an event on the timeline of an incident.
type Entry struct {
	ledger.Event
	// Happened is when it was. It lies before Event.At for what was written down later.
	Happened time.Time
}

// Late reports whether it was written down later than it happened.
func (e Entry) Late() bool { return e.Happened.Before(e.At) }

// Timeline returns everything that happened to an incident, in the order in which it did.
func (s *Service) Timeline(ctx context.Context, by actor.Actor, key string) (out []Entry, err error) {
	err = s.read(ctx, by, key, func(tx *db.Tx, i Incident) error {
		out, err = timelineOf(tx, i)
		return err
	})
	return out, err
}

func timelineOf(tx *db.Tx, i Incident) ([]Entry, error) {
	events, err := ledger.Timeline(tx, i.Record())
	if err != nil {
		return nil, err
	}
	out := make([]Entry, len(events))
	for n, e := range events {
		out[n] = Entry{e, e.At}
		if e.Kind != "incident.commented" {
			continue
		}
		var c Comment
		if err := e.Into(&c); err != nil {
			return nil, err
		}
		if !c.At.IsZero() {
			out[n].Happened = c.At
		}
	}
	slices.SortStableFunc(out, func(a, b Entry) int { return a.Happened.Compare(b.Happened) })
	return out, nil
}
