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
	found, err := c.verify(ctx, env)
	if err != nil {
		return err
	}
	err = show(c.shown, env.Out, found, drawLedger)
	if err == nil && len(found.Problems) > 0 {
		err = errs.Conflictf("the ledger is not whole: %d problems", len(found.Problems))
	}
	return err
}

func (c *verifyLedger) verify(ctx context.Context, env Env) (client.Ledger, error) {
	if c.Data == "" {
		s, err := c.client()
		if err != nil {
			return client.Ledger{}, err
		}
		return s.VerifyLedger(ctx, c.Kept...)
	}
	r, err := app.VerifyDir(ctx, c.options(env), c.Kept)
	if err != nil {
		return client.Ledger{}, err
	}
	return client.Ledger{Events: r.Events, Erased: r.Erased, Unplaced: r.Unplaced, Seals: r.Seals,
		HeadHash: r.HeadHash, Problems: append([]string{}, r.Problems...)}, nil
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
