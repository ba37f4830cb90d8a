package cli

import (
	"context"
	"fmt"

	"mainstay/internal/base/page"
	"mainstay/internal/client"
)

type users struct {
	List         userList     `cmd:"" help:"List people by login."`
	PasswordLink passwordLink `cmd:"" help:"Make a link with which a person sets a password; the old one and all their sessions end."`
}

type userList struct {
	shown `embed:""`
	Limit int `help:"At most so many." default:"100"`
}

func (c *userList) Run(ctx context.Context, env Env) error {
	return call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) (page.List[client.User], error) {
		return s.Users(ctx, c.Limit, "")
	}, func(t *table, list page.List[client.User]) {
		t.row("LOGIN", "NAME", "ROLE", "CUSTOMER", "MAIL", "ZONE", "STATE")
		for _, u := range list.Items {
			t.row(u.Name, u.Title, u.Role, u.Customer, u.Email, u.Zone, state(u))
		}
		more(t, list.Next)
	})
}

func state(u client.User) string {
	if u.Disabled {
		return "disabled"
	}
	return "enabled"
}

type passwordLink struct {
	remote `embed:""`
	Login  string `arg:"" help:"Login of the person; see user list."`
}

// Run prints the link alone on standard output, and what it is on standard error.
func (c *passwordLink) Run(ctx context.Context, env Env) error {
	s, err := c.client()
	if err != nil {
		return err
	}
	link, err := s.PasswordLink(ctx, c.Login)
	if err != nil {
		return err
	}
	fmt.Fprintln(env.Out, link)
	fmt.Fprintf(env.Err, "%s sets a password there, once, within 24 hours; the password before and all sessions have ended\n", c.Login)
	return nil
}
