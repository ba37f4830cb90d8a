package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
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
	Name    string   `arg:"" help:"What will use it."`
	Role    string   `help:"Role; your own when only scopes are given." placeholder:"ROLE"`
	Scope   []string `help:"Only these actions, such as incident.read or incident.*; all that the role may do when left out." placeholder:"ACTION"`
	Expires string   `help:"When it ends: after days or hours (90d, 12h), at an instant (RFC 3339), or never; ${default} when left out." default:"90d" placeholder:"WHEN"`
}

// Run prints the secret alone on standard output, for scripts, and the rest on standard error.
func (c *tokenCreate) Run(ctx context.Context, env Env) error {
	if c.Role == "" && len(c.Scope) == 0 {
		return errs.Invalidf("say what the token may do: --role %s, or --scope incident.read and the like, or both", words(actor.Roles))
	}
	in := client.NewToken{Name: c.Name, Role: c.Role, Scopes: c.Scope}
	made := client.Token{}
	err := call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) (_ client.Token, err error) {
		if in.Expires, err = c.expires(ctx, s); err == nil {
			made, err = s.CreateToken(ctx, in)
		}
		return made, err
	}, func(t *table, k client.Token) {
		t.row(k.Secret)
	})
	if err != nil || c.Output == "json" {
		return err
	}
	return c.describe(env, made)
}

// expires reads --expires by the server's time: that of this machine may differ.
func (c *tokenCreate) expires(ctx context.Context, s *client.Client) (*time.Time, error) {
	if c.Expires == "never" {
		return nil, nil
	}
	if at, err := time.Parse(time.RFC3339, c.Expires); err == nil {
		return &at, nil
	}
	number, isDays := strings.CutSuffix(c.Expires, "d")
	days, bad := strconv.Atoi(number)
	life := time.Duration(0)
	if !isDays {
		life, bad = time.ParseDuration(c.Expires)
	}
	if bad != nil || days <= 0 && life <= 0 {
		return nil, errs.Invalidf("--expires must be like 90d, 12h, 2027-03-28T22:15:00Z or never, not %q", c.Expires)
	}
	server, err := s.System(ctx)
	at := server.Now.AddDate(0, 0, days).Add(life)
	return &at, err
}

func (c *tokenCreate) describe(env Env, k client.Token) error {
	zone, err := c.zone()
	if err != nil {
		return err
	}
	t := newTable(env.Err, zone)
	scopes, ends := "all that the role may do", "never"
	if len(k.Scopes) > 0 {
		scopes = strings.Join(k.Scopes, " ")
	}
	if k.Expires != nil {
		ends = t.when(*k.Expires)
	}
	for _, line := range [][2]string{{"id", k.ID}, {"name", k.Name}, {"role", k.Role}, {"scopes", scopes}, {"expires", ends}} {
		t.row(line[0], line[1])
	}
	return t.flush()
}

func words(roles []actor.Role) string {
	out := make([]string, len(roles))
	for i, r := range roles {
		out[i] = string(r)
	}
	return strings.Join(out, "|")
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
			ends := "never"
			if k.Expires != nil {
				ends = t.when(*k.Expires)
			}
			t.row(k.ID, k.Name, k.Owner, k.Role, strings.Join(k.Scopes, " "), t.when(k.Created), ends, t.whenever(k.Used))
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
