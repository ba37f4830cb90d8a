package api

import (
	"context"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/customer"
	"mainstay/internal/domain/people"
)

func (a *API) customers() {
	configure(a, noun[customer.Spec]{
		path: "customers", searched: true, one: "a customer", read: people.CustomerRead, write: people.CustomerWrite,
		list: func(ctx context.Context, by actor.Actor, s search) (page.List[document[customer.Spec]], error) {
			list, err := a.Customers.Specs(ctx, by, s.Query, s.Request)
			return each(list, func(n customer.Named) document[customer.Spec] { return document[customer.Spec](n) }), err
		},
		get: func(ctx context.Context, by actor.Actor, name string) (customer.Spec, error) {
			return a.Customers.SpecOf(ctx, by, name)
		},
		put: func(ctx context.Context, by actor.Actor, name string, spec customer.Spec) error {
			_, err := a.Customers.Put(ctx, by, customer.In{Name: name, Spec: spec})
			return err
		},
		remove: func(ctx context.Context, by actor.Actor, name string) error { return a.Customers.Delete(ctx, by, name) },
	})
}
