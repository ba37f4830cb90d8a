package admin

import (
	"net/http"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/page"
	"mainstay/internal/domain/people"
	"mainstay/internal/web/action"
)

type tokensPage struct {
	items   []people.Token
	next    *string
	by      actor.Actor
	revoked bool // the revoked ones too
}

// tokens lists every API token that the reader may see: ?revoked=true shows those that have
// ended too.
func (p pages) tokens(r *http.Request, by actor.Actor) (action.Answer, error) {
	in := tokensPage{by: by, revoked: r.URL.Query().Get("revoked") != ""}
	list, err := p.People.ListTokens(r.Context(), by, people.TokenFilter{Revoked: in.revoked}, page.Request{Cursor: r.URL.Query().Get("cursor")})
	in.items, in.next = list.Items, list.Next
	return action.Show(tokenList(in)), err
}

func (p pages) revokeToken(r *http.Request, by actor.Actor) (action.Answer, error) {
	if err := p.People.RevokeToken(r.Context(), by, people.TokenID(r.PathValue("token"))); err != nil {
		return action.Answer{}, err
	}
	return action.Go("/admin/tokens", action.Done("The token is revoked: whatever uses it is refused from now on.")), nil
}

func (in tokensPage) mayRevoke(t people.Token) bool {
	return t.Revoked.IsZero() && people.Can(in.by, people.TokenWrite, people.Target{Owner: string(t.Owner)})
}
