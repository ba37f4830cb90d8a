package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mainstay/internal/base/page"
	"mainstay/internal/client"
)

type tokens struct {
	Create tokenCreate `cmd:"" help:"Make a token; its secret is shown once."`
	List   tokenList   `cmd:"" help:"List tokens."`
	Revoke tokenRevoke `cmd:"" help:"End a token at once."`
}

type tokenCreate struct {
	shown   `embed:""`
	Name    string    `arg:"" help:"What it is for."`
	Role    string    `help:"Role; your own when left out."`
	Scope   []string  `help:"Only these actions, such as incident.read or incident.*; all that the role may do when left out."`
	Expires time.Time `help:"When it ends (RFC 3339)."`
}

func (c *tokenCreate) Run(ctx context.Context, env Env) error {
	in := client.NewToken{Name: c.Name, Role: c.Role, Scopes: c.Scope}
	if !c.Expires.IsZero() {
		in.Expires = &c.Expires
	}
	return call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) (client.Token, error) {
		return s.CreateToken(ctx, in)
	}, func(t *table, k client.Token) {
		t.row(k.Secret)
	})
}

type tokenList struct {
	shown `embed:""`
	Limit int `help:"At most so many." default:"100"`
}

func (c *tokenList) Run(ctx context.Context, env Env) error {
	return call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) (page.List[client.Token], error) {
		return s.Tokens(ctx, c.Limit, "")
	}, func(t *table, list page.List[client.Token]) {
		t.row("ID", "NAME", "OWNER", "ROLE", "SCOPES", "CREATED", "EXPIRES", "LAST USED")
		for _, k := range list.Items {
			t.row(k.ID, k.Name, k.Owner, k.Role, strings.Join(k.Scopes, " "), when(k.Created), whenever(k.Expires), whenever(k.Used))
		}
		more(t, list.Next)
	})
}

type tokenRevoke struct {
	remote `embed:""`
	ID     string `arg:"" help:"Id of the token; see token list."`
}

func (c *tokenRevoke) Run(ctx context.Context, env Env) error {
	s, err := c.client()
	if err != nil {
		return err
	}
	if err := s.RevokeToken(ctx, c.ID); err != nil {
		return err
	}
	fmt.Fprintf(env.Out, "%s revoked\n", c.ID)
	return nil
}
