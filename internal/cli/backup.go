package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"

	"mainstay/internal/app"
	"mainstay/internal/base/actor"
	"mainstay/internal/base/errs"
)

type backup struct {
	remote     `embed:""`
	stopped    `embed:""`
	Output     string `short:"o" required:"" help:"File to write (.tar.gz), or - for standard output." placeholder:"FILE"`
	Force      bool   `help:"Replace the file when there is one."`
	WithoutKey bool   `help:"Leave the key file out; without it the stored secrets cannot be read."`
}

func (c *backup) Run(ctx context.Context, env Env) error {
	if c.Output == "-" {
		return c.write(ctx, env, env.Out)
	}
	if _, err := os.Lstat(c.Output); err == nil && !c.Force {
		return errs.Conflictf("%s is there already: choose another name, or --force to replace it", c.Output)
	}
	// A backup that was cut off must not look like one: it gets its name when it is whole.
	temp, err := os.CreateTemp(filepath.Dir(c.Output), ".backup-*")
	if err != nil {
		return errs.Invalidf("%v", err)
	}
	defer os.Remove(temp.Name()) //nolint:errcheck // gone when all went well
	if err := c.write(ctx, env, temp); err != nil {
		return errors.Join(err, temp.Close())
	}
	size, _ := temp.Seek(0, io.SeekCurrent)
	if err := errors.Join(temp.Sync(), temp.Close()); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := os.Rename(temp.Name(), c.Output); err != nil {
		return errs.Invalidf("%v", err)
	}
	fmt.Fprintf(env.Out, "%s: %d bytes, %s\n", c.Output, size, c.holds())
	return nil
}

// holds says what keeping the backup safe means.
func (c *backup) holds() string {
	if c.WithoutKey {
		return "without the key file: keep that elsewhere, a restore cannot read its secrets otherwise"
	}
	return "with the key file: whoever has it can read every stored secret"
}

func (c *backup) write(ctx context.Context, env Env, w io.Writer) error {
	if c.Data != "" {
		return app.BackupDir(ctx, c.options(env), operator(), w, !c.WithoutKey)
	}
	s, err := c.client()
	if err != nil {
		return err
	}
	return s.Backup(ctx, w, !c.WithoutKey)
}

// operator is who works on the data directory of a stopped server, as the system knows them.
func operator() actor.Actor {
	name := "somebody"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return actor.Actor{Kind: actor.System, ID: "command-line", Name: name + " at the command line"}
}

type restore struct {
	File string `arg:"" help:"Backup to unpack, or - for standard input."`
	Data string `required:"" help:"Data directory to make; it must be empty or not exist." type:"path" placeholder:"DIR"`
}

func (c *restore) Run(ctx context.Context, env Env) error {
	in := env.In
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return errs.NotFoundf("the backup cannot be opened: %v", err)
		}
		defer f.Close()
		in = f
	}
	done, err := app.Restore(ctx, in, app.Options{DataDir: c.Data, Version: env.Version})
	if err != nil {
		return err
	}
	fmt.Fprintf(env.Out, "restored into %s: %d events, %d attachments; the ledger is whole\n", c.Data, done.Ledger.Events, done.Files)
	fmt.Fprintln(env.Out, "a server started there pages people, about all that is overdue too: "+
		"stop the other one first, or start this one with --hold-messages to look at a copy")
	if !done.Key {
		fmt.Fprintf(env.Out, "the backup has no key file: put it at %s before the server starts\n", filepath.Join(c.Data, "key"))
	}
	return nil
}
