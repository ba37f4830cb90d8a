package client

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"mainstay/internal/base/page"
)

// Token is an API token; its secret is shown only by CreateToken.
type Token struct {
	ID      string     `json:"id"`
	Name    string     `json:"name"`
	Owner   string     `json:"owner"`
	Role    string     `json:"role"`
	Scopes  []string   `json:"scopes"`
	Created time.Time  `json:"created"`
	Expires *time.Time `json:"expires"`
	Used    *time.Time `json:"used"`
	Revoked *time.Time `json:"revoked"`
	Secret  string     `json:"secret,omitempty"`
}

// NewToken is a token to be made. Role and Scopes may be left out: the maker's role, and all
// that it may do.
type NewToken struct {
	Name    string     `json:"name"`
	Role    string     `json:"role,omitempty"`
	Scopes  []string   `json:"scopes,omitempty"`
	Expires *time.Time `json:"expires,omitempty"`
}

// CreateToken makes a token; Secret is in the answer and never shown again.
func (c *Client) CreateToken(ctx context.Context, in NewToken) (out Token, err error) {
	return out, c.call(ctx, http.MethodPost, path("tokens"), nil, in, &out)
}

// Tokens lists tokens.
func (c *Client) Tokens(ctx context.Context, limit int, cursor string) (out page.List[Token], err error) {
	q := url.Values{}
	paging(q, limit, cursor)
	return out, c.call(ctx, http.MethodGet, path("tokens"), q, nil, &out)
}

// RevokeToken ends a token at once.
func (c *Client) RevokeToken(ctx context.Context, id string) error {
	return c.call(ctx, http.MethodDelete, path("tokens", id), nil, nil, nil)
}
