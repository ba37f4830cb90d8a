package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"syscall"

	"mainstay/internal/app"
	"mainstay/internal/base/errs"
	"mainstay/internal/demo"
)

type demoDesk struct {
	Data    string  `help:"Directory that keeps what happens; a temporary one, removed at the end, when left out." type:"path" placeholder:"DIR"`
	Listen  string  `help:"Address to listen on; ${default} when left out." default:"127.0.0.1:8484" placeholder:"HOST:PORT"`
	BaseURL string  `name:"base-url" help:"Where you reach the demo, if not at the address that it listens on." placeholder:"URL"`
	Speed   float64 `help:"How much faster than the wall the desk's clock runs, 1 to 60; its page has a switch." default:"1"`

	LogLevel string `help:"debug, info, warn or error." enum:"debug,info,warn,error" default:"error" env:"MAINSTAY_LOG_LEVEL"`
}

// Run plays until the context ends.
func (c *demoDesk) Run(ctx context.Context, env Env) (err error) {
	if c.Speed < 1 || c.Speed > 60 {
		return errs.Invalidf("the speed must be 1 to 60, not %v", c.Speed)
	}
	if c.Data == "" {
		if c.Data, err = os.MkdirTemp("", "mainstay-demo-*"); err != nil {
			return err
		}
		defer os.RemoveAll(c.Data)
	}
	log := (&serve{LogLevel: c.LogLevel}).log(env)
	d, err := demo.Open(demo.Config{Dir: c.Data, Speed: c.Speed, Log: log})
	if err != nil {
		return err
	}
	whole := context.WithoutCancel(ctx) // a start is finished, and then stopped in order
	a, err := app.New(whole, c.options(env, d, log))
	if errors.Is(err, syscall.EADDRINUSE) {
		err = errs.Conflictf("%s is taken, perhaps by another Mainstay: choose another address, such as --listen 127.0.0.1:8585", c.Listen)
	}
	if err != nil {
		return errors.Join(err, d.Close())
	}
	a.Start(whole)
	if err = d.Furnish(whole, "http://"+a.Addr()); err == nil {
		c.greet(env, a)
		d.Run(ctx)
	}
	stopping, cancel := context.WithTimeout(whole, stopTime)
	defer cancel()
	return errors.Join(err, d.Close(), a.Stop(stopping))
}

func (c *demoDesk) options(env Env, d *demo.Demo, log *slog.Logger) app.Options {
	page := d.Handler()
	return app.Options{
		DataDir: c.Data, Listen: c.Listen, BaseURL: c.BaseURL, Clock: d.Clock, BootstrapToken: d.Token, SMTPURL: d.SMTPURL(),
		Mount: map[string]http.Handler{demo.Page: page, demo.Page + "/": page}, DemoURL: demo.Page, Log: log, Version: env.Version,
	}
}

// greet says where to go.
func (c *demoDesk) greet(env Env, a *app.App) {
	fmt.Fprintf(env.Out, `
A bank's payment desk is running. Open

    %s%s

break something there, and watch who is paged. To see the desk as one of its people, press
a name on that page, or sign in with the password %q as
ada (administrator), simone (support manager), olive (first line) or pia (back line).

`, a.BaseURL, demo.Page, demo.Password)
	if c.public() {
		fmt.Fprint(env.Out, "Take care: everybody who reaches this address can sign in as the administrator.\n\n")
	}
	fmt.Fprintln(env.Out, "Ctrl-C ends it.")
}

// public reports whether others than this machine may reach the demo.
func (c *demoDesk) public() bool {
	host, _, err := net.SplitHostPort(c.Listen)
	ip := net.ParseIP(host)
	return err == nil && host != "localhost" && (ip == nil || !ip.IsLoopback())
}
