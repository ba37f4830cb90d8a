// Command mainstay is the desk from which a production-support team keeps a business running:
// the server, and the command line that speaks to it. See "mainstay --help".
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // time zones, for machines that have none

	"mainstay/internal/app"
	"mainstay/internal/cli"
)

// version is set by the build.
var version = "dev"

func main() {
	if code, ran := app.Engine(); ran {
		os.Exit(code)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	code := cli.Run(ctx, os.Args[1:], cli.Env{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Version: version})
	stop()
	os.Exit(code)
}
