package client

import (
	"context"
	"net/http"
	"net/url"

	"mainstay/internal/base/page"
)

// User is a person as configuration writes them, under their login as the name.
type User struct {
	Name     string `json:"name"`
	Title    string `json:"title"`
	Email    string `json:"email"`
	Role     string `json:"role"`
	Zone     string `json:"zone"`
	Customer string `json:"customer"`
	Disabled bool   `json:"disabled"`
}

// Users lists people by login.
func (c *Client) Users(ctx context.Context, limit int, cursor string) (out page.List[User], err error) {
	q := url.Values{}
	paging(q, limit, cursor)
	return out, c.call(ctx, http.MethodGet, path("users"), q, nil, &out)
}

// PasswordLink makes a link with which a person sets a password, once; the one before and
// all sessions end.
func (c *Client) PasswordLink(ctx context.Context, login string) (string, error) {
	var out struct {
		URL string `json:"url"`
	}
	err := c.call(ctx, http.MethodPost, path("users", login, "password-link"), nil, nil, &out)
	return out.URL, err
}

// Me is who is calling.
type Me struct {
	Kind  string  `json:"kind"` // user token integration link
	Name  string  `json:"name"`
	Login *string `json:"login"`
	Role  string  `json:"role"`
	Zone  *string `json:"zone"`
}

// Me says who is calling.
func (c *Client) Me(ctx context.Context) (out Me, err error) {
	return out, c.call(ctx, http.MethodGet, path("me"), nil, nil, &out)
}
