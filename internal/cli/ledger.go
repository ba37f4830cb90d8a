package cli

import (
	"context"
	"fmt"

	"mainstay/internal/app"
	"mainstay/internal/base/errs"
	"mainstay/internal/client"
)

// stopped names the data directory of a server that does not run.
type stopped struct {
	Data     string `help:"Data directory of a stopped server; a running one is asked when left out." type:"path" placeholder:"DIR"`
	Database string `help:"Database, when it is not SQLite in the data directory." env:"MAINSTAY_DATABASE" placeholder:"URL"`
}

func (s stopped) options(env Env) app.Options {
	return app.Options{DataDir: s.Data, Database: s.Database, Version: env.Version}
}

type verifyLedger struct {
	shown   `embed:""`
	stopped `embed:""`
	Kept    []string `help:"Seal that was kept outside, from the daily message, to compare with." placeholder:"POSITION:HASH"`
}

func (c *verifyLedger) Run(ctx context.Context, env Env) error {
	var found client.Ledger
	err := call(ctx, c.shown, env.Out, func(ctx context.Context, s *client.Client) (_ client.Ledger, err error) {
		if c.Data == "" {
			found, err = s.VerifyLedger(ctx, c.Kept...)
			return found, err
		}
		r, err := app.VerifyDir(ctx, c.options(env), c.Kept)
		if err != nil {
			return found, err
		}
		found = client.Ledger{Events: r.Events, Erased: r.Erased, Unplaced: r.Unplaced, Seals: r.Seals,
			HeadHash: r.HeadHash, Problems: append([]string{}, r.Problems...)}
		return found, nil
	}, drawLedger)
	if err == nil && len(found.Problems) > 0 {
		err = errs.Conflictf("the ledger is not whole: %d problems", len(found.Problems))
	}
	return err
}

func drawLedger(t *table, l client.Ledger) {
	for _, p := range l.Problems {
		t.row("PROBLEM: " + p)
	}
	if len(l.Problems) == 0 {
		t.row("the ledger is whole")
	}
	t.row("events", fmt.Sprint(l.Events))
	t.row("seals", fmt.Sprint(l.Seals))
	t.row("hash of the last seal", l.HeadHash)
}
