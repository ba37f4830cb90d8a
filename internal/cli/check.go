package cli

import (
	"context"
	"fmt"

	"mainstay/internal/base/errs"
	"mainstay/internal/base/page"
	"mainstay/internal/client"
)

type checks struct {
	List checkList `cmd:"" help:"List checks and how it stands with them."`
	Run  checkRun  `cmd:"" help:"Make a check at once; exit code 5 when it is not ok."`
}

type checkList struct {
	shown `embed:""`
	Limit int `help:"At most so many." default:"100"`
}

func (c *checkList) Run(ctx context.Context, env Env) error {
	return call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) (page.List[client.CheckStatus], error) {
		return s.Checks(ctx, c.Limit, "")
	}, func(t *table, list page.List[client.CheckStatus]) {
		t.row("NAME", "STATE", "SEV", "SERVICE", "KIND", "SINCE", "MESSAGE")
		for _, k := range list.Items {
			t.row(k.Name, k.State, fmt.Sprint(k.Severity), or(k.Service), k.Kind, t.whenever(k.Since), k.Message)
		}
		more(t, list.Next)
	})
}

type checkRun struct {
	shown `embed:""`
	Name  string `arg:"" help:"Name of the check."`
}

func (c *checkRun) Run(ctx context.Context, env Env) error {
	var state string
	err := call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) (client.CheckStatus, error) {
		k, err := s.RunCheck(ctx, c.Name)
		state = k.State
		return k, err
	}, func(t *table, k client.CheckStatus) {
		t.row("LOCATION", "STATE", "TOOK", "WHEN", "MESSAGE")
		for _, p := range k.Places {
			t.row(p.Name, p.State, fmt.Sprintf("%.0f ms", 1000*p.Seconds), t.whenever(p.At), p.Message)
		}
	})
	if err == nil && state != "ok" {
		return errs.Conflictf("check %q is %s", c.Name, state)
	}
	return err
}
