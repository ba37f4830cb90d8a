package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"

	"mainstay/internal/app"
	bank "mainstay/internal/demo"
)

type demo struct {
	Data    string  `help:"Directory in which the demo is kept for the next time; forgotten at the end when left out." type:"path" placeholder:"DIR"`
	Listen  string  `help:"Address to listen on." default:"127.0.0.1:8484" placeholder:"HOST:PORT"`
	BaseURL string  `name:"base-url" help:"Where you reach the demo, if not at the address that it listens on." placeholder:"URL"`
	Speed   float64 `help:"How much faster than the wall its clock runs: 1, 10 or 60; the page has a switch." enum:"1,10,60" default:"1"`
	Verbose bool    `short:"v" help:"Write the server's log to standard error, not only what is wrong."`
}

// Run plays the demo until the context ends.
func (c *demo) Run(ctx context.Context, env Env) (err error) {
	if c.Data == "" {
		if c.Data, err = os.MkdirTemp("", "mainstay-demo-*"); err != nil {
			return err
		}
		defer os.RemoveAll(c.Data)
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	log := c.log(env)
	d, err := bank.Open(bank.Config{Dir: c.Data, Speed: c.Speed, Log: log})
	if err != nil {
		return err
	}
	a, err := app.New(ctx, app.Options{
		DataDir: c.Data, Listen: c.Listen, BaseURL: c.BaseURL, SMTPURL: d.SMTPURL(), BootstrapToken: d.Token,
		Mount: map[string]http.Handler{bank.Page: d.Handler(), bank.Page + "/": d.Handler()}, DemoURL: bank.Page,
		Clock: d.Clock, Log: log, Version: env.Version,
	})
	if err != nil {
		return errors.Join(err, d.Close())
	}
	a.Start(ctx)
	if err = d.Furnish(ctx, "http://"+a.Addr()); err == nil {
		c.greet(env, a)
		d.Run(ctx)
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	return errors.Join(err, d.Close(), a.Stop(stopping))
}

func (c *demo) log(env Env) *slog.Logger {
	level := slog.LevelError // what breaks in the demo is meant to
	if c.Verbose {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(env.Err, &slog.HandlerOptions{Level: level}))
}

// greet says where to go.
func (c *demo) greet(env Env, a *app.App) {
	fmt.Fprintf(env.Out, `
A bank's payment desk is running. Open

    %s%s

break something there, and watch who is paged. To see the desk as one of its people, press
a name on that page, or sign in at %s/ with the password %q
as ada (administrator), simone (support manager), olive (first line) or pia (back line).

`, a.BaseURL, bank.Page, a.BaseURL, bank.Password)
	if c.public() {
		fmt.Fprint(env.Out, "Take care: everybody who reaches this address can sign in as the administrator.\n\n")
	}
	if c.Speed != 1 {
		fmt.Fprintf(env.Out, "Time runs %v times as fast as on the wall.\n", c.Speed)
	}
	fmt.Fprintln(env.Out, "Ctrl-C ends it.")
}

// public reports whether others than this machine may reach the demo.
func (c *demo) public() bool {
	host, _, err := net.SplitHostPort(c.Listen)
	ip := net.ParseIP(host)
	return err == nil && host != "localhost" && (ip == nil || !ip.IsLoopback())
}
