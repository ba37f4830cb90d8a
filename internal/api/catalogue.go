package api

import (
	"context"
	"slices"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/catalogue"
	"mainstay/internal/domain/people"
)

func (a *API) catalogue() {
	a.services()
	a.components()
	a.environments()
}

func (a *API) services() {
	configure(a, noun[catalogue.ServiceSpec]{
		path: "services", searched: true, one: "a service", read: people.ServiceRead, write: people.ServiceWrite,
		list: func(ctx context.Context, by actor.Actor, s search) (page.List[document[catalogue.ServiceSpec]], error) {
			list, err := a.Catalogue.ServiceSpecs(ctx, by, s.Query, s.Request)
			return each(list, func(n catalogue.NamedService) document[catalogue.ServiceSpec] {
				return document[catalogue.ServiceSpec](n)
			}), err
		},
		get: func(ctx context.Context, by actor.Actor, name string) (catalogue.ServiceSpec, error) {
			return a.Catalogue.ServiceSpecOf(ctx, by, name)
		},
		put: func(ctx context.Context, by actor.Actor, name string, spec catalogue.ServiceSpec) error {
			_, err := a.Catalogue.PutService(ctx, by, catalogue.ServiceIn{Name: name, Spec: spec})
			return err
		},
		remove: func(ctx context.Context, by actor.Actor, name string) error {
			return a.Catalogue.DeleteService(ctx, by, name)
		},
	})
	add(a, get("/services/{name}/keys", people.ServiceRead, "List the integration keys of a service"), a.listKeys)
	add(a, create("/services/{name}/keys", people.ServiceWrite, "Make an integration key; its secret is shown once"), a.createKey)
	act(a, remove("/services/{name}/keys/{id}", people.ServiceWrite, "End an integration key at once"), a.revokeKey)
}

func (a *API) components() {
	configure(a, noun[catalogue.ComponentSpec]{
		path: "components", searched: true, one: "a component", read: people.ServiceRead, write: people.ServiceWrite,
		list: func(ctx context.Context, by actor.Actor, s search) (page.List[document[catalogue.ComponentSpec]], error) {
			list, err := a.Catalogue.ComponentSpecs(ctx, by, s.Query, s.Request)
			return each(list, func(n catalogue.NamedComponent) document[catalogue.ComponentSpec] {
				return document[catalogue.ComponentSpec](n)
			}), err
		},
		get: func(ctx context.Context, by actor.Actor, name string) (catalogue.ComponentSpec, error) {
			return a.Catalogue.ComponentSpecOf(ctx, by, name)
		},
		put: func(ctx context.Context, by actor.Actor, name string, spec catalogue.ComponentSpec) error {
			_, err := a.Catalogue.PutComponent(ctx, by, catalogue.ComponentIn{Name: name, Spec: spec})
			return err
		},
		remove: func(ctx context.Context, by actor.Actor, name string) error {
			return a.Catalogue.DeleteComponent(ctx, by, name)
		},
	})
}

func (a *API) environments() {
	configure(a, noun[catalogue.EnvironmentSpec]{
		path: "environments", one: "an environment", read: people.ServiceRead, write: people.ServiceWrite,
		list: a.listEnvironments,
		get: func(ctx context.Context, by actor.Actor, name string) (catalogue.EnvironmentSpec, error) {
			return a.Catalogue.EnvironmentSpecOf(ctx, by, name)
		},
		put: func(ctx context.Context, by actor.Actor, name string, spec catalogue.EnvironmentSpec) error {
			_, err := a.Catalogue.PutEnvironment(ctx, by, name, spec)
			return err
		},
		remove: func(ctx context.Context, by actor.Actor, name string) error {
			return a.Catalogue.DeleteEnvironment(ctx, by, name)
		},
	})
}

// listEnvironments cuts the list, which is short, to the page that is asked for.
func (a *API) listEnvironments(ctx context.Context, by actor.Actor, s search) (page.List[document[catalogue.EnvironmentSpec]], error) {
	var after string
	if _, err := page.Decode(s.Cursor, &after); err != nil {
		return page.List[document[catalogue.EnvironmentSpec]]{}, err
	}
	list, err := a.Catalogue.EnvironmentSpecs(ctx, by)
	list = slices.DeleteFunc(list, func(n catalogue.NamedEnvironment) bool { return n.Name <= after })
	rest := page.Of(list, s.Request, func(n catalogue.NamedEnvironment) any { return n.Name })
	return each(rest, func(n catalogue.NamedEnvironment) document[catalogue.EnvironmentSpec] {
		return document[catalogue.EnvironmentSpec](n)
	}), err
}

// Key is an integration key, with which another system sends alerts for one service.
type Key struct {
	ID      string     `json:"id"`
	Label   string     `json:"label" doc:"What uses it."`
	Hint    string     `json:"hint" doc:"The last letters of its secret."`
	Creator string     `json:"creator"`
	Created time.Time  `json:"created"`
	Used    *time.Time `json:"used" doc:"Last use, to the hour."`
	Revoked *time.Time `json:"revoked"`
	Secret  string     `json:"secret,omitempty" doc:"Only when it is made."`
}

func showKey(k catalogue.Key) Key {
	return Key{ID: string(k.ID), Label: k.Label, Hint: k.Hint, Creator: k.Creator, Created: k.Created,
		Used: instant(k.Used), Revoked: instant(k.Revoked)}
}

func (a *API) listKeys(ctx context.Context, by actor.Actor, in *Named) (page.List[Key], error) {
	list, err := a.Catalogue.Keys(ctx, by, in.Name)
	return whole(list, showKey), err
}

func (a *API) createKey(ctx context.Context, by actor.Actor, in *struct {
	Named
	Body struct {
		Label string `json:"label" doc:"What will use it."`
	}
}) (Key, error) {
	secret, k, err := a.Catalogue.CreateKey(ctx, by, in.Name, in.Body.Label)
	v := showKey(k)
	v.Secret = secret
	return v, err
}

func (a *API) revokeKey(ctx context.Context, by actor.Actor, in *struct {
	Named
	ID string `path:"id"`
}) error {
	return a.Catalogue.RevokeKey(ctx, by, in.Name, catalogue.KeyID(in.ID))
}
