package api

import (
	"context"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/escalation"
	"mainstay/internal/domain/people"
)

func (a *API) policies() {
	configure(a, noun[escalation.Spec]{
		path: "policies", one: "an escalation policy", read: people.PolicyRead, write: people.PolicyWrite,
		list: func(ctx context.Context, by actor.Actor, s search) (page.List[document[escalation.Spec]], error) {
			list, err := a.Escalation.Policies(ctx, by, s.Request)
			return each(list, func(p escalation.Policy) document[escalation.Spec] { return document[escalation.Spec]{p.Name, p.Spec} }), err
		},
		get: func(ctx context.Context, by actor.Actor, name string) (escalation.Spec, error) {
			p, err := a.Escalation.Policy(ctx, by, name)
			return p.Spec, err
		},
		put: func(ctx context.Context, by actor.Actor, name string, spec escalation.Spec) error {
			return a.Escalation.Apply(ctx, by, name, spec)
		},
		remove: func(ctx context.Context, by actor.Actor, name string) error {
			return a.Escalation.Delete(ctx, by, name)
		},
	})
}
