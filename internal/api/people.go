package api

import (
	"context"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/people"
)

func (a *API) people() {
	add(a, get("/me", "", "Say who is calling, and what the caller may do"), a.me)
	a.users()
	configure(a, noun[people.TeamSpec]{
		path: "teams", searched: true, one: "a team", read: people.TeamRead, write: people.TeamWrite,
		list: func(ctx context.Context, by actor.Actor, s search) (page.List[document[people.TeamSpec]], error) {
			list, err := a.People.TeamSpecs(ctx, by, people.TeamFilter{Query: s.Query}, s.Request)
			return each(list, func(n people.Named[people.TeamSpec]) document[people.TeamSpec] {
				return document[people.TeamSpec](n)
			}), err
		},
		get: func(ctx context.Context, by actor.Actor, name string) (people.TeamSpec, error) {
			return a.People.TeamSpecOf(ctx, by, name)
		},
		put: func(ctx context.Context, by actor.Actor, name string, spec people.TeamSpec) error {
			_, err := a.People.ApplyTeam(ctx, by, name, spec)
			return err
		},
		remove: func(ctx context.Context, by actor.Actor, name string) error {
			return a.People.DeleteTeam(ctx, by, name)
		},
	})
}

func (a *API) users() {
	configure(a, noun[people.UserSpec]{
		path: "users", searched: true, one: "a user", read: people.UserRead, write: people.UserWrite,
		list: func(ctx context.Context, by actor.Actor, s search) (page.List[document[people.UserSpec]], error) {
			list, err := a.People.ListUsers(ctx, by, people.UserFilter{Query: s.Query, Disabled: true}, s.Request)
			return each(list, func(u people.User) document[people.UserSpec] {
				return document[people.UserSpec]{u.Login, u.Spec()}
			}), err
		},
		get: func(ctx context.Context, by actor.Actor, login string) (people.UserSpec, error) {
			u, err := a.People.User(ctx, by, login)
			return u.Spec(), err
		},
		put: func(ctx context.Context, by actor.Actor, login string, spec people.UserSpec) error {
			_, err := a.People.ApplyUser(ctx, by, login, spec)
			return err
		},
		remove: func(ctx context.Context, by actor.Actor, login string) error {
			return a.People.DeleteUser(ctx, by, login)
		},
	})
	add(a, create("/users/{name}/password-link", people.UserWrite, "Make a link with which a user sets a password; the old one and all sessions end"), a.passwordLink)
}

// Me is who is calling.
type Me struct {
	Kind    string   `json:"kind" enum:"user,token,integration,link"`
	Name    string   `json:"name"`
	Login   *string  `json:"login" doc:"Null for tokens of the installation and integration keys."`
	Role    string   `json:"role"`
	Zone    *string  `json:"zone"`
	Scopes  []string `json:"scopes" doc:"Actions to which a token is narrowed; empty when it is not."`
	Actions []string `json:"actions" doc:"What the caller may do, on some records at least."`
}

func (a *API) me(ctx context.Context, by actor.Actor, _ *struct{}) (Me, error) {
	v := Me{Kind: string(by.Kind), Name: by.Name, Role: string(by.Role), Scopes: orEmpty(by.Scopes), Actions: []string{}}
	for _, action := range people.Actions() {
		if mayEver(by, action) == nil {
			v.Actions = append(v.Actions, string(action))
		}
	}
	if !by.IsPerson() {
		return v, nil
	}
	u, err := a.People.Self(ctx, by)
	v.Login, v.Zone = text(u.Login), text(u.Zone)
	return v, err
}

// Link is an address that works once.
type Link struct {
	URL string `json:"url"`
}

func (a *API) passwordLink(ctx context.Context, by actor.Actor, in *Named) (Link, error) {
	code, err := a.People.PasswordCode(ctx, by, in.Name)
	return Link{a.BaseURL + "/password?code=" + code}, err
}
