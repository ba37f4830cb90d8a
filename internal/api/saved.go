package api

import (
	"context"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/people"
	"mainstay/internal/domain/saved"
)

// saved has the searches and dashboards that the caller may see: what is shared, and their own.
func (a *API) saved() {
	configure(a, noun[saved.SearchSpec]{
		path: "saved-searches", one: "a saved search", read: people.SearchRead, write: people.SearchWrite,
		list: func(ctx context.Context, by actor.Actor, s search) (page.List[document[saved.SearchSpec]], error) {
			list, err := a.Saved.Searches.List(ctx, by, s.Request)
			return each(list, func(it saved.Search) document[saved.SearchSpec] { return document[saved.SearchSpec]{it.Name, it.Spec} }), err
		},
		get: func(ctx context.Context, by actor.Actor, name string) (saved.SearchSpec, error) {
			it, err := a.Saved.Searches.Get(ctx, by, name)
			return it.Spec, err
		},
		put: func(ctx context.Context, by actor.Actor, name string, spec saved.SearchSpec) error {
			_, err := a.Saved.Searches.Put(ctx, by, saved.In[saved.SearchSpec]{Name: name, Spec: spec})
			return err
		},
		remove: func(ctx context.Context, by actor.Actor, name string) error {
			return a.Saved.Searches.Delete(ctx, by, name)
		},
	})
	configure(a, noun[saved.DashboardSpec]{
		path: "dashboards", one: "a dashboard", read: people.SearchRead, write: people.SearchWrite,
		list: func(ctx context.Context, by actor.Actor, s search) (page.List[document[saved.DashboardSpec]], error) {
			list, err := a.Saved.Dashboards.List(ctx, by, s.Request)
			return each(list, func(it saved.Dashboard) document[saved.DashboardSpec] {
				return document[saved.DashboardSpec]{it.Name, it.Spec}
			}), err
		},
		get: func(ctx context.Context, by actor.Actor, name string) (saved.DashboardSpec, error) {
			it, err := a.Saved.Dashboards.Get(ctx, by, name)
			return it.Spec, err
		},
		put: func(ctx context.Context, by actor.Actor, name string, spec saved.DashboardSpec) error {
			_, err := a.Saved.Dashboards.Put(ctx, by, saved.In[saved.DashboardSpec]{Name: name, Spec: spec})
			return err
		},
		remove: func(ctx context.Context, by actor.Actor, name string) error {
			return a.Saved.Dashboards.Delete(ctx, by, name)
		},
	})
}
