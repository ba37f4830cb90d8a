package cli

import (
	"context"
	"fmt"

	"mainstay/internal/base/page"
	"mainstay/internal/client"
)

type sources struct {
	List sourceList `cmd:"" help:"List who sends log lines."`
	Key  sourceKeys `cmd:"" help:"Manage the keys of a source."`
}

type sourceList struct {
	shown `embed:""`
	Limit int `help:"At most so many." default:"100"`
}

func (c *sourceList) Run(ctx context.Context, env Env) error {
	return call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) (page.List[client.Source], error) {
		return s.Sources(ctx, c.Limit, "")
	}, func(t *table, list page.List[client.Source]) {
		t.row("NAME", "TITLE", "SERVICE", "ENVIRONMENT", "DAILY LIMIT", "PRIORITY")
		for _, s := range list.Items {
			t.row(s.Name, s.Title, s.Service, s.Environment, s.DailyLimit, s.Priority)
		}
		more(t, list.Next)
	})
}

type sourceKeys struct {
	Create sourceKeyCreate `cmd:"" help:"Make a key; its secret is shown once."`
	List   sourceKeyList   `cmd:"" help:"List the keys of a source."`
	Revoke sourceKeyRevoke `cmd:"" help:"End a key within seconds."`
}

type sourceKeyCreate struct {
	shown  `embed:""`
	Source string `arg:"" help:"Name of the source."`
	Label  string `arg:"" help:"What will use the key."`
}

// Run prints the secret alone on standard output, for scripts, and the rest on standard error.
func (c *sourceKeyCreate) Run(ctx context.Context, env Env) error {
	var made client.SourceKey
	err := call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) (_ client.SourceKey, err error) {
		made, err = s.CreateSourceKey(ctx, c.Source, c.Label)
		return made, err
	}, func(t *table, k client.SourceKey) { t.row(k.Secret) })
	if err == nil && c.Output != "json" {
		fmt.Fprintf(env.Err, "key %s of source %s: keep the secret, it is not shown again\n", made.ID, c.Source)
	}
	return err
}

type sourceKeyList struct {
	shown  `embed:""`
	Source string `arg:"" help:"Name of the source."`
}

func (c *sourceKeyList) Run(ctx context.Context, env Env) error {
	return call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) (page.List[client.SourceKey], error) {
		return s.SourceKeys(ctx, c.Source)
	}, func(t *table, list page.List[client.SourceKey]) {
		t.row("ID", "KEY", "MADE BY", "MADE", "LAST USED", "REVOKED")
		for _, k := range list.Items {
			t.row(k.ID, k.Label+" …"+k.Hint, k.Creator, t.when(k.Created), t.whenever(k.Used), t.whenever(k.Revoked))
		}
	})
}

type sourceKeyRevoke struct {
	remote `embed:""`
	Source string `arg:"" help:"Name of the source."`
	ID     string `arg:"" help:"Id of the key; see source key list."`
}

func (c *sourceKeyRevoke) Run(ctx context.Context, env Env) error {
	s, err := c.client()
	if err != nil {
		return err
	}
	if err := s.RevokeSourceKey(ctx, c.Source, c.ID); err != nil {
		return err
	}
	fmt.Fprintf(env.Out, "%s revoked\n", c.ID)
	return nil
}
