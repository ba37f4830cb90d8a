package api

import (
	"context"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/people"
)

// Token is an API token.
type Token struct {
	ID      string     `json:"id"`
	Name    string     `json:"name" doc:"What uses it."`
	Owner   *string    `json:"owner" doc:"Login; null for tokens of the installation."`
	Role    string     `json:"role"`
	Scopes  []string   `json:"scopes" doc:"Actions to which it is narrowed; empty when it is not."`
	Created time.Time  `json:"created"`
	Expires *time.Time `json:"expires"`
	Used    *time.Time `json:"used" doc:"Last use, to the minute."`
	Revoked *time.Time `json:"revoked"`
	Secret  string     `json:"secret,omitempty" doc:"Only when it is made."`
}

func showToken(t people.Token) Token {
	return Token{ID: string(t.ID), Name: t.Name, Owner: text(t.OwnerLogin), Role: string(t.Role), Scopes: orEmpty(t.Scopes),
		Created: t.Created, Expires: instant(t.Expires), Used: instant(t.LastUsed), Revoked: instant(t.Revoked)}
}

func (a *API) tokens() {
	add(a, get("/tokens", people.TokenRead, "List tokens, the newest first"), a.listTokens)
	add(a, create("/tokens", people.TokenWrite, "Make a token; its secret is shown once"), a.createToken)
	act(a, remove("/tokens/{id}", people.TokenWrite, "End a token at once"), func(ctx context.Context, by actor.Actor, in *struct {
		ID string `path:"id"`
	}) error {
		return a.People.RevokeToken(ctx, by, people.TokenID(in.ID))
	})
}

func (a *API) listTokens(ctx context.Context, by actor.Actor, in *struct {
	Paging
	Owner   string `query:"owner" doc:"Login."`
	Revoked bool   `query:"revoked" doc:"The revoked ones too."`
}) (page.List[Token], error) {
	f := people.TokenFilter{Revoked: in.Revoked}
	if in.Owner != "" {
		u, err := a.People.User(ctx, by, in.Owner)
		if err != nil {
			return page.List[Token]{}, err
		}
		f.Owner = u.ID
	}
	list, err := a.People.ListTokens(ctx, by, f, in.request())
	return each(list, showToken), err
}

func (a *API) createToken(ctx context.Context, by actor.Actor, in *struct {
	Body struct {
		Name    string    `json:"name" doc:"What will use it."`
		Role    string    `json:"role,omitempty" doc:"Your own when left out."`
		Scopes  []string  `json:"scopes,omitempty" doc:"Actions such as incident.read or incident.*; all of the role when left out."`
		Expires time.Time `json:"expires,omitzero"`
	}
}) (Token, error) {
	b := in.Body
	secret, t, err := a.People.CreateToken(ctx, by, people.TokenIn{Name: b.Name, Role: actor.Role(b.Role), Scopes: b.Scopes, Expires: b.Expires})
	v := showToken(t)
	v.Secret = secret
	return v, err
}
