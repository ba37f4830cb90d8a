// Package followup is the pages of follow-ups: what people promised to do, by whom and when.
package followup

import (
	"context"
	"net/url"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/clock"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/followup"
	"mainstay/internal/domain/people"
	"mainstay/internal/engine/ledger"
	"mainstay/internal/web/action"
	"mainstay/internal/web/ui"
)

// Config is what the pages need.
type Config struct {
	FollowUps *followup.Service
	People    *people.Service
	Clock     clock.Clock
	// Origin tells what a record is called and where its page is: "INC-7", "/incidents/INC-7".
	// Empty when the reader may not see it.
	Origin func(context.Context, actor.Actor, ledger.Record) (label, address string)
	// Incident returns the record of the incident with that key.
	Incident func(ctx context.Context, by actor.Actor, key string) (ledger.Record, error)
}

type pages struct{ Config }

// Routes are the pages of follow-ups.
func Routes(c Config) []action.Route {
	p := pages{c}
	return []action.Route{
		action.Get("/follow-ups", people.FollowUpRead, p.list),
		action.Get("/follow-ups/+new", people.FollowUpWrite, p.newForm),
		action.Post("/follow-ups/+new", people.FollowUpWrite, p.create),
		action.Get("/follow-ups/{id}", people.FollowUpRead, p.show),
		action.Post("/follow-ups/{id}", people.FollowUpWrite, p.change),
		action.Post("/follow-ups/{id}/complete", people.FollowUpWrite, p.complete),
		action.Post("/follow-ups/{id}/drop", people.FollowUpWrite, p.drop),
		action.Post("/follow-ups/{id}/reopen", people.FollowUpWrite, p.reopen),
	}
}

func address(id followup.ID) string { return "/follow-ups/" + url.PathEscape(string(id)) }

// origin is where a follow-up came from.
type origin struct{ label, address string }

func (p pages) origin(ctx context.Context, by actor.Actor, r ledger.Record) origin {
	if r.Kind == "" {
		return origin{}
	}
	if p.Origin != nil {
		if label, address := p.Origin(ctx, by, r); label != "" {
			return origin{label, address}
		}
	}
	return origin{label: r.Kind}
}

// owners are the people who can be given something to do, for a choice.
func (p pages) owners(ctx context.Context, by actor.Actor) ([]ui.Option, error) {
	list, err := p.People.ListUsers(ctx, by, people.UserFilter{}, page.Request{Limit: page.MaxLimit})
	out := []ui.Option{{Value: "", Label: "Choose who does it"}}
	for _, u := range list.Items {
		if u.Role != actor.Client {
			out = append(out, ui.Option{Value: u.Login, Label: u.Name})
		}
	}
	return out, err
}
